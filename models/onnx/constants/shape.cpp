// Shapes and what is made of them: Shape, Size, ConstantOfShape, Range, and new shapes of a constant.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// Shape of input 0, constant or not; nullopt while it is unknown.
std::optional<graph::Shape> shape_of_input(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  if (!reader.ok()) return std::nullopt;
  if (reader.is_constant(0)) {
    const auto array = reader.array(0, "input");
    return array ? std::optional(array->shape) : std::nullopt;
  }
  graph::Shape shape = reader.full_shape(0);
  if (shape.empty()) reader.activation(0);  // says what is wrong, unless it has been said
  return shape.empty() ? std::nullopt : std::optional(std::move(shape));
}

void read_shape(NodeReader& reader) {
  const auto shape = shape_of_input(reader);
  if (!shape) return reader.give_up();
  const int rank = static_cast<int>(shape->size());
  const auto bound = [&](const char* name, int otherwise) {
    const int given = reader.attributes().integer(name, otherwise);
    return std::clamp(given < 0 && given >= -rank ? given + rank : given, 0, rank);
  };
  const int start = bound("start", 0), end = bound("end", rank);
  Integers part;
  for (int d = start; d < end; ++d) part.push_back((*shape)[d]);
  reader.define({{static_cast<int>(part.size())}, std::move(part)});
}

void read_size(NodeReader& reader) {
  const auto shape = shape_of_input(reader);
  if (!shape) return reader.give_up();
  std::int64_t size = 1;
  for (int extent : *shape) size *= extent;
  reader.define({{}, Integers{size}});
}

/// A list of extents as a shape; nullopt, with the reader told, if it is none.
std::optional<graph::Shape> read_extents(NodeReader& reader, int input) {
  const auto given = reader.ints(input, "shape");
  if (!given) return std::nullopt;
  graph::Shape shape;
  for (const auto extent : *given) {
    if (extent < 0 || extent > std::numeric_limits<int>::max()) {
      reader.problem(list_text(*given) + " is no shape");
      return std::nullopt;
    }
    shape.push_back(static_cast<int>(extent));
  }
  return reader.may_compute(shape) ? std::optional(shape) : std::nullopt;
}

/// The constant in attribute `value`, of one value.
Array value_of(NodeReader& reader) {
  const auto* attribute = reader.attributes().find("value");
  if (attribute == nullptr) return {{}, Floats{0}};
  if (const auto array = reader.decoded(attribute->t(), "attribute 'value'"); array && array->size() == 1)
    return *array;
  if (reader.ok()) reader.problem("attribute 'value' must hold one value");
  return {{}, Floats{0}};
}

void read_constant_of_shape(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const auto shape = reader.ok() ? read_extents(reader, 0) : std::nullopt;
  const Array value = value_of(reader);
  if (!shape || !reader.ok()) return reader.give_up();
  reader.define(strided(value, *shape, 0, std::vector<long long>(shape->size(), 0)));
}

void read_range(NodeReader& reader) {
  reader.expect_inputs(3, 3);
  std::vector<Array> given;
  for (int i = 0; i < 3 && reader.ok(); ++i)
    if (auto array = reader.array(i, "input")) given.push_back(std::move(*array));
  if (given.size() != 3) return reader.give_up();
  for (const Array& array : given)
    if (array.size() != 1 && reader.ok())
      reader.problem("takes one value for each of start, limit and delta");
  if (!reader.ok()) return reader.give_up();
  const double start = number(given[0], 0), limit = number(given[1], 0), delta = number(given[2], 0);
  const double count = std::ceil((limit - start) / delta);
  if (!(count < std::numeric_limits<int>::max())) {
    reader.problem("has too many values");
    return reader.give_up();
  }
  const graph::Shape shape{count > 0 ? static_cast<int>(count) : 0};
  if (!reader.may_compute(shape)) return reader.give_up();
  if (given[0].is_float()) {
    Floats values;
    for (int i = 0; i < shape[0]; ++i) values.push_back(static_cast<float>(start + i * delta));
    return reader.define({shape, std::move(values)});
  }
  Integers values;
  const auto first = static_cast<std::uint64_t>(integers_of(given[0])[0]),
             step = static_cast<std::uint64_t>(integers_of(given[2])[0]);
  for (int i = 0; i < shape[0]; ++i)
    values.push_back(static_cast<std::int64_t>(first + static_cast<std::uint64_t>(i) * step));
  reader.define({shape, std::move(values)});
}

void read_reshaped(NodeReader& reader) {
  auto array = reader.array(0, "input");
  const auto shape = array ? reshaped(reader, array->shape) : std::nullopt;
  if (!shape || !reader.may_compute(*shape)) return reader.give_up();
  reader.define({*shape, std::move(array->values)});
}

/// The shape that a constant is repeated to.
void read_expand(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  const auto given = array ? read_extents(reader, 1) : std::nullopt;
  const auto shape = given ? broadcast(array->shape, *given) : std::nullopt;
  if (given && !shape)
    reader.problem("cannot expand " + graph::to_string(array->shape) + " to " + graph::to_string(*given));
  if (!shape || !reader.may_compute(*shape)) return reader.give_up();
  reader.define(broadcast_to(*array, *shape));
}

}  // namespace

void register_shape(Evaluators& evaluators) {
  evaluators.evaluates("Shape", read_shape);
  evaluators.evaluates("Size", read_size);
  evaluators.evaluates("ConstantOfShape", read_constant_of_shape);
  evaluators.evaluates("Range", read_range);
  evaluators.evaluates("Expand", read_expand);
  for (const char* op : {"Reshape", "Flatten", "Squeeze", "Unsqueeze"})
    evaluators.evaluates(op, read_reshaped);
}

}  // namespace phasecore::onnx
