// Constants as nodes, and Identity, which passes one on.
#include <onnx/onnx_pb.h>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(0, 0);
  Attributes& attributes = reader.attributes();
  ::onnx::TensorProto tensor;
  if (const auto* value = attributes.find("value"); value != nullptr && value->has_t()) {
    tensor = value->t();
  } else if (const auto* real = attributes.find("value_float"); real != nullptr) {
    tensor.set_data_type(::onnx::TensorProto::FLOAT);
    tensor.add_float_data(real->f());
  } else if (const auto* reals = attributes.find("value_floats"); reals != nullptr) {
    tensor.set_data_type(::onnx::TensorProto::FLOAT);
    tensor.add_dims(reals->floats_size());
    *tensor.mutable_float_data() = reals->floats();
  } else if (const auto* integer = attributes.find("value_int"); integer != nullptr) {
    tensor.set_data_type(::onnx::TensorProto::INT64);
    tensor.add_int64_data(integer->i());
  } else if (const auto* integers = attributes.find("value_ints"); integers != nullptr) {
    tensor.set_data_type(::onnx::TensorProto::INT64);
    tensor.add_dims(integers->ints_size());
    *tensor.mutable_int64_data() = integers->ints();
  } else {
    reader.problem("holds no numbers");
    return reader.give_up();
  }
  auto array = reader.decoded(tensor, "its value");
  if (!array) return reader.give_up();
  reader.define(std::move(*array));
}

void pass_on(NodeReader& reader) {
  reader.alias();
}

}  // namespace

void register_constant(Evaluators& evaluators) {
  evaluators.evaluates("Constant", read);
  evaluators.evaluates("Identity", pass_on);
}

}  // namespace phasecore::onnx
