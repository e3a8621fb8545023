#include "nas/train/run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/progress.hpp"
#include "common/settings_files.hpp"
#include "common/table.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/train/machine.hpp"
#include "nas/train/networks.hpp"
#include "nas/train/reading.hpp"
#include "nas/train/trainer.hpp"
#include "nas/train/transfer.hpp"

namespace phasecore::train {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// Largest difference between torch's and graph::infer's share of correct images that float rounding
/// explains.
constexpr double accuracy_tolerance = 0.001;

TrainingData load_data(const Settings& settings, const data::Reading& reading) {
  TrainingData data;
  data.training =
      data::load(settings.data, data::Part::Training, settings.training_images.value_or(0), reading);
  data.calibration = data::load(settings.data, data::Part::Calibration, 0, reading);
  data.validation = data::load(settings.data, data::Part::Validation, 0, reading);
  if (data.training.size() < settings.batch_size)
    throw common::InputError(fmt::format("'batch_size' is {}, but there are only {} training images",
                                         settings.batch_size, data.training.size()));
  return data;
}

void report(const EpochResult& result, const Settings& settings, double eta_s, std::ostream& progress) {
  Json line = {{"epoch", result.epoch},
               {"epochs", settings.epochs},
               {"learning_rate", result.learning_rate},
               {"loss", result.loss},
               {"validation_accuracy", result.validation_accuracy},
               {"noisy_validation_accuracy", nullptr},
               {"eta_s", std::round(eta_s)}};
  if (settings.noisy_validation.instances > 0)
    line["noisy_validation_accuracy"] = result.noisy_validation_accuracy;
  progress << common::json_text(line) << std::endl;  // flushed: another program may be waiting for the line
}

void write_losses(const Trainer& trainer, const std::string& file) {
  common::write_file_atomically(
      file, "epoch,learning_rate,loss,validation_accuracy,noisy_validation_accuracy\n" + trainer.history());
}

void train_all_epochs(Trainer& trainer, const Settings& settings, const std::string& output,
                      std::ostream& progress) {
  const int first = trainer.epochs_done();
  const int batches = trainer.batches_per_epoch();
  common::Progress bar("training", static_cast<std::size_t>(settings.epochs_after() - first) * batches, true);
  const auto start = Clock::now();
  while (trainer.epochs_done() < settings.epochs_after()) {
    const int done = trainer.epochs_done() - first;
    const EpochResult result =
        trainer.run_epoch([&](int batch) { bar.update(static_cast<std::size_t>(done) * batches + batch); });
    common::write_file_atomically(output + ".checkpoint", trainer.checkpoint());
    write_losses(trainer, loss_file(output));
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const int left = settings.epochs_after() - trainer.epochs_done();
    report(result, settings, elapsed / (done + 1) * left, progress);
  }
}

/// Both roads through the trained network have to agree: torch's, and the graph of the ONNX file read back.
double checked_accuracy(Trainer& trainer, const graph::Network& network, const data::Dataset& dataset) {
  const double by_torch = trainer.accuracy(dataset, dataset.size(), Pass{});
  const double by_graph = accuracy(network, dataset);
  common::ensure(
      std::abs(by_torch - by_graph) <= accuracy_tolerance,
      fmt::format("the exported network classifies {:.4f} of the {} part correctly, the trained one {:.4f}",
                  by_graph, data::name_of(dataset.part), by_torch));
  return by_graph;
}

}  // namespace

std::string loss_file(const std::string& output) {
  const std::string ending = ".onnx";
  const bool usual = output.size() > ending.size() &&
                     output.compare(output.size() - ending.size(), ending.size(), ending) == 0;
  return (usual ? output.substr(0, output.size() - ending.size()) : output) + ".loss.csv";
}

void run(const RunOptions& options, std::ostream& progress) {
  use_one_core();
  const Settings settings = load_settings(options.recipe, options.assignments);
  const std::string output = options.output.empty() ? settings.name + ".onnx" : options.output;
  const std::string checkpoint = output + ".checkpoint";
  std::vector<std::string> read = common::settings_chain(recipe_files, options.recipe);
  for (const auto& network : {settings.network.model, settings.start_from, settings.teacher})
    if (network) read.push_back(*network);
  for (const std::string& file : {output, checkpoint, loss_file(output)}) common::check_output(file, read);
  const data::Reading reading = reading_for(settings.network, reading_of(settings));
  TrainingData data = load_data(settings, reading);
  data::Dataset test = data::load(settings.data, data::Part::Test, 0, reading);

  const graph::Network untrained = network_of(settings.network, data.training, settings.seed);
  for (data::Dataset* set : {&data.training, &data.calibration, &data.validation, &test})
    set->shape = untrained.input().shape;  // of the same values
  Trainer trainer(settings, data, untrained);
  if (options.resume) {
    trainer.restore(common::read_file(checkpoint), checkpoint);
  } else {
    if (settings.start_from) trainer.start_from(onnx::read(*settings.start_from));
    common::write_file_atomically(checkpoint, trainer.checkpoint());
  }
  train_all_epochs(trainer, settings, output, progress);

  graph::Network network = onnx::parse(onnx::serialize(trainer.result()), output);
  const double validation_accuracy = checked_accuracy(trainer, network, data.validation);
  const double test_accuracy = checked_accuracy(trainer, network, test);
  network.metadata["phasecore.float_accuracy"] = common::format_double(test_accuracy);
  common::write_file_atomically(output, onnx::serialize(network));
  progress << common::json_text(Json{{"output", output},
                                     {"parameters", graph::parameters(network)},
                                     {"validation_accuracy", validation_accuracy},
                                     {"test_accuracy", test_accuracy}})
           << std::endl;
}

}  // namespace phasecore::train
