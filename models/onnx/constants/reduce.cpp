// Sums, products, means and extremes of constants, and running sums.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

enum class Reduction { Sum, Product, Mean, Max, Min, L2 };

double start_of(Reduction reduction) {
  switch (reduction) {
    case Reduction::Product:
      return 1;
    case Reduction::Max:
      return -std::numeric_limits<double>::infinity();
    case Reduction::Min:
      return std::numeric_limits<double>::infinity();
    default:
      return 0;
  }
}

void take_up(double& sum, double value, Reduction reduction) {
  switch (reduction) {
    case Reduction::Sum:
    case Reduction::Mean:
      sum += value;
      break;
    case Reduction::L2:
      sum += value * value;
      break;
    case Reduction::Product:
      sum *= value;
      break;
    case Reduction::Max:
      sum = std::max(sum, value);
      break;
    case Reduction::Min:
      sum = std::min(sum, value);
      break;
  }
}

/// Axes that are reduced: all, unless some are named.
std::optional<std::vector<int>> read_axes(NodeReader& reader, int rank) {
  const auto given = reader.list(1, "axes");
  if (!reader.ok()) return std::nullopt;
  if (given && !given->empty()) return axes_of(*given, rank);
  std::vector<int> all;
  if (reader.attributes().integer("noop_with_empty_axes", 0) == 0)
    for (int d = 0; d < rank; ++d) all.push_back(d);
  return all;
}

/// In double: integers beyond 2^53 are no sizes of anything.
void reduce(NodeReader& reader, Reduction reduction) {
  reader.expect_inputs(1, 2);
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  if (!array || !reader.may_compute(array->shape)) return reader.give_up();
  const auto axes = read_axes(reader, static_cast<int>(array->shape.size()));
  const bool keep = reader.attributes().integer("keepdims", 1) != 0;
  if (!axes && reader.ok()) reader.problem("axes do not fit " + graph::to_string(array->shape));
  if (!reader.ok()) return reader.give_up();
  graph::Shape kept = array->shape, shape;
  for (int axis : *axes) kept[axis] = 1;
  for (int d = 0; d < static_cast<int>(kept.size()); ++d)
    if (keep || !std::binary_search(axes->begin(), axes->end(), d)) shape.push_back(kept[d]);
  const auto count = static_cast<std::size_t>(graph::volume(kept));
  std::vector<double> sums(count, start_of(reduction));
  std::size_t next = 0;
  for_each_place(array->shape, 0, broadcast_strides(kept, array->shape),
                 [&](std::size_t place) { take_up(sums[place], number(*array, next++), reduction); });
  for (double& sum : sums) {
    if (reduction == Reduction::Mean) sum /= static_cast<double>(array->size()) / static_cast<double>(count);
    if (reduction == Reduction::L2) sum = std::sqrt(sum);
  }
  if (array->is_float()) return reader.define({shape, Floats(sums.begin(), sums.end())});
  Integers results;
  for (double sum : sums) results.push_back(truncated(sum));
  reader.define({shape, std::move(results)});
}

void read_cumulative_sum(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  const auto given = array ? reader.ints(1, "axis") : std::nullopt;
  if (reader.attributes().integer("exclusive", 0) != 0 || reader.attributes().integer("reverse", 0) != 0)
    reader.problem("exclusive and reverse must be 0");
  if (!given || !reader.ok() || !reader.may_compute(array->shape)) return reader.give_up();
  const auto axis =
      given->size() == 1 ? axis_of((*given)[0], static_cast<int>(array->shape.size())) : std::nullopt;
  if (!axis) {
    reader.problem("axis " + list_text(*given) + " does not fit " + graph::to_string(array->shape));
    return reader.give_up();
  }
  const auto step = static_cast<std::size_t>(strides_of(array->shape)[*axis]);
  const std::size_t block = step * static_cast<std::size_t>(array->shape[*axis]);
  const auto sum_up = [&](auto& values, auto add) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (i % block >= step) values[i] = add(values[i], values[i - step]);
  };
  if (array->is_float())
    sum_up(std::get<Floats>(array->values), [](float a, float b) { return a + b; });
  else
    sum_up(std::get<Integers>(array->values), [](std::int64_t a, std::int64_t b) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    });
  reader.define(std::move(*array));
}

}  // namespace

void register_reduce(Evaluators& evaluators) {
  const std::pair<const char*, Reduction> all[] = {
      {"ReduceSum", Reduction::Sum}, {"ReduceProd", Reduction::Product}, {"ReduceMean", Reduction::Mean},
      {"ReduceMax", Reduction::Max}, {"ReduceMin", Reduction::Min},      {"ReduceL2", Reduction::L2}};
  for (const auto& [op, reduction] : all)
    evaluators.evaluates(op, [kind = reduction](NodeReader& reader) { reduce(reader, kind); });
  evaluators.evaluates("CumSum", read_cumulative_sum);
}

}  // namespace phasecore::onnx
