// What NodeReader knows of batches: where they stand in what a node reads, and in what it delivers.
#include "models/onnx/operand.hpp"

#include <algorithm>

#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/importer.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/tensors.hpp"

namespace phasecore::onnx {

Operand NodeReader::any_operand(int i) {
  Operand x = coded_operand(i);
  const auto codes = codes_of(i);
  if (!codes || !x.known) return x;
  if (codes->are_by_row())
    problem("reads codes with several scales; supported between QuantizeLinear and DequantizeLinear");
  graph::Quantize quantize;
  quantize.codes = codes->codes;
  x.layer = emit_helper(quantize, {x.layer}, ".codes");
  x.integral = true;
  return x;
}

std::optional<TensorCodes> NodeReader::codes_of(int i) const {
  const Value* value = find(i);
  return value == nullptr ? std::nullopt : value->codes;
}

bool NodeReader::is_of_truth_values(int layer) const {
  const auto& layers = importer_.network_.layers;
  while (!layers[layer].inputs.empty()) layer = layers[layer].inputs[0];
  for (const auto& input : importer_.graph().input())
    if (input.name() == layers[layer].name)
      return input.type().tensor_type().elem_type() == ::onnx::TensorProto::BOOL;
  return false;
}

void NodeReader::set_codes(const TensorCodes& codes) {
  if (!ok_) return;
  Value& value = importer_.values_[node_.output(0)];
  value.codes = codes;
  importer_.take_range(value.layer, codes);
}

Operand NodeReader::coded_operand(int i) {
  const std::string tensor = has_input(i) ? node_.input(i) : "";
  if (const Value* value = find(i); value != nullptr && value->view != nullptr) importer_.settle(tensor);
  const Value* value = find(i);
  if (value != nullptr && value->is_constant()) return constant_operand(i);
  Operand x;
  if (value == nullptr) {
    problem(tensor.empty() ? "input " + std::to_string(i) + " is missing"
                           : "reads '" + tensor + "', which no node delivers");
    x.layer = importer_.add_placeholder(tensor);
    return x;
  }
  x.batch = value->batch;
  x.integral = value->integral;
  const std::optional<graph::Shape> own = value->shape;
  x.layer = importer_.in_own_shape(tensor, *value);
  x.shape = own.value_or(shape_of(x.layer));
  x.known = !shape_of(x.layer).empty();
  return x;
}

Operand NodeReader::operand(int i) {
  const Operand x = any_operand(i);
  if (x.integral && ok_)
    problem("computes with the whole numbers of '" + node_.input(i) + "'; supported only as indices");
  return x;
}

Operand NodeReader::pointwise_operand(int i) {
  const Value* value = find(i);
  if (value == nullptr || value->is_constant() || value->view != nullptr || value->codes || value->integral)
    return operand(i);
  Operand x;
  x.layer = value->layer;
  x.shape = value->shape.value_or(shape_of(x.layer));
  x.batch = value->batch;
  x.known = !shape_of(x.layer).empty();
  return x;
}

Operand NodeReader::constant_operand(int i) {
  Operand x;
  x.batch = kNoBatch;
  const std::string& tensor = node_.input(i);
  const auto given = array(i, "constant");
  if (given && given->size() == 0) problem("constant '" + tensor + "' holds no values");
  if (!given || given->size() == 0 || !may_compute(given->shape)) {
    x.layer = importer_.add_placeholder(tensor);
    return x;
  }
  x.shape = given->shape;
  x.integral = !given->is_float();
  x.known = true;
  graph::Constant constant(graph::Tensor{x.shape.empty() ? graph::Shape{1} : x.shape, floats_of(*given)});
  x.layer = append(layer_of(fresh_name(tensor), std::move(constant), {}));
  return x;
}

int NodeReader::activation(int i) {
  if (is_constant(i)) {
    problem("input '" + node_.input(i) + "' is a constant; must be an activation");
    return importer_.add_placeholder(node_.input(i));
  }
  const Operand x = operand(i);
  if (!x.known || x.batch == 0) return x.layer;
  // A batch of one may stand at any place.
  if (x.batch == kNoBatch && !x.shape.empty() && x.shape[0] == 1)
    return reshaped(x, {x.shape.begin() + 1, x.shape.end()}).layer;
  problem("input '" + node_.input(i) + "' " +
          (x.batch == kNoBatch ? "has no batch" : "has its batch as dimension " + std::to_string(x.batch)) +
          "; the first dimension must be the batch");
  return importer_.add_placeholder(node_.input(i));
}

Image NodeReader::image(int i) {
  Image image;
  const Value* value = find(i);
  if (value != nullptr && value->batch == 0 && value->shape && !value->codes && !value->integral &&
      value->shape->size() == 2 && shape_of(value->layer).size() == 3) {
    image.layer = value->layer;
    image.is_line = true;
  } else {
    image.layer = activation(i);
    const graph::Shape shape = shape_of(image.layer);
    image.is_line = shape.size() == 2;
    if (image.is_line)
      image.layer = emit_helper(graph::Reshape({shape[0], 1, shape[1]}), {image.layer}, ".line");
  }
  image.shape = shape_of(image.layer);
  return image;
}

int NodeReader::axis(const Operand& x, int given) {
  const int axis = given + (given < 0 ? x.rank() : 0);
  if (axis < 0 || axis >= x.rank()) {
    problem("axis " + std::to_string(given) + " is none of a tensor of " + std::to_string(x.rank()) +
            (x.rank() == 1 ? " dimension" : " dimensions"));
  } else if (axis == x.batch) {
    problem("axis " + std::to_string(given) + " is the batch, whose images are computed one by one");
  } else {
    return axis - (x.batch != kNoBatch && axis > x.batch ? 1 : 0);
  }
  return 0;
}

Operand NodeReader::reshaped(Operand x, graph::Shape shape) {
  x.shape = shape;
  if (!x.known) return x;
  if (shape.empty()) shape = {1};
  if (shape == shape_of(x.layer)) return x;
  graph::Layer& layer = importer_.network_.layers[x.layer];
  if (auto* constant = layer.edit<graph::Constant>()) {  // made for this node alone
    constant->values.shape = shape;
    layer.shape = shape;
  } else {
    x.layer = emit_helper(graph::Reshape(std::move(shape)), {x.layer}, ".shape");
  }
  return x;
}

Operand NodeReader::with_batch_at(Operand x, int place) {
  if (!x.known || x.batch == place) return x;
  graph::Shape shape = x.shape;
  const bool may_move = x.batch == kNoBatch || batch() == 1;
  if (may_move && x.batch != kNoBatch) shape.insert(shape.begin() + x.batch, 1);
  if (!may_move || place >= static_cast<int>(shape.size()) || shape[place] != 1) {
    importer_.batch_is_misplaced_ = true;
    problem(
        "reads a tensor " +
        (x.batch == kNoBatch ? "without a batch" : "with its batch as dimension " + std::to_string(x.batch)) +
        "; must be dimension " + std::to_string(place));
    return x;
  }
  shape.erase(shape.begin() + place);
  x.batch = place;
  return reshaped(x, std::move(shape));
}

int NodeReader::align(std::vector<Operand>& operands) {
  int rank = 0, from_end = 0;
  for (const Operand& x : operands) {
    if (!x.known) return kNoBatch;
    rank = std::max(rank, x.rank());
    if (x.batch != kNoBatch) from_end = std::max(from_end, x.rank() - x.batch);
  }
  if (from_end == 0) return kNoBatch;
  for (Operand& x : operands) {
    if (x.batch != kNoBatch && x.rank() - x.batch == from_end) continue;
    graph::Shape shape = x.shape;
    if (x.batch != kNoBatch) {
      if (batch() != 1) problem("its inputs have the batch in different dimensions");
      shape.insert(shape.begin() + x.batch, 1);
    }
    const int at = static_cast<int>(shape.size()) - from_end;
    if (at >= 0) {
      if (shape[at] != 1)
        problem("an input of shape " + graph::to_string(shape) + " has values for each image of the batch");
      shape.erase(shape.begin() + at);
    }
    x.batch = kNoBatch;
    if (ok_) x = reshaped(x, std::move(shape));
  }
  return rank - from_end;
}

std::string NodeReader::output_name(int output) {
  return output == 0 || node_.output(output) == name_ ? name_ : fresh_name(node_.output(output));
}

void NodeReader::end_output(int output, graph::Layer layer, Form form) {
  if (output > 0 && !is_read(output)) return;
  attributes_.refuse_others();
  if (!ok_) return give_up();
  Value value;
  value.layer = importer_.add_layer(std::move(layer));
  value.batch = form.batch;
  value.integral = form.integral;
  if (form.shape && *form.shape != shape_of(value.layer)) value.shape = std::move(form.shape);
  importer_.values_[node_.output(output)] = std::move(value);
}

void NodeReader::end_image(graph::Layer layer, bool is_line) {
  end_output(0, std::move(layer), {});
  if (!ok_ || !is_line) return;
  Value& value = importer_.values_[node_.output(0)];
  const graph::Shape& shape = shape_of(value.layer);
  if (shape.size() == 3) value.shape = {shape[0], shape[2]};
}

}  // namespace phasecore::onnx
