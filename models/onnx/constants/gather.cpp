// Values picked out of a constant by constant places, and put back: Gather, GatherElements, GatherND,
// ScatterND, ScatterElements, NonZero.
#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// Every index counted from the front; nullopt, with the reader told, if one lies beyond `extent`.
std::optional<Integers> checked(NodeReader& reader, Integers indices, std::int64_t extent) {
  for (auto& index : indices) {
    if (index < -extent || index >= extent) {
      reader.problem("index " + std::to_string(index) + " is beyond " + std::to_string(extent) + " values");
      return std::nullopt;
    }
    index += index < 0 ? extent : 0;
  }
  return indices;
}

Array picked(const Array& from, graph::Shape shape, const std::vector<std::size_t>& places) {
  return std::visit(
      [&](const auto& values) {
        std::decay_t<decltype(values)> result;
        result.reserve(places.size());
        for (std::size_t place : places) result.push_back(values[place]);
        return Array{std::move(shape), std::move(result)};
      },
      from.values);
}

struct Gathering {
  Array data;
  Array indices;  ///< integers
  int axis;
};

/// The inputs of a node that looks up along one axis; nullopt, with the reader told, if they do not fit.
std::optional<Gathering> read_inputs(NodeReader& reader) {
  auto data = reader.array(0, "data"), indices = reader.array(1, "indices");
  const int given = reader.attributes().integer("axis", 0);
  if (!data || !indices) return std::nullopt;
  const auto axis = axis_of(given, static_cast<int>(data->shape.size()));
  if (!axis) {
    reader.problem("axis " + std::to_string(given) + " does not fit " + graph::to_string(data->shape));
    return std::nullopt;
  }
  auto sound = checked(reader, integers_of(*indices), data->shape[*axis]);
  if (!sound) return std::nullopt;
  indices->values = std::move(*sound);
  return Gathering{std::move(*data), std::move(*indices), *axis};
}

void read_gather(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const auto g = reader.ok() ? read_inputs(reader) : std::nullopt;
  if (!g) return reader.give_up();
  graph::Shape shape(g->data.shape.begin(), g->data.shape.begin() + g->axis);
  shape.insert(shape.end(), g->indices.shape.begin(), g->indices.shape.end());
  shape.insert(shape.end(), g->data.shape.begin() + g->axis + 1, g->data.shape.end());
  if (!reader.may_compute(shape)) return reader.give_up();
  const std::size_t inner = static_cast<std::size_t>(strides_of(g->data.shape)[g->axis]);
  const std::size_t block = inner * static_cast<std::size_t>(g->data.shape[g->axis]);
  std::vector<std::size_t> places;
  for (std::size_t outer = 0; block > 0 && outer < g->data.size() / block; ++outer)
    for (const auto index : std::get<Integers>(g->indices.values))
      for (std::size_t i = 0; i < inner; ++i)
        places.push_back(outer * block + static_cast<std::size_t>(index) * inner + i);
  reader.define(picked(g->data, std::move(shape), places));
}

/// Places of data that indices of the same rank mean; nullopt, with the reader told, if the shapes do not
/// fit.
std::optional<std::vector<std::size_t>> places_along(NodeReader& reader, const Gathering& g) {
  bool fits = g.indices.shape.size() == g.data.shape.size();
  for (std::size_t d = 0; fits && d < g.data.shape.size(); ++d)
    fits = static_cast<int>(d) == g.axis || g.indices.shape[d] <= g.data.shape[d];
  if (!fits) {
    reader.problem("indices of shape " + graph::to_string(g.indices.shape) + " do not fit data of " +
                   graph::to_string(g.data.shape));
    return std::nullopt;
  }
  std::vector<long long> strides = strides_of(g.data.shape);
  const long long along = strides[g.axis];
  strides[g.axis] = 0;
  const Integers& indices = std::get<Integers>(g.indices.values);
  std::vector<std::size_t> places;
  for_each_place(g.indices.shape, 0, strides, [&](std::size_t place) {
    places.push_back(place + static_cast<std::size_t>(indices[places.size()] * along));
  });
  return places;
}

void read_gather_elements(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const auto g = reader.ok() ? read_inputs(reader) : std::nullopt;
  if (!g || !reader.may_compute(g->indices.shape)) return reader.give_up();
  const auto places = places_along(reader, *g);
  if (!places) return reader.give_up();
  reader.define(picked(g->data, g->indices.shape, *places));
}

/// data[place + i] = updates[i] for blocks of `block` values, one after the other.
Array scattered(Array data, const std::vector<std::size_t>& places, const Array& updates, std::size_t block) {
  const auto write = [&](auto& into, const auto& from) {
    for (std::size_t p = 0; p < places.size(); ++p)
      for (std::size_t i = 0; i < block; ++i) into[places[p] + i] = from[p * block + i];
  };
  if (data.is_float() || updates.is_float()) {
    Floats into = floats_of(data);
    write(into, floats_of(updates));
    data.values = std::move(into);
  } else {
    write(std::get<Integers>(data.values), integers_of(updates));
  }
  return data;
}

