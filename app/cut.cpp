// phasecore cut: networks out of a supernet, with the weights they inherit.
#include <fmt/format.h>

#include <iostream>
#include <limits>
#include <optional>

#include "app/command.hpp"
#include "common/files.hpp"
#include "common/table.hpp"
#include "common/text.hpp"
#include "models/data/dataset.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/supernet/supernet.hpp"
#include "sim/session/models.hpp"

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

std::string required(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) throw common::InputError(fmt::format("--{} is missing", name));
  return values[name].as<std::string>();
}

int number(const po::variables_map& values, const char* name, int least,
           int most = std::numeric_limits<int>::max()) {
  const int value = values[name].as<int>();
  if (value < least)
    throw common::InputError(fmt::format("--{} is {}; allowed is {} or more", name, value, least));
  if (value > most)
    throw common::InputError(fmt::format("--{} is {}; allowed is at most {}", name, value, most));
  return value;
}

/// So that 001.onnx to 999.onnx are the names in every result: an older one is recognised as one.
constexpr int kMostNetworks = 999;
constexpr const char* kTable = "networks.csv";

std::string name_of(int network) {
  return fmt::format("{:03}.onnx", network);
}

std::vector<std::string> names() {
  std::vector<std::string> all{kTable};
  for (int i = 1; i <= kMostNetworks; ++i) all.push_back(name_of(i));
  return all;
}

/// What was cut: a table for the terminal, and one with the genes, which are too long for it.
class Networks {
 public:
  void add(const spaces::Space& space, const std::string& file, const spaces::Genes& genes) {
    std::vector<common::Cell> row{file, space.parameters(genes), space.macs(genes)};
    short_.add_row(row);
    row.emplace_back(space.text(genes));
    full_.add_row(std::move(row));
  }
  std::string text() const { return short_.text(); }
  std::string csv() const { return full_.csv(); }

 private:
  common::Table short_{{{"network", "network"}, {"parameters", "parameters"}, {"macs", "MACs"}}};
  common::Table full_{
      {{"network", "network"}, {"parameters", "parameters"}, {"macs", "MACs"}, {"genes", "genes"}}};
};

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
  const int images = number(values, "images", 1);
  const int count = values.count("spread") ? number(values, "spread", 1, kMostNetworks) : 1;
  common::RandomKey key;
  key.seed = static_cast<std::uint64_t>(number(values, "seed", 0));

  const std::string description = session::supernet_file(values["supernet"].as<std::string>());
  const auto supernet = supernet::Supernet::load(description);
  std::optional<common::OutputDirectory> directory;
  if (values.count("spread"))
    directory.emplace(out, names());
  else
    common::check_output(out, {description, supernet.file()});

  const std::string spec = values.count("data") ? values["data"].as<std::string>() : supernet.data();
  data::Reading reading;
  reading.shape = supernet.space().input();
  if (values.count("normalise"))
    reading.normalisation = data::parse_normalisation(values["normalise"].as<std::string>(), "--normalise");
  const auto calibration = data::load(spec, data::Part::Calibration, images, reading);
  const graph::Batch batch = calibration.batch(0, calibration.size());

  Networks cut;
  if (directory) {
    int file = 0;
    for (const spaces::Genes& genes : supernet.space().spread(key, count)) {
      const std::string name = name_of(++file);
      directory->write(name, onnx::serialize(supernet.ready(genes, batch)));
      cut.add(supernet.space(), name, genes);
    }
    directory->write(kTable, cut.csv());
    directory->commit();
  } else {
    const spaces::Genes genes = supernet.space().parse(values["genes"].as<std::string>());
    common::write_file_atomically(out, onnx::serialize(supernet.ready(genes, batch)));
    cut.add(supernet.space(), out, genes);
  }
  std::cout << cut.text();
  if (directory)
    std::cout << "Written: " << common::printable(out) << " (the genes are in " << kTable << ")\n";
  return 0;
}

}  // namespace phasecore::app
