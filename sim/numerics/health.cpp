#include "sim/numerics/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/bytes.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {

template <class A>
void serialize(A& a, Rounded& v) {
  a(v.values, v.clipped);
}
template <class A>
void serialize(A& a, StageHealth& v) {
  a(v.values, v.infinite, v.not_numbers, v.counts, v.silent, v.largest, v.output, v.partial);
}

namespace {

constexpr double kLargestFp16 = 65504;
/// Below, FP16 has fewer steps up to a value than a signed byte: 127 times its smallest number, 2^-24.
constexpr float kCoarseFp16 = 127.0f / (1 << 24);
/// Share of the values that a range may clip without a word.
constexpr double kClipped = 0.05;

std::string share(std::int64_t part, std::int64_t whole) {
  return fmt::format("{} of {} values ({:.3g} %)", part, whole,
                     100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

bool clips(const Rounded& r) {
  return static_cast<double>(r.clipped) > kClipped * static_cast<double>(r.values);
}

void judge(const StageHealth& h, const Kernel& kernel, std::vector<std::string>& out) {
  const mapping::Stage& stage = kernel.stage();
  const std::string layer = "layer '" + stage.name + "': ";
  if (h.infinite > 0)
    out.push_back(layer + share(h.infinite, h.values) +
                  fmt::format(" lie beyond FP16 (largest {}) and are infinite", kLargestFp16));
  if (h.not_numbers > 0)
    out.push_back(layer + share(h.not_numbers, h.values) +
                  " are NaN; as codes they are the lowest one, in Relu 0");
  if (h.counts > 0 && h.silent == h.counts)
    out.push_back(layer + "every count of its converters is 0, so that its outputs are its bias alone");
  if (h.largest > 0 && h.largest < kCoarseFp16)
    out.push_back(layer + fmt::format("its largest value is {:.2g}; FP16 has steps of 6e-08, so that it is "
                                      "rounded more coarsely than INT8 rounds",
                                      h.largest));
  if (clips(h.output))
    out.push_back(layer +
                  fmt::format("its range of {:.4g} (tensor '{}') clips ",
                              static_cast<double>(kernel.output_step()) * kernel.max_code(),
                              stage.range_name) +
                  share(h.output.clipped, h.output.values));
  if (clips(h.partial))
    out.push_back(layer + "the ranges of the partial sums between its cores clip " +
                  share(h.partial.clipped, h.partial.values));
}

}  // namespace

void Rounded::see(std::size_t count, const float* seen, float step, int max_code) {
  const float end = step * (static_cast<float>(max_code) + 0.5f);
  std::int64_t beyond = 0;
  for (std::size_t i = 0; i < count; ++i) beyond += std::fabs(seen[i]) > end ? 1 : 0;
  values += static_cast<std::int64_t>(count);
  clipped += beyond;
}

void Rounded::add(const Rounded& other) {
  values += other.values;
  clipped += other.clipped;
}

void StageHealth::see_counts(std::size_t count, const float* seen) {
  counts += static_cast<std::int64_t>(count);
  silent += std::count(seen, seen + count, 0.0f);
}

void StageHealth::see_values(std::size_t count, const float* seen) {
  std::int64_t inf = 0, nan = 0;
  for (std::size_t i = 0; i < count; ++i) {
    inf += std::isinf(seen[i]) ? 1 : 0;
    nan += std::isnan(seen[i]) ? 1 : 0;
  }
  values += static_cast<std::int64_t>(count);
  infinite += inf;
  not_numbers += nan;
}

void StageHealth::see_delivered(std::size_t count, const float* seen) {
  float most = largest;
  for (std::size_t i = 0; i < count; ++i) {
    const float size = std::fabs(seen[i]);
    most = size > most ? size : most;  // never NaN
  }
  largest = most;
}

void StageHealth::add(const StageHealth& other) {
  values += other.values;
  infinite += other.infinite;
  not_numbers += other.not_numbers;
  counts += other.counts;
  silent += other.silent;
  largest = std::max(largest, other.largest);
  output.add(other.output);
  partial.add(other.partial);
}

void Health::add(const Health& other) {
  common::ensure(stages.size() == other.stages.size(), "numerics: health of other stages");
  input.add(other.input);
  for (std::size_t s = 0; s < stages.size(); ++s) stages[s].add(other.stages[s]);
}

std::string Health::to_bytes() const {
  return common::to_bytes(input, stages);
}

Health Health::from_bytes(const std::string& bytes, std::size_t stages) {
  Health health(0);
  common::from_bytes(bytes, "a network's health", health.input, health.stages);
  common::ensure(health.stages.size() == stages, "numerics: health of other stages");
  return health;
}

std::vector<std::string> warnings(const Health& health, const Executor& executor) {
  std::vector<std::string> out;
  const mapping::Mapping& map = executor.mapping();
  if (clips(health.input))
    out.push_back("input '" + map.input_name + "': its range clips " +
                  share(health.input.clipped, health.input.values) +
                  "; are the images normalised as in training?");
  for (std::size_t s = 0; s < health.stages.size(); ++s)
    judge(health.stages[s], executor.kernel(static_cast<int>(s)), out);
  return out;
}

bool all_finite(const float* values, std::size_t count) {
  return std::all_of(values, values + count, [](float v) { return std::isfinite(v); });
}

std::string first_overflow(const graph::Network& network, const graph::Batch& image) {
  const std::vector<graph::Batch> values = graph::infer_all(network, image);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!all_finite(values[i].values.data(), values[i].values.size())) return network.layers[i].name;
  return {};
}

std::string float_overflow_warning(const graph::Network& network, const graph::Batch& first_image,
                                   std::int64_t images, std::int64_t of) {
  const std::string layer = first_overflow(network, first_image);
  return fmt::format(
      "{}the float network leaves the numbers of float{}; outputs of {} of {} images are infinite or NaN",
      layer.empty() ? "" : "layer '" + layer + "': ", layer.empty() ? "" : " here", images, of);
}

}  // namespace phasecore::numerics
