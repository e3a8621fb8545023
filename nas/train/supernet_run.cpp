#include "nas/train/supernet_run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/progress.hpp"
#include "common/settings_files.hpp"
#include "models/onnx/onnx.hpp"
#include "models/spaces/load.hpp"
#include "nas/train/machine.hpp"
#include "nas/train/reading.hpp"
#include "nas/train/supernet.hpp"

namespace phasecore::train {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

std::unique_ptr<spaces::Space> load_space(const SupernetSettings& settings, const data::Dataset& data) {
  auto loaded = spaces::load(settings.space);
  if (dynamic_cast<const spaces::ResnetElastic*>(loaded.get()) == nullptr)
    throw common::InputError("'space' " + settings.space + " is of kind " + loaded->kind() +
                             "; a supernet covers a space of kind resnet-elastic");
  if (loaded->input() != data.shape || loaded->classes() != data.classes)
    throw common::InputError(fmt::format("'space' {} is for {} images and {} classes; {} has {} and {}",
                                         settings.space, graph::to_string(loaded->input()), loaded->classes(),
                                         data.name, graph::to_string(data.shape), data.classes));
  return loaded;
}

void report(const SupernetEpoch& result, int epochs, double eta_s, std::ostream& progress) {
  Json line = {{"epoch", result.epoch},
               {"epochs", epochs},
               {"learning_rate", result.learning_rate},
               {"largest_loss", result.largest_loss},
               {"random_loss", result.random_loss},
               {"watched", Json::array()},
               {"eta_s", std::round(eta_s)}};
  for (const auto& w : result.watched)
    line["watched"].push_back(
        {{"genes", w.genes}, {"accuracy", w.accuracy}, {"noisy_accuracy", w.noisy_accuracy}});
  progress << common::json_text(line) << std::endl;  // flushed: another program may be waiting for the line
}

/// A line of YAML whose value reads back as this text, whatever characters it has.
std::string text_line(const std::string& key, const std::string& text) {
  common::YamlNode value;
  value.kind = common::YamlNode::Kind::Scalar;
  value.scalar = text;
  value.quoted = true;
  return key + ": " + common::write_yaml(value);
}

/// What those who cut networks out need beside the weights.
std::string description(const SupernetSettings& settings, const std::string& network_file,
                        const std::string& network_bytes) {
  common::Diagnostics diagnostics;
  const common::YamlNode space = common::read_yaml(settings.space, diagnostics);
  diagnostics.raise_if_any();
  std::string text =
      "# A supernet and the space it covers; networks are cut out of it by `phasecore search`.\n";
  text += "schema: phasecore.supernet/1\n";
  text += text_line("network", network_file);
  text += "network_sha256: " + common::sha256(network_bytes) + "\n";
  text += text_line("data", settings.data);
  text += "space:\n";
  std::string lines = common::write_yaml(space);
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    text += "  " + lines.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

}  // namespace

void run_supernet(const RunOptions& options, std::ostream& progress) {
  use_one_core();
  const SupernetSettings settings = load_supernet_settings(options.recipe, options.assignments);
  const std::string output = options.output.empty() ? settings.name + ".onnx" : options.output;
  const std::string checkpoint = output + ".checkpoint";
  const std::string stem = output.substr(0, output.rfind(".onnx"));
  std::vector<std::string> read = common::settings_chain(recipe_files, options.recipe);
  if (settings.start_from) read.push_back(*settings.start_from);
  for (const std::string& written : {output, stem + ".yaml", checkpoint, loss_file(output)})
    common::check_output(written, read);
  const data::Reading reading = reading_of(settings);
  const auto training =
      data::load(settings.data, data::Part::Training, settings.training_images.value_or(0), reading);
  const auto validation = data::load(settings.data, data::Part::Validation, 0, reading);
  if (training.size() < settings.batch_size)
    throw common::InputError(fmt::format("'batch_size' is {}, but there are only {} training images",
                                         settings.batch_size, training.size()));
  const auto space = load_space(settings, training);

  SupernetTrainer trainer(settings, dynamic_cast<const spaces::ResnetElastic&>(*space), training, validation);
  if (options.resume)
    trainer.restore(common::read_file(checkpoint), checkpoint);
  else if (settings.start_from)
    trainer.start_from(onnx::read(*settings.start_from));
  common::write_file_atomically(checkpoint, trainer.checkpoint());

  const int first = trainer.epochs_done();
  const int steps = trainer.steps_per_epoch();
  common::Progress bar("training", static_cast<std::size_t>(settings.epochs_after() - first) * steps, true);
  const auto start = Clock::now();
  while (trainer.epochs_done() < settings.epochs_after()) {
    const int done = trainer.epochs_done() - first;
    const SupernetEpoch result =
        trainer.run_epoch([&](int step) { bar.update(static_cast<std::size_t>(done) * steps + step); });
    common::write_file_atomically(checkpoint, trainer.checkpoint());
    common::write_file_atomically(loss_file(output), trainer.history());
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    report(result, settings.epochs, elapsed / (done + 1) * (settings.epochs_after() - trainer.epochs_done()),
           progress);
  }

  const graph::Network network = trainer.network();
  const std::string bytes = onnx::serialize(network);
  const std::string file = output.substr(output.find_last_of('/') + 1);
  common::write_file_atomically(stem + ".yaml", description(settings, file, bytes));
  common::write_file_atomically(output, bytes);
  progress << common::json_text(Json{{"output", output}, {"parameters", graph::parameters(network)}})
           << std::endl;
}

}  // namespace phasecore::train
