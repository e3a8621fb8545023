// Zeros around an image become padding of the convolution or pool that reads it.
#include <algorithm>
#include <limits>

#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/window.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// {before, after} of every dimension; nullopt where the node does not say it in a way that is understood
/// here.
std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> read_pads(NodeReader& reader, int rank) {
  const auto given = reader.list(1, "pads");
  const auto axes = reader.has_input(3) ? reader.ints(3, "axes") : std::nullopt;
  if (!given || !reader.ok()) return std::nullopt;
  const std::size_t count = given->size() / 2;
  std::vector<std::pair<std::int64_t, std::int64_t>> pads(rank, {0, 0});
  if (given->size() % 2 != 0 || (axes ? axes->size() != count : count != pads.size())) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const auto axis = axis_of(axes ? (*axes)[i] : static_cast<std::int64_t>(i), rank);
    if (!axis) return std::nullopt;
    pads[*axis] = {(*given)[i], (*given)[count + i]};
  }
  return pads;
}

bool pads_with_zeros(NodeReader& reader) {
  if (reader.attributes().text("mode", "constant") != "constant") return false;
  if (!reader.has_input(2)) return reader.attributes().real("value", 0) == 0;
  const auto value = reader.array(2, "value");
  return value && value->size() == 1 && number(*value, 0) == 0;
}

bool pad(NodeReader& reader) {
  const graph::Shape from = reader.plain_shape(0);
  if (from.empty()) return false;
  for (int i = 1; i < reader.node().input_size(); ++i)
    if (reader.has_input(i) && !reader.is_constant(i)) return false;
  const auto pads = read_pads(reader, static_cast<int>(from.size()));
  if (!pads) return false;
  const auto is_none = [](const auto& p) { return p.first == 0 && p.second == 0; };
  if (std::all_of(pads->begin(), pads->end(), is_none)) {
    for (const char* name : {"mode", "value"}) reader.attributes().ignore(name);
    return reader.alias(), true;
  }
  if (reader.view(0) != nullptr || from.size() != 4 || !is_none((*pads)[0]) || !is_none((*pads)[1]))
    return false;
  View view;
  for (const auto amount : {(*pads)[2].first, (*pads)[3].first, (*pads)[2].second, (*pads)[3].second}) {
    if (amount < 0 || amount > graph::kMaxWindow) return false;
    view.pads.push_back(static_cast<int>(amount));
  }
  if (!pads_with_zeros(reader)) return false;
  reader.put_off(std::move(view));
  return true;
}

/// The node with `more` added to its padding, reading what the Pad reads; nullopt if its own padding is
/// automatic.
std::optional<::onnx::NodeProto> padded(const ::onnx::NodeProto& node, const View& view) {
  ::onnx::NodeProto result = node;
  result.set_input(0, view.base);
  result.clear_attribute();
  std::vector<std::int64_t> pads(4, 0);
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "auto_pad") {
      if (attribute.s() != "VALID" && attribute.s() != "NOTSET") return std::nullopt;
    } else if (attribute.name() == "pads") {
      if (attribute.ints_size() != 4) return std::nullopt;
      for (int i = 0; i < 4; ++i) {
        if (attribute.ints(i) < 0 || attribute.ints(i) > graph::kMaxWindow) return std::nullopt;
        pads[i] = attribute.ints(i);
      }
    } else {
      *result.add_attribute() = attribute;
    }
  }
  auto* attribute = result.add_attribute();
  attribute->set_name("pads");
  attribute->set_type(::onnx::AttributeProto::INTS);
  for (int i = 0; i < 4; ++i) attribute->add_ints(pads[i] + view.pads[i]);
  return result;
}

const View* pad_before(NodeReader& reader) {
  const View* view = reader.view(0);
  return view != nullptr && !view->pads.empty() ? view : nullptr;
}

bool conv(NodeReader& reader) {
  const View* view = pad_before(reader);
  auto node = view == nullptr ? std::nullopt : padded(reader.node(), *view);
  if (!node) return false;
  reader.replace_by(std::move(*node));
  return true;
}

/// A pool window of zeros alone delivers 0, one of padding alone is refused: less padding than a window,
/// then.
bool every_window_sees_a_pixel(NodeReader& reader, const View& view) {
  const auto kernel = reader.attributes().integers("kernel_shape");
  const auto dilations = reader.attributes().integers("dilations");
  const auto pads = reader.attributes().integers("pads");
  if (!kernel || kernel->size() != 2 || (dilations && dilations->size() != 2) || (pads && pads->size() != 4))
    return false;
  for (int side = 0; side < 4; ++side) {
    const long long taps = (*kernel)[side % 2] - 1LL, own = pads ? (*pads)[side] : 0;
    if (own + view.pads[side] > taps * (dilations ? (*dilations)[side % 2] : 1)) return false;
  }
  return true;
}

/// Zeros are no larger than values that are never negative, as padding is.
bool max_pool(NodeReader& reader) {
  const View* view = pad_before(reader);
  if (view == nullptr || !every_window_sees_a_pixel(reader, *view)) return false;
  const auto* clamp = reader.producer(0).as<graph::Clamp>();
  return clamp != nullptr && clamp->lowest() >= 0 && conv(reader);
}

/// Zeros of a Pad count in an average; so must its own padding then.
bool average_pool(NodeReader& reader) {
  const View* view = pad_before(reader);
  if (view == nullptr || !every_window_sees_a_pixel(reader, *view)) return false;
  auto node = padded(reader.node(), *view);
  if (!node) return false;
  const bool own = reader.attributes().integer("count_include_pad", 0) != 0;
  const auto pads = reader.attributes().integers("pads");
  if (!own && pads && std::any_of(pads->begin(), pads->end(), [](int p) { return p != 0; })) return false;
  for (int i = node->attribute_size(); i-- > 0;)
    if (node->attribute(i).name() == "count_include_pad") node->mutable_attribute()->DeleteSubrange(i, 1);
  auto* attribute = node->add_attribute();
  attribute->set_name("count_include_pad");
  attribute->set_type(::onnx::AttributeProto::INT);
  attribute->set_i(1);
  reader.replace_by(std::move(*node));
  return true;
}

}  // namespace

void register_pad(Rules& rules) {
  rules.applies_only(
      "Pad", pad,
      "where it does nothing, or surrounds an image with zeros and a convolution, an average pool "
      "or a maximum of values that are never negative reads it");
  rules.applies("Conv", conv);
  rules.applies("MaxPool", max_pool);
  rules.applies("AveragePool", average_pool);
}

}  // namespace phasecore::onnx
