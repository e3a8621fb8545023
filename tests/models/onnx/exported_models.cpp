#include "tests/models/onnx/exported_models.hpp"

#include "tests/models/onnx/model_builder.hpp"

namespace phasecore::test {
namespace {

/// Flattened by x.size(0), a batch norm in pieces, and what does nothing.
ModelBuilder dynamic_batch() {
  ModelBuilder m(17);
  m.input("x", {-1, 2, 2, 2})
      .ints("rest", {-1})
      .ints("axis", {0})
      .weights("w", {8, 3})
      .weights("mean", {2, 1, 1});
  m.add_initializer("zero", {}, ::onnx::TensorProto::INT64).add_int64_data(0);
  m.weights("deviation", {1, 2, 1, 1}).weights("one", {}, {1}).ints("none", std::vector<std::int64_t>(8, 0));
  m.node("Sub", "", {"x", "mean"}, {"a"})
      .node("Div", "", {"a", "deviation"}, {"b"})
      .node("Mul", "", {"b", "one"}, {"c"});
  m.node("Pad", "", {"c", "none"}, {"d"})
      .node("Cast", "", {"d"}, {"e"})
      .set("to", 1)
      .node("Shape", "", {"e"}, {"shape"});
  m.node("Gather", "", {"shape", "zero"}, {"batch"}).node("Unsqueeze", "", {"batch", "axis"}, {"batches"});
  m.node("Concat", "", {"batches", "rest"}, {"target"}).set("axis", 0);
  m.node("Reshape", "flat", {"e", "target"}, {"f"}).node("MatMul", "fc", {"f", "w"}, {"y"}).output("y");
  return m;
}

/// Channels last: Transposes around a padded convolution, a pool, sums, a mean; a vector of an image.
ModelBuilder channels_last() {
  ModelBuilder m(13);
  m.input("x", {1, 4, 4, 2})
      .weights("w", {2, 2, 3, 3})
      .weights("scale", {2})
      .weights("v", {32, 3})
      .weights("u", {2, 3});
  m.ints("pads", {0, 0, 1, 1, 0, 0, 1, 1}).ints("flat", {1, -1});
  m.node("Transpose", "in", {"x"}, {"a"})
      .set_list("perm", {0, 3, 1, 2})
      .node("Pad", "pad", {"a", "pads"}, {"b"});
  m.node("Conv", "conv", {"b", "w"}, {"c"})
      .node("Transpose", "out", {"c"}, {"d"})
      .set_list("perm", {0, 2, 3, 1});
  m.node("Mul", "", {"d", "scale"}, {"e"}).node("Relu", "", {"e"}, {"f"}).node("Add", "", {"f", "d"}, {"g"});
  m.node("Reshape", "", {"g", "flat"}, {"h"}).node("MatMul", "", {"h", "v"}, {"i"});
  m.node("ReduceMean", "", {"g"}, {"j"}).set_list("axes", {1, 2}).set("keepdims", 0);
  m.node("MatMul", "", {"j", "u"}, {"k"}).node("Add", "", {"i", "k"}, {"y"}).output("y");
  return m;
}

/// A transformer's block in the words of opset 23.
ModelBuilder attention() {
  ModelBuilder m(23);
  m.input("x", {-1, 3, 8}).weights("scale", {8}).weights("c", {4, 2}).weights("s", {4, 2});
  auto& positions = m.add_initializer("p", {1, 3}, ::onnx::TensorProto::INT64);
  for (const int position : {2, 0, 1}) positions.add_int64_data(position);
  auto& mask = m.add_initializer("m", {3, 3}, ::onnx::TensorProto::BOOL);
  for (int i = 0; i < 9; ++i) mask.add_int32_data(i % 4 != 1);
  m.node("RMSNormalization", "norm", {"x", "scale"}, {"a"}).set("epsilon", 1e-6);
  m.node("RotaryEmbedding", "turn", {"a", "c", "s", "p"}, {"q"}).set("num_heads", 2);
  m.node("Attention", "attention", {"q", "q", "x", "m"}, {"b", "k"}).set("is_causal", 1).set("softcap", 2.0);
  m.set("q_num_heads", 2).set("kv_num_heads", 2).set("scale", 0.5);
  m.node("Add", "", {"b", "x"}, {"y"}).output("y").output("k");
  return m;
}

/// Weights that a chain of nodes computes.
ModelBuilder computed_weights() {
  ModelBuilder m(17);
  m.input("x", {1, 4})
      .ints("start", {0})
      .ints("four", {4})
      .ints("two_four", {2, 4})
      .ints("axis", {1})
      .ints("step", {-1});
  for (const auto& [name, value] : {std::pair("from", 0), std::pair("limit", 8), std::pair("delta", 1)})
    m.add_initializer(name, {}, ::onnx::TensorProto::INT64).add_int64_data(value);
  m.add_initializer("codes", {2, 4}, ::onnx::TensorProto::INT8).set_raw_data("\1\2\3\4\5\6\7\x08");
  m.add_initializer("zero", {}, ::onnx::TensorProto::INT8).set_raw_data(std::string(1, '\0'));
  m.weights("unit", {}, {0.5f}).ints("place", {1}).ints("minus", {-1}).ints("twice", {1, 2});
  m.node("Range", "", {"from", "limit", "delta"}, {"r"}).node("Reshape", "", {"r", "two_four"}, {"rows"});
  m.node("Mod", "", {"rows", "four"}, {"rest"}).node("Equal", "", {"rest", "start"}, {"first"});
  m.node("Not", "", {"first"}, {"other"}).node("DequantizeLinear", "", {"codes", "unit", "zero"}, {"real"});
  m.node("Cast", "", {"rest"}, {"numbers"})
      .set("to", 1)
      .node("Where", "", {"other", "numbers", "real"}, {"mixed"});
  m.node("Slice", "", {"mixed", "minus", "limits", "axis", "step"}, {"turned"}).ints("limits", {-9});
  m.node("Split", "", {"turned"}, {"left", "right"})
      .set("axis", 1)
      .node("Concat", "", {"right", "left"}, {"joined"});
  m.set("axis", 1).node("CumSum", "", {"joined", "place"}, {"sums"}).node("Trilu", "", {"sums"}, {"upper"});
  m.node("Expand", "", {"unit", "two_four"}, {"spread"}).node("Mul", "", {"upper", "spread"}, {"scaled"});
  m.node("ConstantOfShape", "", {"two_four"}, {"zeros"}).node("Add", "", {"scaled", "zeros"}, {"same"});
  m.node("Tile", "", {"same", "twice"}, {"wide"})
      .node("Gather", "", {"wide", "picked"}, {"columns"})
      .set("axis", 1);
  m.ints("picked", {0, 2, 5, -1}).ints("where", {1, 3}).weights("new", {}, {7});
  m.node("ScatterND", "", {"columns", "where", "new"}, {"patched"})
      .node("ReduceMax", "", {"patched"}, {"largest"});
  m.node("Div", "", {"patched", "largest"}, {"normal"}).node("Transpose", "", {"normal"}, {"matrix"});
  m.node("MatMul", "fc", {"x", "matrix"}, {"y"}).output("y");
  return m;
}

}  // namespace

std::map<std::string, std::string> exported_models() {
  return {{"dynamic-batch-by-size.onnx", dynamic_batch().bytes()},
          {"channels-last.onnx", channels_last().bytes()},
          {"computed-weights.onnx", computed_weights().bytes()},
          {"attention.onnx", attention().bytes()}};
}

}  // namespace phasecore::test
