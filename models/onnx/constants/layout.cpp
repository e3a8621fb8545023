// The same values in another order, or some of them: Transpose, Slice, Tile, Concat, Split, Trilu.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

void read_transpose(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  const auto given = reader.attributes().integers("perm");
  if (!array || !reader.may_compute(array->shape)) return reader.give_up();
  const int rank = static_cast<int>(array->shape.size());
  std::vector<int> order = given.value_or(std::vector<int>{});
  if (!given)
    for (int d = rank; d-- > 0;) order.push_back(d);
  const auto sorted = axes_of(Integers(order.begin(), order.end()), rank);
  if (!sorted || static_cast<int>(order.size()) != rank) {
    reader.problem("perm does not fit " + graph::to_string(array->shape));
    return reader.give_up();
  }
  for (int& axis : order) axis += axis < 0 ? rank : 0;
  reader.define(transposed(*array, order));
}

/// What a Slice takes along one axis.
struct Span {
  std::int64_t start, step;
  int count;
};

/// Limits beyond the ends are cut; a step may run backwards.
Span span_of(std::int64_t start, std::int64_t end, std::int64_t step, int extent) {
  const auto bounded = [&](std::int64_t limit) {
    const std::int64_t from_end = limit < 0 ? (limit < -extent ? -1 : limit + extent) : limit;
    return step > 0 ? std::clamp<std::int64_t>(from_end, 0, extent)
                    : std::clamp<std::int64_t>(from_end, -1, extent - 1);
  };
  const std::int64_t from = bounded(start), to = bounded(end);
  const std::int64_t way = step > 0 ? to - from : from - to;
  if (way <= 0) return {0, step, 0};
  // At least one value; a step over all of them is as good as one of the way.
  const std::int64_t bounded_step = std::clamp(step, -way, way);
  return {from, bounded_step, static_cast<int>((way - 1) / std::abs(bounded_step)) + 1};
}

void read_slice(NodeReader& reader) {
  const auto array = reader.array(0, "input");
  const auto starts = reader.list(1, "starts"), ends = reader.list(2, "ends");
  const auto given_axes = reader.list(3, "axes"), given_steps = reader.list(4, "steps");
  if (!array || !starts || !ends || !reader.ok()) {
    if (reader.ok()) reader.problem("starts or ends are missing");
    return reader.give_up();
  }
  const int rank = static_cast<int>(array->shape.size());
  Integers axes = given_axes.value_or(Integers{});
  if (!given_axes)
    for (std::size_t i = 0; i < starts->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const Integers steps = given_steps.value_or(Integers(starts->size(), 1));
  const std::size_t count = starts->size();
  if (!axes_of(axes, rank) || axes.size() != count || ends->size() != count || steps.size() != count ||
      std::find(steps.begin(), steps.end(), 0) != steps.end()) {
    reader.problem("starts, ends, axes and steps do not fit " + graph::to_string(array->shape));
    return reader.give_up();
  }
  graph::Shape shape = array->shape;
  std::vector<long long> strides = strides_of(shape);
  long long first = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int axis = *axis_of(axes[i], rank);
    const Span span = span_of((*starts)[i], (*ends)[i], steps[i], shape[axis]);
    shape[axis] = span.count;
    first += span.start * strides[axis];
    strides[axis] *= span.step;
  }
  if (!reader.may_compute(shape)) return reader.give_up();
  reader.define(strided(*array, shape, first, strides));
}

/// Values of all parts, a row of each after the other: a row is what lies behind the axis.
template <class Values, class Of>
Values joined(const std::vector<Array>& parts, int axis, Of of) {
  std::size_t rows = 1;
  for (int d = 0; d < axis; ++d) rows *= static_cast<std::size_t>(parts[0].shape[d]);
  std::vector<Values> sources;
  for (const Array& part : parts) sources.push_back(of(part));
  Values values;
  for (std::size_t r = 0; r < rows; ++r)
    for (const Values& source : sources) {
      const auto row = source.begin() + static_cast<std::ptrdiff_t>(r * (source.size() / rows));
      values.insert(values.end(), row, row + static_cast<std::ptrdiff_t>(source.size() / rows));
    }
  return values;
}

void read_concat(NodeReader& reader) {
  const int given = reader.attributes().integer("axis", 0);
  std::vector<Array> parts;
  for (int i = 0; i < reader.node().input_size(); ++i)
    if (auto part = reader.array(i, "input")) parts.push_back(std::move(*part));
  if (parts.empty() && reader.ok()) reader.problem("has no inputs");
  if (!reader.ok()) return reader.give_up();
  graph::Shape shape = parts[0].shape;
  const auto axis = axis_of(given, static_cast<int>(shape.size()));
  long long extent = 0;
  for (const Array& part : parts) {
    graph::Shape other = part.shape;
    const bool fits = axis && other.size() == shape.size();
    if (fits) extent += other[*axis], other[*axis] = shape[*axis];
    if (fits && other == shape && extent <= std::numeric_limits<int>::max()) continue;
    reader.problem("its inputs do not fit together along axis " + std::to_string(given));
    return reader.give_up();
  }
  shape[*axis] = static_cast<int>(extent);
  if (!reader.may_compute(shape)) return reader.give_up();
  const bool floats =
      std::any_of(parts.begin(), parts.end(), [](const Array& part) { return part.is_float(); });
  if (floats) return reader.define({shape, joined<Floats>(parts, *axis, floats_of)});
  reader.define({shape, joined<Integers>(parts, *axis, integers_of)});
}

