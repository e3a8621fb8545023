#include "models/graph/moving.hpp"

namespace phasecore::graph {
namespace {

/// Numbers up to it are exact as floats, and two of them hold every place.
constexpr std::int32_t kBase = 1 << 16;

/// What the operator delivers when each input value is `number(place)`.
template <class Number>
std::vector<float> deliver(const Moving& op, const std::vector<Shape>& inputs, const Shape& output,
                           Number number) {
  std::vector<std::vector<float>> values;
  std::int32_t place = 0;
  for (const Shape& shape : inputs) {
    values.emplace_back(static_cast<std::size_t>(volume(shape)));
    for (float& value : values.back()) value = static_cast<float>(number(place++));
  }
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < inputs.size(); ++i) samples.push_back({&inputs[i], values[i].data()});
  std::vector<float> out(static_cast<std::size_t>(volume(output)));
  Scratch scratch;
  op.run(samples, output, out.data(), scratch);
  return out;
}

}  // namespace

Places moved_from(const Moving& op, const std::vector<Shape>& inputs, const Shape& output) {
  common::ensure(op.fills_with_zeros(), "graph: " + op.name() + " fills with another number than 0");
  // Counted from 1: 0 is what fills.
  const auto high = deliver(op, inputs, output, [](std::int32_t place) { return (place + 1) / kBase; });
  const auto low = deliver(op, inputs, output, [](std::int32_t place) { return (place + 1) % kBase; });
  Places places(high.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    places[i] = static_cast<std::int32_t>(high[i]) * kBase + static_cast<std::int32_t>(low[i]) - 1;
  return places;
}

}  // namespace phasecore::graph
