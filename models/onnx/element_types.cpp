#include "models/onnx/element_types.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>

#include "models/graph/moving.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/gather.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/pad.hpp"
#include "models/graph/ops/quantize.hpp"
#include "models/graph/ops/reduce.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/codes.hpp"

namespace phasecore::onnx {
namespace {

using ::onnx::TensorProto;

/// Does it deliver values of input `input` as they are? (A Pad adds others, which are floats.)
bool passes_on(const graph::Layer& layer, std::size_t input) {
  if (layer.is<graph::Gather>()) return input == 0;
  return layer.is<graph::Reshaping>() || (layer.is<graph::Moving>() && !layer.is<graph::Pad>());
}

bool is_source(const graph::Layer& layer) {
  return layer.is<graph::Input>() || layer.is<graph::Constant>();
}

/// What a layer wants whoever it reads.
int own_wish(const graph::Layer& layer, std::size_t input) {
  if (layer.is<graph::Gather>() && input == 1) return TensorProto::INT64;
  const auto* dequantize = layer.as<graph::Dequantize>();
  return dequantize == nullptr ? int{TensorProto::FLOAT} : type_of(dequantize->codes);
}

/// What the readers of inputs and constants want them to be.
std::vector<int> wishes(const graph::Network& network) {
  std::vector<int> wish(network.layers.size(), TensorProto::FLOAT);
  for (std::size_t i = network.layers.size(); i-- > 0;) {
    const graph::Layer& layer = network.layers[i];
    for (std::size_t in = 0; in < layer.inputs.size(); ++in) {
      const int wanted = passes_on(layer, in) ? wish[i] : own_wish(layer, in);
      if (wanted != TensorProto::FLOAT) wish[layer.inputs[in]] = wanted;
    }
  }
  return wish;
}

}  // namespace

std::vector<int> element_types(const graph::Network& network) {
  std::vector<int> types = wishes(network);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const graph::Layer& layer = network.layers[i];
    if (is_source(layer)) continue;
    const auto* quantize = layer.as<graph::Quantize>();
    const auto is_of = [&](int type) {
      return std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](int in) { return types[in] == type; });
    };
    types[i] = TensorProto::FLOAT;
    if (quantize != nullptr) types[i] = type_of(quantize->codes);
    if (layer.is<graph::ArgExtreme>()) types[i] = TensorProto::INT64;
    if (layer.is<graph::Gather>()) types[i] = types[layer.inputs[0]];
    if (!layer.is<graph::Gather>() && passes_on(layer, 0) && is_of(types[layer.inputs[0]]))
      types[i] = types[layer.inputs[0]];
  }
  return types;
}

int wanted_type(const graph::Layer& reader, std::size_t input, const std::vector<int>& types) {
  if (!passes_on(reader, input)) return own_wish(reader, input);
  return reader.is<graph::Gather>() ||
                 std::all_of(reader.inputs.begin(), reader.inputs.end(),
                             [&](int in) { return types[in] == types[reader.inputs[0]]; })
             ? types[reader.inputs[input]]
             : int{TensorProto::FLOAT};
}

}  // namespace phasecore::onnx