void read_tile(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  const auto repeats = array ? reader.ints(1, "repeats") : std::nullopt;
  if (!repeats) return reader.give_up();
  // {a, b} repeated {r, s} times lies in memory as {r, a, s, b} with strides 0 for r and s.
  const std::vector<long long> own = strides_of(array->shape);
  graph::Shape long_shape, shape;
  std::vector<long long> strides;
  bool fits = repeats->size() == array->shape.size();
  for (std::size_t d = 0; fits && d < repeats->size(); ++d) {
    const std::int64_t times = (*repeats)[d], extent = array->shape[d];
    fits = times >= 0 && (extent == 0 || times <= std::numeric_limits<int>::max() / extent);
    if (!fits) break;
    const auto count = static_cast<int>(std::min<std::int64_t>(times, std::numeric_limits<int>::max()));
    long_shape.insert(long_shape.end(), {count, array->shape[d]});
    strides.insert(strides.end(), {0, own[d]});
    shape.push_back(static_cast<int>(count * extent));
  }
  if (!fits)
    reader.problem("repeats " + list_text(*repeats) + " do not fit " + graph::to_string(array->shape));
  if (!fits || !reader.may_compute(shape)) return reader.give_up();
  Array tiled = strided(*array, std::move(long_shape), 0, strides);
  tiled.shape = shape;
  reader.define(std::move(tiled));
}

/// Sizes of a Split's parts: given, or as equal as they can be, the last one smaller.
Integers parts_of(NodeReader& reader, int extent) {
  if (const auto given = reader.list(1, "split")) return *given;
  const int outputs = reader.attributes().integer("num_outputs", reader.node().output_size());
  if (outputs < 1 || outputs != reader.node().output_size()) return {};
  const int size = (extent + outputs - 1) / outputs;
  Integers parts;
  for (int i = 0; i < outputs; ++i) parts.push_back(std::clamp(extent - i * size, 0, size));
  return parts;
}

void read_split(NodeReader& reader) {
  const auto array = reader.array(0, "input");
  const int given = reader.attributes().integer("axis", 0);
  if (!array || !reader.may_compute(array->shape)) return reader.give_up();
  const auto axis = axis_of(given, static_cast<int>(array->shape.size()));
  const Integers parts = axis ? parts_of(reader, array->shape[*axis]) : Integers{};
  std::int64_t sum = 0;
  bool fits = static_cast<int>(parts.size()) == reader.node().output_size();
  for (const auto part : parts) {
    fits = fits && part >= 0 && part <= array->shape[*axis];
    sum += fits ? part : 0;
  }
  if (!fits || !axis || sum != array->shape[*axis]) {
    if (reader.ok())
      reader.problem("cannot split " + graph::to_string(array->shape) + " along axis " +
                     std::to_string(given));
    return reader.give_up();
  }
  const std::vector<long long> strides = strides_of(array->shape);
  long long start = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    graph::Shape shape = array->shape;
    shape[*axis] = static_cast<int>(parts[i]);
    reader.define(strided(*array, shape, start, strides), static_cast<int>(i));
    start += parts[i] * strides[*axis];
  }
}

void read_trilu(NodeReader& reader) {
  reader.expect_inputs(1, 2);
  auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  const auto given = reader.has_input(1) ? reader.ints(1, "k") : std::optional(Integers{0});
  const bool upper = reader.attributes().integer("upper", 1) != 0;
  if (!array || !given || !reader.may_compute(array->shape)) return reader.give_up();
  if (array->shape.size() < 2 || given->size() != 1) {
    reader.problem("takes matrices and one number k");
    return reader.give_up();
  }
  const std::size_t columns = static_cast<std::size_t>(array->shape.back()),
                    rows = static_cast<std::size_t>(array->shape[array->shape.size() - 2]);
  const std::int64_t k =
      std::clamp<std::int64_t>((*given)[0], std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  std::visit(
      [&](auto& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto row = static_cast<std::int64_t>(i / columns % rows),
                     column = static_cast<std::int64_t>(i % columns);
          if (upper ? column - row < k : column - row > k) values[i] = 0;
        }
      },
      array->values);
  reader.define(std::move(*array));
}

}  // namespace

void register_layout(Evaluators& evaluators) {
  evaluators.evaluates("Transpose", read_transpose);
  evaluators.evaluates("Slice", read_slice);
  evaluators.evaluates("Concat", read_concat);
  evaluators.evaluates("Tile", read_tile);
  evaluators.evaluates("Split", read_split);
  evaluators.evaluates("Trilu", read_trilu);
}

}  // namespace phasecore::onnx