void read_scatter_elements(NodeReader& reader) {
  reader.expect_inputs(3, 3);
  if (reader.attributes().text("reduction", "none") != "none") reader.problem("reduction must be none");
  const auto g = reader.ok() ? read_inputs(reader) : std::nullopt;
  const auto updates = g ? reader.array(2, "updates") : std::nullopt;
  if (!updates || !reader.may_compute(g->data.shape)) return reader.give_up();
  const auto places = places_along(reader, *g);
  if (places && updates->shape != g->indices.shape) reader.problem("updates do not fit the indices");
  if (!places || !reader.ok()) return reader.give_up();
  reader.define(scattered(g->data, *places, *updates, 1));
}

/// What the last dimension of `indices` points at: blocks of `data`.
struct Blocks {
  std::vector<std::size_t> places;
  graph::Shape shape;  ///< of each
};

std::optional<Blocks> blocks_of(NodeReader& reader, const Array& data, const Array& indices) {
  const std::size_t depth = indices.shape.empty() ? 0 : static_cast<std::size_t>(indices.shape.back());
  if (depth == 0 || depth > data.shape.size()) {
    reader.problem("indices of shape " + graph::to_string(indices.shape) + " do not fit data of " +
                   graph::to_string(data.shape));
    return std::nullopt;
  }
  const std::vector<long long> strides = strides_of(data.shape);
  const Integers given = integers_of(indices);
  Blocks blocks;
  blocks.shape.assign(data.shape.begin() + static_cast<std::ptrdiff_t>(depth), data.shape.end());
  for (std::size_t at = 0; at < given.size(); at += depth) {
    long long place = 0;
    for (std::size_t d = 0; d < depth; ++d) {
      const auto index = checked(reader, {given[at + d]}, data.shape[d]);
      if (!index) return std::nullopt;
      place += (*index)[0] * strides[d];
    }
    blocks.places.push_back(static_cast<std::size_t>(place));
  }
  return blocks;
}

void read_scatter_nd(NodeReader& reader) {
  reader.expect_inputs(3, 3);
  if (reader.attributes().text("reduction", "none") != "none") reader.problem("reduction must be none");
  const auto data = reader.array(0, "data"), indices = reader.array(1, "indices"),
             updates = reader.array(2, "updates");
  if (!data || !indices || !updates || !reader.ok() || !reader.may_compute(data->shape))
    return reader.give_up();
  const auto blocks = blocks_of(reader, *data, *indices);
  if (!blocks) return reader.give_up();
  graph::Shape expected(indices->shape.begin(), indices->shape.end() - 1);
  expected.insert(expected.end(), blocks->shape.begin(), blocks->shape.end());
  if (updates->shape != expected) {
    reader.problem("updates of shape " + graph::to_string(updates->shape) + " must be " +
                   graph::to_string(expected));
    return reader.give_up();
  }
  reader.define(
      scattered(*data, blocks->places, *updates, static_cast<std::size_t>(graph::volume(blocks->shape))));
}

void read_gather_nd(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  if (reader.attributes().integer("batch_dims", 0) != 0) reader.problem("batch_dims must be 0");
  const auto data = reader.array(0, "data"), indices = reader.array(1, "indices");
  if (!data || !indices || !reader.ok()) return reader.give_up();
  const auto blocks = blocks_of(reader, *data, *indices);
  if (!blocks) return reader.give_up();
  graph::Shape shape(indices->shape.begin(), indices->shape.end() - 1);
  shape.insert(shape.end(), blocks->shape.begin(), blocks->shape.end());
  if (!reader.may_compute(shape)) return reader.give_up();
  const auto size = static_cast<std::size_t>(graph::volume(blocks->shape));
  std::vector<std::size_t> places;
  for (std::size_t place : blocks->places)
    for (std::size_t i = 0; i < size; ++i) places.push_back(place + i);
  reader.define(picked(*data, std::move(shape), places));
}

void read_non_zero(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  if (!array) return reader.give_up();
  const int rank = static_cast<int>(array->shape.size());
  graph::Shape work = array->shape;
  work.push_back(rank + 1);
  if (!reader.may_compute(work)) return reader.give_up();
  const std::vector<long long> strides = strides_of(array->shape);
  const Floats values = floats_of(*array);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != 0) found.push_back(i);
  Integers places;
  for (int d = 0; d < rank; ++d)
    for (std::size_t i : found) places.push_back(static_cast<std::int64_t>(i) / strides[d] % array->shape[d]);
  reader.define({{rank, static_cast<int>(found.size())}, std::move(places)});
}

}  // namespace

void register_gather(Evaluators& evaluators) {
  evaluators.evaluates("Gather", read_gather);
  evaluators.evaluates("GatherElements", read_gather_elements);
  evaluators.evaluates("GatherND", read_gather_nd);
  evaluators.evaluates("ScatterElements", read_scatter_elements);
  evaluators.evaluates("ScatterND", read_scatter_nd);
  evaluators.evaluates("NonZero", read_non_zero);
}

}  // namespace phasecore::onnx
