// Reading a model that a test built, and running what came of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/graph/infer.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/models/onnx/model_builder.hpp"

namespace phasecore::test {

inline graph::Network import(const ModelBuilder& m) {
  return onnx::parse(m.bytes(), "model.onnx");
}

inline std::vector<float> run(const graph::Network& n, std::vector<float> x) {
  return graph::infer(n, {1, n.input().shape, std::move(x)}).at(0).values;
}

/// 1, 2, 3, ...
inline std::vector<float> counted(int count) {
  std::vector<float> values;
  for (int i = 1; i <= count; ++i) values.push_back(static_cast<float>(i));
  return values;
}

/// Operators of the layers behind the input.
inline std::vector<std::string> operators_of(const graph::Network& n) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < n.layers.size(); ++i) names.push_back(n.layers[i].op().name());
  return names;
}

/// A model of one node "n" from "x" to "y" with further inputs.
inline ModelBuilder one_node(const std::string& op, const std::vector<long long>& input,
                             const std::vector<std::string>& more = {}, int opset = 13) {
  ModelBuilder m(opset);
  m.input("x", input).output("y");
  std::vector<std::string> inputs{"x"};
  inputs.insert(inputs.end(), more.begin(), more.end());
  m.node(op, "n", inputs, {"y"});
  return m;
}

}  // namespace phasecore::test
