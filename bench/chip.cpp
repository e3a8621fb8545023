// One image of ResNet-8 through the SystemC chip, mapped one-to-one and (chip_throughput) as hermes-mesh
// maps: time, process activations per MVM, peak memory.
//   bench_chip [MODEL.onnx] [Google Benchmark options]
#include "sim/chip/chip.hpp"

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <iostream>
#include <string>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "models/onnx/onnx.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/run/chip_runner.hpp"

namespace {

using namespace phasecore;

struct Case {
  program::Platform platform;
  program::Program program;
};

const std::string kOneToOne = "mapping.objective=one-to-one";

Case load(const std::string& model, const std::vector<std::string>& settings) {
  const config::Chip chip = config::load_chip("hermes-mesh", settings);
  const mapping::Mapping mapped = mapping::map(graph::fold(onnx::read(model)), chip);
  return {fabric::make(chip)->platform(), mapping::build_program(mapped, chip).program};
}

/// MVMs of single sub-matrices in one image.
double mvms(const program::Program& program) {
  double sum = 0;
  for (const auto& task : program.tasks)
    if (task.kind == program::TaskKind::Mvm) sum += task.firings;
  return sum;
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void chip_images(benchmark::State& state, chip::Chip& chip, const Case& c) {
  chip::RunOptions options;
  options.images = static_cast<int>(state.range(0));
  options.extrapolate = false;  // figures are per MVM that is simulated
  program::Activity activity;
  for (auto _ : state) activity = chip.run(c.program, options);
  const double count = mvms(c.program) * options.images;
  state.counters["mvms"] = count;
  state.counters["events_per_mvm"] = static_cast<double>(activity.events) / count;
  state.counters["simulated_us"] = static_cast<double>(activity.end_ps) / 1e6;
  state.counters["peak_MiB"] = peak_mib();
}

void runner_image(benchmark::State& state, run::ChipRunner& runner, const Case& c) {
  for (auto _ : state) benchmark::DoNotOptimize(runner.run(c.platform, c.program, 1));
}

/// Crossbars of 4 columns on a larger chip: every pixel goes from each core of a layer to each core of the
/// next, and nearly all time is the mesh's. A hop: a packet over a link. Real time, since a chip of another
/// size needs a process of its own.
void narrow_image(benchmark::State& state, run::ChipRunner& runner, const Case& c) {
  program::Activity activity;
  double hops = 0;
  for (auto _ : state) {
    activity = runner.run(c.platform, c.program, 1);
    for (const auto& link : activity.links) hops += static_cast<double>(link.packets);
  }
  state.counters["per_hop"] =
      benchmark::Counter(hops, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void analytic_image(benchmark::State& state, const Case& c) {
  for (auto _ : state) benchmark::DoNotOptimize(analytic::run(c.program, c.platform, 1));
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const std::string model = argc > 1 ? argv[1] : PHASECORE_SOURCE_DIR "/models/zoo/resnet8-fmnist.onnx";
  run::ChipRunner runner;
  try {
    const Case c = load(model, {kOneToOne}), fast = load(model, {});
    const Case narrow = load(model, {kOneToOne, "crossbar.rows=577", "crossbar.columns=4", "mapping.margin=0",
                                     "grid.columns=32", "grid.rows=32"});
    chip::Chip chip(c.platform);  // one for both: there can be no second one in a process
    common::ensure(c.platform == fast.platform, "the mappings want different chips");
    benchmark::RegisterBenchmark("chip", [&](benchmark::State& s) { chip_images(s, chip, c); })
        ->Arg(1)
        ->Arg(6)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("chip_throughput", [&](benchmark::State& s) { chip_images(s, chip, fast); })
        ->Arg(1)
        ->Arg(6)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("chip_runner", [&](benchmark::State& s) {
      runner_image(s, runner, c);
    })->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("chip_narrow", [&](benchmark::State& s) { narrow_image(s, runner, narrow); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
    benchmark::RegisterBenchmark("analytic", [&](benchmark::State& s) {
      analytic_image(s, c);
    })->Unit(benchmark::kMillisecond);
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 2;
  }
}
