// phasecore cut: networks out of a supernet, with the weights they inherit.
#include <fmt/format.h>

#include <iostream>

#include "app/command.hpp"
#include "app/models.hpp"
#include "common/files.hpp"
#include "common/table.hpp"
#include "models/data/dataset.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/supernet/supernet.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

po::options_description cut_options() {
  po::options_description options;
  options.add_options()("supernet", po::value<std::string>(),
                        "FILE.yaml as phasecore-train writes it, or zoo:NAME")(
      "genes", po::value<std::string>(), "one network: \"stem_width=16 stages=3 ...\"")(
      "spread", po::value<int>(), "so many networks, spread over the sizes in the space")(
      "seed", po::value<int>()->default_value(0), "of --spread")(
      "data", po::value<std::string>(), "data set for the batch norms; default: the supernet's")(
      "normalise", po::value<std::string>(),
      "MEAN,..:STD,.. per channel in place of the set's own normalisation")(
      "images", po::value<int>()->default_value(1000), "calibration images for the batch norms")(
      "out", po::value<std::string>(),
      "FILE.onnx with --genes; with --spread a directory for 001.onnx, 002.onnx, ... and networks.csv");
  return options;
}

std::string path_of(const std::string& supernet) {
  return supernet.rfind("zoo:", 0) == 0 ? zoo_directory() + "/" + supernet.substr(4) + ".yaml" : supernet;
}

std::string required(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) throw common::InputError(fmt::format("--{} is missing", name));
  return values[name].as<std::string>();
}

int positive(const po::variables_map& values, const char* name) {
  const int value = values[name].as<int>();
  if (value < 1) throw common::InputError(fmt::format("--{} is {}; allowed is 1 or more", name, value));
  return value;
}

/// An older result with so many networks is recognised as one.
constexpr std::size_t kMostReplaced = 999;

std::vector<common::Cell> row(const supernet::Supernet& supernet, const std::string& file,
                              const spaces::Genes& genes) {
  return {file, supernet.space().parameters(genes), supernet.space().macs(genes),
          supernet.space().text(genes)};
}

common::Table table() {
  return common::Table(
      {{"network", "network"}, {"parameters", "parameters"}, {"macs", "MACs"}, {"genes", "genes"}});
}

}  // namespace

int run_cut(const Arguments& arguments) {
  po::positional_options_description positional;
  positional.add("supernet", 1);
  po::variables_map values;
  if (parse(command("cut"), arguments, cut_options(), positional, values)) return 0;
  if (values.count("supernet") == 0) throw common::InputError("which supernet? FILE.yaml or zoo:NAME");
  if (values.count("genes") == values.count("spread"))
    throw common::InputError("give either --genes or --spread");
  const std::string out = required(values, "out");
  const int images = positive(values, "images");
  if (values.count("genes")) common::check_writable(out);

  const auto supernet = supernet::Supernet::load(path_of(values["supernet"].as<std::string>()));
  const std::string spec = values.count("data") ? values["data"].as<std::string>() : supernet.data();
  data::Reading reading;
  reading.shape = supernet.space().input();
  if (values.count("normalise"))
    reading.normalisation = data::parse_normalisation(values["normalise"].as<std::string>(), "--normalise");
  const auto calibration = data::load(spec, data::Part::Calibration, images, reading);
  const graph::Batch batch = calibration.batch(0, calibration.size());

  common::Table cut = table();
  if (values.count("genes")) {
    const spaces::Genes genes = supernet.space().parse(values["genes"].as<std::string>());
    common::write_file_atomically(out, onnx::serialize(supernet.ready(genes, batch)));
    cut.add_row(row(supernet, out, genes));
  } else {
    common::RandomKey key;
    key.seed = static_cast<std::uint64_t>(values["seed"].as<int>());
    const auto chosen = supernet.space().spread(key, positive(values, "spread"));
    std::vector<std::string> names{"networks.csv"};
    for (std::size_t i = 1; i <= std::max(chosen.size(), kMostReplaced); ++i)
      names.push_back(fmt::format("{:03}.onnx", i));
    common::OutputDirectory directory(out, names);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      directory.write(names[i + 1], onnx::serialize(supernet.ready(chosen[i], batch)));
      cut.add_row(row(supernet, names[i + 1], chosen[i]));
    }
    directory.write("networks.csv", cut.csv());
    directory.commit();
  }
  std::cout << cut.text();
  return 0;
}

}  // namespace phasecore::app
