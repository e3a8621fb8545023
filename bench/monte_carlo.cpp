// What one image costs in the Monte Carlo, and one instance: ResNet-8 (shipped, 9.3 MMAC) and VGG8 (0.62
// GMAC) with random weights, on hermes-mesh with hermes-2 devices. Random images: values do not change the
// work. `sgemm` is what Eigen takes for the same products in float. Method and results: docs/performance.md.
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <map>
#include <memory>
#include <string>

#include "common/random.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/init.hpp"
#include "models/onnx/onnx.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "sim/numerics/executor.hpp"

namespace {

using namespace phasecore;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const std::string kSource = PHASECORE_SOURCE_DIR;

graph::Network network(const std::string& name) {
  if (name == "resnet8") return onnx::read(kSource + "/models/zoo/resnet8-fmnist-hwa.onnx");
  return graph::with_random_weights(zoo::find(name)->build(), 1);
}

graph::Batch random_images(const graph::Network& network, int count) {
  graph::Batch images{count, network.layers.front().shape, {}};
  images.values.resize(static_cast<std::size_t>(graph::volume(images.shape) * count));
  common::fill_normal({}, 0, 0, 0, images.values.size(), images.values.data());
  return images;
}

struct Case {
  explicit Case(const std::string& name)
      : net(network(name)),
        chip(config::load_chip("hermes-mesh", {"mapping.objective=one-to-one", "mapping.margin=0",
                                               "grid.columns=32", "grid.rows=32"})),
        map(mapping::map(graph::fold(net), chip)),
        executor(map, chip, config::load_device("hermes-2"),
                 numerics::calibrate(graph::fold(net), map, chip, random_images(net, 8))) {}

  /// Products of one image: rows, columns and vectors of every stage's matrix.
  double macs() const {
    double sum = 0;
    for (const mapping::Stage& stage : map.stages)
      if (const auto* mvm = mapping::in_crossbars(stage))
        sum += static_cast<double>(mvm->rows) * mvm->cols * mvm->positions();
    return sum;
  }

  graph::Network net;
  config::Chip chip;
  mapping::Mapping map;
  numerics::Executor executor;
};

Case& the(const std::string& name) {
  static std::map<std::string, std::unique_ptr<Case>> cases;
  auto& c = cases[name];
  if (c == nullptr) c = std::make_unique<Case>(name);
  return *c;
}

void image(benchmark::State& state, const char* name, bool analog) {
  const Case& c = the(name);
  const int count = static_cast<int>(state.range(0));
  const graph::Batch images = random_images(c.net, count);
  const numerics::State devices =
      analog ? c.executor.programmed(1, 0, {86400}, analog::Compensation::Gdc).front() : c.executor.ideal();
  for (auto _ : state) benchmark::DoNotOptimize(c.executor.logits(devices, images, 0).data());
  state.counters["ms_per_image"] = benchmark::Counter(
      count * 1e-3, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["gmac_per_s"] =
      benchmark::Counter(c.macs() * count * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(image, resnet8_analog, "resnet8", true)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(image, resnet8_ideal, "resnet8", false)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(image, vgg8_analog, "vgg8", true)->Arg(4)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(image, vgg8_ideal, "vgg8", false)->Arg(4)->Unit(benchmark::kMillisecond);

/// The products of one image alone, in float, on patches that lie ready.
void sgemm(benchmark::State& state, const char* name) {
  const Case& c = the(name);
  for (auto _ : state)
    for (const mapping::Stage& stage : c.map.stages)
      if (const auto* mvm = mapping::in_crossbars(stage)) {
        state.PauseTiming();
        const Matrix x = Matrix::Random(mvm->positions(), mvm->rows),
                     w = Matrix::Random(mvm->rows, mvm->cols);
        Matrix y(mvm->positions(), mvm->cols);
        state.ResumeTiming();
        y.noalias() = x * w;
        benchmark::DoNotOptimize(y.data());
      }
}
BENCHMARK_CAPTURE(sgemm, resnet8, "resnet8")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sgemm, vgg8, "vgg8")->Unit(benchmark::kMillisecond);

/// One instance at one time, compensated.
void instance(benchmark::State& state, const char* name) {
  const Case& c = the(name);
  std::uint32_t number = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        c.executor.programmed(1, number++, {86400}, analog::Compensation::Gdc).front().stages.data());
}
BENCHMARK_CAPTURE(instance, resnet8, "resnet8")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
