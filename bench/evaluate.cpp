// What evaluating one candidate costs, step by step: ResNet-8 of the space resnet-elastic, on hermes-mesh
// with hermes-2 devices, Fashion-MNIST, times 1 s, 1 d, 30 d. Weights are random: they do not change the
// work.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include "common/process/cpu_time.hpp"
#include "models/data/dataset.hpp"
#include "models/graph/fold.hpp"
#include "models/spaces/load.hpp"
#include "nas/evaluate/simulated.hpp"
#include "nas/evaluate/table.hpp"

namespace {

using namespace phasecore;

const std::string kSource = PHASECORE_SOURCE_DIR;

std::shared_ptr<const spaces::Space> elastic() {
  static const std::shared_ptr<const spaces::Space> space =
      spaces::load(kSource + "/configs/spaces/resnet-elastic.yaml");
  return space;
}

spaces::Genes resnet8() {
  std::map<std::string, std::string> choices = {
      {"stem_width", "16"}, {"stem_kernel", "3"}, {"stem_stride", "1"}, {"stages", "3"}};
  for (int stage = 1; stage <= 3; ++stage) {
    const std::string prefix = "stage" + std::to_string(stage) + ".";
    choices[prefix + "blocks"] = choices[prefix + "branches"] = "1";
    choices[prefix + "width"] = stage == 1 ? "16" : stage == 2 ? "32" : "64";
    choices[prefix + "kernel"] = "3";
    choices[prefix + "type"] = "basic";
  }
  return elastic()->parse(choices);
}

/// `calibration`: images that statistics and ranges are taken from.
std::shared_ptr<const evaluate::SimulatedEvaluator> evaluator(int calibration) {
  evaluate::SimulationSettings s;
  s.space = elastic();
  s.device = config::load_device("hermes-2");
  s.calibration = data::load("fashion-mnist", data::Part::Calibration, calibration);
  s.validation = data::load("fashion-mnist", data::Part::Validation, 256);
  s.test = data::load("fashion-mnist", data::Part::Test, 2000);
  const auto images = std::make_shared<graph::Batch>(s.calibration.batch(0, calibration));
  s.weights = [images](const spaces::Genes& genes) {
    return *graph::fold(graph::with_statistics_of(elastic()->network(genes, 0), *images));
  };
  return std::make_shared<evaluate::SimulatedEvaluator>(
      std::move(s), evaluate::Chips("hermes-mesh", {"mapping.objective=one-to-one"}, {}));
}

/// Manual time: CPU of this process and of its chip processes.
void run_step(benchmark::State& state, int step, int calibration) {
  const auto candidate = evaluator(calibration);
  const auto genes = resnet8();
  candidate->evaluate(genes, step);
  for (auto _ : state) {
    const double before = process::tree_use(::getpid()).cpu_seconds;
    const auto outcome = candidate->evaluate(genes, step);
    state.SetIterationTime(process::tree_use(::getpid()).cpu_seconds - before);
    if (!outcome.failure.empty()) state.SkipWithError(outcome.failure.c_str());
  }
}

void analytic(benchmark::State& state) {
  run_step(state, 0, 256);
}
void cycle(benchmark::State& state) {
  run_step(state, 1, 256);
}
/// 256 validation images x 2 instances; argument: calibration images.
void monte_carlo(benchmark::State& state) {
  run_step(state, 2, static_cast<int>(state.range(0)));
}
void weights(benchmark::State& state) {
  const auto part = data::load("fashion-mnist", data::Part::Calibration);
  const auto images = part.batch(0, static_cast<int>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(
        *graph::fold(graph::with_statistics_of(elastic()->network(resnet8(), 0), images)));
}

/// 256 candidates of the table, as many as a table search looks at.
void table(benchmark::State& state) {
  const auto cells = std::dynamic_pointer_cast<const spaces::Nasbench201>(
      std::shared_ptr<const spaces::Space>(spaces::load(kSource + "/configs/spaces/nasbench201.yaml")));
  const auto entries = std::make_shared<const spaces::NasbenchTable>(
      spaces::NasbenchTable::read(kSource + "/tests/data/nasbench/small.csv"));
  for (auto _ : state) {
    // A fresh evaluator: what it remembers is part of the work.
    const evaluate::TableEvaluator evaluator(cells, entries,
                                             evaluate::Chips("hermes-mesh", {"mapping.tiling=ceil"}, {}));
    for (int i = 0; i < 256; ++i)
      benchmark::DoNotOptimize(evaluator.evaluate(
          i % 2 == 0 ? std::vector<int>{2, 3, 0, 4, 2, 1} : std::vector<int>{4, 3, 4, 3, 2, 1}, 0));
  }
}

BENCHMARK(table)->Unit(benchmark::kMillisecond);
// The system counts CPU time in hundredths of a second.
BENCHMARK(analytic)->Iterations(50)->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(cycle)->Iterations(20)->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(weights)->Arg(256)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(monte_carlo)->Arg(256)->Arg(1000)->Iterations(2)->Unit(benchmark::kMillisecond)->UseManualTime();

}  // namespace

BENCHMARK_MAIN();
