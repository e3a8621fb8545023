// Cutting networks out of a supernet. Method and results: docs/performance.md.
#include "nas/supernet/supernet.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "models/data/dataset.hpp"
#include "models/spaces/load.hpp"
#include "models/spaces/resnet_elastic.hpp"

namespace {

using namespace phasecore;

const supernet::Supernet& untrained() {
  static const supernet::Supernet made = [] {
    auto space = spaces::load(PHASECORE_SOURCE_DIR "/configs/spaces/resnet-elastic.yaml");
    auto network = dynamic_cast<const spaces::ResnetElastic&>(*space).supernet(1);
    return supernet::Supernet(std::move(space), std::move(network), "fashion-mnist", "");
  }();
  return made;
}

/// Of 101 random networks the one with the median of multiply-accumulates.
spaces::Genes median() {
  const auto& space = untrained().space();
  std::vector<spaces::Genes> drawn;
  for (int i = 0; i < 101; ++i) drawn.push_back(space.sample({}, i));
  std::sort(drawn.begin(), drawn.end(),
            [&](const auto& a, const auto& b) { return space.macs(a) < space.macs(b); });
  return drawn[50];
}

void Cut(benchmark::State& state) {
  const spaces::Genes genes = median();
  for (auto _ : state) benchmark::DoNotOptimize(untrained().cut(genes));
  state.counters["MMAC"] = static_cast<double>(untrained().space().macs(genes)) / 1e6;
}
BENCHMARK(Cut)->Unit(benchmark::kMillisecond);

void CutAndRecalibrate(benchmark::State& state) {
  const spaces::Genes genes = median();
  const auto set = data::load("fashion-mnist", data::Part::Calibration);
  const graph::Batch images = set.batch(0, set.size());
  for (auto _ : state) benchmark::DoNotOptimize(untrained().ready(genes, images));
  state.counters["images"] = images.samples;
  state.counters["MMAC"] = static_cast<double>(untrained().space().macs(genes)) / 1e6;
}
BENCHMARK(CutAndRecalibrate)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
