// The two hot paths of the accuracy engine. Method and results: docs/performance.md.
#include <benchmark/benchmark.h>
#include <time.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "common/random.hpp"
#include "sim/analog/core_pass.hpp"

namespace {

using namespace phasecore;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kSize = 256, kBatch = 256, kInputMax = 127, kLevels = 511;

std::vector<float> normals(std::uint32_t stream, std::size_t n) {
  std::vector<float> z(n);
  common::fill_normal({1, common::Purpose::Test, 0, stream}, 0, 0, 0, n, z.data());
  return z;
}

analog::Converter converter(bool oscillates, double noise) {
  analog::Converter c;
  c.max_count = 255;
  c.full_scale = 24;
  c.output_noise = noise;
  c.saturation_ua = 100;
  if (oscillates) c.oscillator = {35, 0.0006, 100, 0.0709, 1};
  return c;
}

struct Operands {
  analog::Conductances codes{kSize, kSize, normals(1, kSize* kSize)};
  std::unique_ptr<const analog::PackedConductances> packed;
  std::unique_ptr<const analog::WidenedRows> vectors;
  std::vector<std::int8_t> inputs = std::vector<std::int8_t>(kBatch * kSize);
  std::vector<std::int32_t> images = std::vector<std::int32_t>(kBatch, 0), positions{images};
  std::vector<float> counts = std::vector<float>(kBatch * kSize);

  Operands() {
    for (float& v : codes.values) v = std::rint(v * 128);
    const auto x = normals(2, inputs.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      inputs[i] = static_cast<std::int8_t>(std::clamp(std::rint(x[i] * 40), -127.0f, 127.0f));
    std::iota(positions.begin(), positions.end(), 0);
    packed = std::make_unique<analog::PackedConductances>(codes);
    vectors = std::make_unique<analog::WidenedRows>(*packed, kBatch, inputs.data());
  }
  void pass(const analog::Converter& c, int batch) {
    analog::InputVectors taken = vectors->vectors();
    taken.count = batch;
    analog::multiply(*packed, c, {kInputMax, kLevels}, taken, {images.data(), positions.data()}, {1, 2, 3, 0},
                     counts.data());
  }
};

/// CPU seconds of this thread: other processes on the machine do not count.
double seconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double start = now();
  work();
  return now() - start;
}

/// (a) The core pass and Eigen's SGEMM of the same shape, alternating so that both see the same machine. The
/// time reported is the core pass; `ratio` is the median SGEMM time over the median core pass time: above 1
/// the core pass is the faster one.
void core_pass(benchmark::State& state, bool oscillates, double noise) {
  Operands o;
  const analog::Converter c = converter(oscillates, noise);
  const Matrix w = Eigen::Map<const Matrix>(o.codes.values.data(), kSize, kSize);
  Matrix x(kBatch, kSize), y(kBatch, kSize);
  for (std::size_t i = 0; i < o.inputs.size(); ++i) x.data()[i] = o.inputs[i];
  std::vector<double> ours, theirs;
  for (auto _ : state) {
    ours.push_back(seconds([&] { o.pass(c, kBatch); }));
    state.SetIterationTime(ours.back());
    theirs.push_back(seconds([&] { y.noalias() = x * w; }));
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  const auto median = [](std::vector<double>& v) {
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  const double pass_s = median(ours), gemm_s = median(theirs);
  state.counters["median_us"] = pass_s * 1e6;
  state.counters["sgemm_us"] = gemm_s * 1e6;
  state.counters["ratio"] = gemm_s / pass_s;
}
BENCHMARK_CAPTURE(core_pass, linear_noisy, false, 0.04)->UseManualTime();
BENCHMARK_CAPTURE(core_pass, linear_quiet, false, 0)->UseManualTime();
BENCHMARK_CAPTURE(core_pass, cco_noisy, true, 0.04)->UseManualTime();

/// One vector at a time, as the functional chip asks for it.
void core_pass_single(benchmark::State& state) {
  Operands o;
  const analog::Converter c = converter(false, 0.04);
  for (auto _ : state) o.pass(c, 1);
}
BENCHMARK(core_pass_single);

/// 576 rows and few columns: `per_mac` falls as fast as columns share what a vector costs at all.
void core_pass_narrow(benchmark::State& state) {
  const int rows = 576, cols = static_cast<int>(state.range(0));
  analog::Conductances codes{rows, cols, normals(4, static_cast<std::size_t>(rows) * cols)};
  for (float& v : codes.values) v = std::rint(v * 128);
  const Operands o;
  std::vector<std::int8_t> inputs;
  for (int i = 0; i < rows * kBatch; ++i) inputs.push_back(o.inputs[i % o.inputs.size()]);
  const analog::PackedConductances packed(codes);
  const analog::WidenedRows vectors(packed, kBatch, inputs.data());
  std::vector<float> counts(static_cast<std::size_t>(kBatch) * cols);
  const analog::Converter c = converter(false, 0.04);
  double macs = 0;
  for (auto _ : state) {
    analog::multiply(packed, c, {kInputMax, kLevels}, vectors.vectors(),
                     {o.images.data(), o.positions.data()}, {1, 2, 3, 0}, counts.data());
    benchmark::DoNotOptimize(counts.data());
    macs += static_cast<double>(rows) * cols * kBatch;
  }
  state.counters["per_mac"] =
      benchmark::Counter(macs, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(core_pass_narrow)->RangeMultiplier(2)->Range(1, 256);

/// What the output noise of one core pass costs by itself.
void output_noise(benchmark::State& state) {
  const Operands o;
  const analog::OutputNoise field({1, 2, 3, 0}, kSize);
  std::vector<float> z(kBatch * field.stride());
  for (auto _ : state) {
    field.draw(kBatch, {o.images.data(), o.positions.data()}, z.data());
    benchmark::DoNotOptimize(z.data());
  }
}
BENCHMARK(output_noise);

/// (b) 131,072 devices: programming, then drift and read noise at one day, to conductance codes.
void program_and_read(benchmark::State& state, const char* name) {
  const auto device = config::load_device(name);
  auto w = normals(3, kSize * kSize);
  for (float& v : w) v *= 0.25f;
  const auto scales = analog::weight_scales(config::WeightScaling::Column, kSize, kSize, w.data(), 1.0f);
  for (auto _ : state) {
    const analog::ProgrammedArray array(device, {1, 2, 3, 0, 0, 0}, kSize, kSize, w.data(), scales);
    const auto codes = array.read(86400, kLevels);
    benchmark::DoNotOptimize(codes.values.data());
  }
}
BENCHMARK_CAPTURE(program_and_read, hermes2, "hermes-2");
BENCHMARK_CAPTURE(program_and_read, pcm90, "pcm-90nm");

void read_only(benchmark::State& state) {
  const auto w = normals(3, kSize * kSize);
  const analog::ProgrammedArray array(config::load_device("hermes-2"), {1, 2, 3, 0, 0, 0}, kSize, kSize,
                                      w.data(), std::vector<float>(kSize, 5.0f));
  for (auto _ : state) benchmark::DoNotOptimize(array.read(86400, kLevels).values.data());
}
BENCHMARK(read_only);

}  // namespace

BENCHMARK_MAIN();
