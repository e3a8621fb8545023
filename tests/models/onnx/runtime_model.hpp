// Models of few nodes whose outputs ONNX Runtime has computed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/graph/infer.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/models/onnx/model_builder.hpp"

namespace phasecore::test {

using Dims = std::vector<long long>;

inline std::vector<float> pattern(const Dims& dims, int salt) {
  long long count = 1;
  for (const long long d : dims) count *= d;
  std::vector<float> values;
  for (long long i = 0; i < count; ++i) values.push_back(static_cast<float>((i * 7 + salt) % 11 - 5) / 8);
  return values;
}

/// A model that takes pattern(dims, 0) as "x" and delivers "y".
class Runtime : public testing::Test {
 protected:
  ModelBuilder& model(int opset, const Dims& dims) {
    builder_ = ModelBuilder(opset);
    dims_ = dims;
    return builder_.input("x", dims).output("y");
  }
  ModelBuilder& weights(const std::string& name, const Dims& dims, int salt) {
    return builder_.weights(name, dims, pattern(dims, salt));
  }
  ModelBuilder& model_so_far() { return builder_; }
  graph::Network network() const { return onnx::parse(builder_.bytes(), "m.onnx"); }
  void expect(const std::vector<float>& y, std::size_t output = 0) const {
    const graph::Network n = network();
    const auto out = graph::infer(n, {1, n.input().shape, pattern(dims_, 0)});
    EXPECT_THAT(out.at(output).values, testing::Pointwise(testing::FloatNear(1e-5f), y));
  }

 private:
  ModelBuilder builder_;
  Dims dims_;
};

}  // namespace phasecore::test
