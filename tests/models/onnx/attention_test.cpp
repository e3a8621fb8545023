// Attention, RotaryEmbedding and RMSNormalization of opset 23, which ONNX's own models of Debian do not have
// yet: against what ONNX Runtime 1.30 (npm's onnxruntime-node, CPU) computes of the same models, to 1e-5.
#include <limits>

#include "tests/models/onnx/runtime_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::Dims;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class AttentionNode : public test::Runtime {
 protected:
  /// Two heads of three queries against five keys.
  test::ModelBuilder& queries(const std::vector<std::string>& more = {},
                              const std::vector<std::string>& outputs = {"y"}, int opset = 23) {
    std::vector<std::string> inputs{"x", "k", "v"};
    inputs.insert(inputs.end(), more.begin(), more.end());
    model(opset, {1, 2, 3, 4});
    weights("k", {1, 2, 5, 4}, 1);
    return weights("v", {1, 2, 5, 3}, 2).node("Attention", "n", inputs, outputs);
  }
  void truth(const std::string& name, const Dims& dims, const std::vector<int>& values) {
    auto& tensor = model_so_far().add_initializer(name, dims, ::onnx::TensorProto::BOOL);
    for (const int v : values) tensor.add_int32_data(v);
  }
  /// A mask of numbers with -infinity at some places.
  void mask_with_holes(const Dims& dims, const std::vector<int>& holes) {
    std::vector<float> values = test::pattern(dims, 4);
    for (const int hole : holes) values[hole] = -kInfinity;
    model_so_far().weights("m", dims, values);
  }
  void expect_refused(const std::string& what) const {
    test::expect_first_error([&] { network(); }, "m.onnx: error: node 'n' (Attention): " + what);
  }
};

TEST_F(AttentionNode, TakesOfEachValueByHowItsKeyFits) {
  queries();
  expect({-0.061139397f, 0.24592336f, -0.25407663f, -0.10282993f, 0.25760323f, -0.24239677f, -0.11019738f,
          0.25596195f, -0.244038f, 0.12710433f, -0.37289569f, 0.25039101f, 0.11479568f, -0.38520432f,
          0.23677254f, 0.13974483f, -0.36025518f, 0.17945911f});
}

TEST_F(AttentionNode, SharesHeadsOfKeysAmongHeadsOfQueriesAndHidesWhatItsMaskSays) {
  model(23, {1, 3, 16}).node("Attention", "n", {"x", "k", "v", "m"}, {"y"});
  model_so_far().set("q_num_heads", 4).set("kv_num_heads", 2);
  weights("k", {1, 5, 8}, 1);
  weights("v", {1, 5, 6}, 2);
  truth("m", {3, 5}, {1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0});
  expect({-0.27778167f,  0.18981805f,   0.09721835f,
          -0.19893305f,  0.1230406f,    0.17606696f,
          0.088089839f,  0.053152271f,  -0.016735271f,
          0.0081589408f, 0.073791638f,  -0.0025690347f,
          0.0098285452f, -0.075318649f, -0.020414239f,
          0.033737242f,  -0.13329716f,  0.078362808f,
          0.23068725f,   -0.26931274f,  -0.045551442f,
          0.27261743f,   -0.22738259f,  -0.078444533f,
          -0.375f,       0.5f,          0,
          -0.375f,       0.5f,          0,
          -0.5f,         0.375f,        -0.125f,
          -0.5f,         0.375f,        -0.125f});
}

TEST_F(AttentionNode, SeesOnlyWhatCameBeforeIfItIsCausal) {
  model(23, {1, 4, 6}).node("Attention", "n", {"x", "x", "x"}, {"y"}).set("is_causal", 1).set("scale", 0.3);
  model_so_far().set("q_num_heads", 2).set("kv_num_heads", 2);
  expect({-0.625f,        0.25f,         -0.25f,       0.625f,      0.125f,         -0.375f,
          -0.0046969354f, 0.11215488f,   -0.38784513f, 0.49824232f, -0.0017576963f, -0.50175768f,
          0.068517327f,   -0.022760995f, 0.011146158f, 0.36048108f, -0.13951893f,   -0.12525977f,
          0.04024557f,    -0.14721143f,  0.099758692f, 0.22544958f, -0.27455041f,   -0.025981329f});
  queries().set("is_causal", 1);
  expect({-0.375f, 0.5f, 0, -0.44837457f, 0.42662546f, -0.073374555f, -0.49734262f, 0.37765738f, -0.12234262f,
          0.375f, -0.125f, -0.625f, 0.30884206f, -0.19115792f, 0.036579236f, 0.25036448f, -0.2496355f,
          0.11016165f});
}

TEST_F(AttentionNode, CapsWhatItMultipliesBeforeTheMask) {
  queries().set("softcap", 0.5);
  expect({-0.061462663f, 0.24601844f, -0.25398159f, -0.10146919f, 0.25723368f, -0.24276631f, -0.10399348f,
          0.2536189f, -0.24638112f, 0.1270666f, -0.37293342f, 0.24991846f, 0.11520438f, -0.38479561f,
          0.2360734f, 0.13808328f, -0.36191666f, 0.18337193f});
  for (const int opset : {23, 24}) {
    queries({"m"}, {"y"}, opset).set("softcap", 0.5);
    mask_with_holes({1, 2, 3, 5}, {0, 7, 13});
    expect({0.089429729f, 0.13415521f, -0.36584479f, 0.012227774f, 0.28193101f, -0.21806897f, -0.23890717f,
            0.32697815f, -0.17302187f, 0.14591533f, -0.35408467f, 0.15267527f, 0.10375774f, -0.39624226f,
            0.31992242f, 0.11996894f, -0.38003108f, 0.27993757f});
  }
}

TEST_F(AttentionNode, GoesOnFromKeysAndValuesOfBefore) {
  model(23, {1, 2, 3, 4}).output("keys").output("values");
  model_so_far()
      .node("Attention", "n", {"x", "k", "v", "", "pk", "pv"}, {"y", "keys", "values"})
      .set("is_causal", 1);
  weights("k", {1, 2, 3, 4}, 1);
  weights("v", {1, 2, 3, 3}, 2);
  weights("pk", {1, 2, 2, 4}, 3);
  weights("pv", {1, 2, 2, 3}, 4);
  expect({-0.25f, 0.16666667f, 0.125f, -0.32820261f, 0.23104186f, 0.046797417f, -0.37860304f, 0.18384272f,
          -0.0036030225f, -0.11917767f, 0.34809095f, -0.15190904f, 0.11401764f, 0.22250079f, -0.27749926f,
          0.13200466f, 0.16534168f, -0.33465832f});
  expect({-0.25f,  0.625f,  0.125f, -0.375f, 0.5f,   0,       -0.5f,   0.375f, -0.5f,  0.375f,
          -0.125f, -0.625f, 0.25f,  -0.25f,  0.625f, 0.125f,  -0.375f, 0.5f,   0,      -0.5f,
          -0.125f, -0.625f, 0.25f,  -0.25f,  0.625f, 0.125f,  -0.375f, 0.5f,   0.375f, -0.125f,
          -0.625f, 0.25f,   -0.25f, 0.625f,  0.125f, -0.375f, 0.5f,    0,      -0.5f,  0.375f},
         1);
  expect({-0.125f, -0.625f, 0.25f,   -0.25f,  0.625f, 0.125f,  -0.375f, 0.5f,   0,       -0.5f,
          0.375f,  -0.125f, -0.625f, 0.25f,   -0.25f, -0.375f, 0.5f,    0,      -0.5f,   0.375f,
          -0.125f, 0.625f,  0.125f,  -0.375f, 0.5f,   0,       -0.5f,   0.375f, -0.125f, -0.625f},
         2);
}

TEST_F(AttentionNode, GoesOnWithJoinedHeadsAndOneHeadOfKeys) {
  model(23, {1, 3, 8}).node("Attention", "n", {"x", "k", "v", "", "pk", "pv"}, {"y"}).set("is_causal", 1);
  model_so_far().set("q_num_heads", 2).set("kv_num_heads", 1);
  weights("k", {1, 3, 4}, 1);
  weights("v", {1, 3, 3}, 2);
  weights("pk", {1, 1, 2, 4}, 3);
  weights("pv", {1, 1, 2, 3}, 4);
  expect({-0.25f, 0.16666667f, 0.125f, -0.24870817f, 0.16442928f, 0.12629181f, -0.30075526f, 0.16294068f,
          0.074244738f, -0.32944798f, 0.23066592f, 0.045552004f, -0.37722096f, 0.18047886f, -0.0022209622f,
          -0.36341763f, 0.26941097f, 0.011582371f});
}

TEST_F(AttentionNode, DeliversItsKeysByHeads) {
  model(23, {1, 4, 6}).output("keys").node("Attention", "n", {"x", "x", "x"}, {"y", "keys"});
  model_so_far().set("q_num_heads", 2).set("kv_num_heads", 2);
  expect({-0.048765313f, -0.077673301f, 0.012325432f,  0.30344018f, -0.1965598f,  -0.1467196f,
          0.082149364f,  -0.11142685f,  0.0014207624f, 0.29450729f, -0.20549269f, -0.14968854f,
          0.065900639f,  -0.17538214f,  0.15260434f,   0.21201316f, -0.28798684f, 0.010178305f,
          0.048212864f,  -0.16746709f,  0.13371649f,   0.20305595f, -0.29694408f, 0.0072534755f});
  expect(
      {-0.625f, 0.25f,  -0.25f,  0.5f,   0,       -0.5f,   0.25f,  -0.25f,  0.625f, 0,       -0.5f,   0.375f,
       0.625f,  0.125f, -0.375f, 0.375f, -0.125f, -0.625f, 0.125f, -0.375f, 0.5f,   -0.125f, -0.625f, 0.25f},
      1);
}

TEST_F(AttentionNode, TakesNothingWhereNoKeyIsSeen) {
  queries({"m"});
  truth("m", {3, 5}, {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0});
  expect({0, 0, 0, -0.042246573f, 0.20364726f, -0.29635274f, -0.375f, 0.5f, 0, 0, 0, 0, 0.05611559f,
          -0.44388443f, 0.4311156f, 0.375f, -0.125f, -0.625f});
  queries({"m"});
  model_so_far().weights(
      "m", {3, 5},
      {-kInfinity, -kInfinity, -kInfinity, -kInfinity, -kInfinity, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  expect({0, 0, 0, -0.10282993f, 0.25760323f, -0.24239677f, -0.11019738f, 0.25596195f, -0.244038f, 0, 0, 0,
          0.11479568f, -0.38520432f, 0.23677254f, 0.13974483f, -0.36025518f, 0.17945911f});
}

TEST_F(AttentionNode, DeliversItsScoresAtEveryStep) {
  const auto scores = [&](int mode) {
    queries({"m"}, {"z", "", "", "y"}).set("softcap", 0.5).set("qk_matmul_output_mode", mode);
    mask_with_holes({1, 2, 3, 5}, {0});
    model_so_far().output("z");
  };
  scores(0);
  expect({0.0234375f, -0.1484375f, 0.0234375f, 0.0234375f,  0.0234375f,  -0.1328125f,
          0.21875f,   -0.1171875f, -0.109375f, -0.1015625f, 0.3984375f,  -0.1875f,
          0.34375f,   -0.15625f,   0.2890625f, -0.0703125f, 0.125f,      -0.0234375f,
          0.171875f,  -0.1484375f, -0.1875f,   -0.0703125f, -0.2109375f, -0.09375f,
          0.0234375f, 0.296875f,   -0.09375f,  0.2890625f,  -0.1015625f, 0.0234375f});
  scores(1);
  expect({0.023420351f, -0.14422511f, 0.023420351f,  0.023420351f, 0.023420351f, -0.12977462f,
          0.20578504f,  -0.11508785f, -0.10766317f,  -0.10018836f, 0.33114305f,  -0.17917868f,
          0.29818681f,  -0.15135486f, 0.26065066f,   -0.06985265f, 0.12245933f,  -0.023420351f,
          0.16541056f,  -0.14422511f, -0.17917868f,  -0.06985265f, -0.19925441f, -0.092666596f,
          0.023420351f, 0.26629364f,  -0.092666596f, 0.26065066f,  -0.10018836f, 0.023420351f});
  scores(2);
  expect({-kInfinity,   -0.76922512f, 0.27342036f,  -0.22657965f, 0.64842033f,  -0.0047746152f,
          -0.16921496f, 0.38491213f,  -0.10766317f, -0.60018837f, 0.70614302f,  -0.30417868f,
          -0.32681319f, 0.098645136f, 0.010650665f, 0.55514735f,  0.24745932f,  -0.39842036f,
          0.66541058f,  -0.14422511f, -0.67917871f, 0.30514735f,  -0.32425439f, -0.71766663f,
          0.27342036f,  0.016293645f, 0.53233337f,  0.38565066f,  -0.47518837f, 0.52342033f});
  scores(3);
  expect({0,           0.10325614f, 0.29290786f, 0.17765759f, 0.42617843f,  0.20927295f,
          0.17754056f, 0.30899534f, 0.18881182f, 0.11537939f, 0.36184737f,  0.13174929f,
          0.12880071f, 0.19710265f, 0.18049988f, 0.26781094f, 0.19687977f,  0.10320462f,
          0.29903018f, 0.13307446f, 0.11551663f, 0.3091234f,  0.16473511f,  0.1111551f,
          0.2994698f,  0.15638645f, 0.26200667f, 0.22626056f, 0.095664591f, 0.25968176f});
}

TEST_F(AttentionNode, ReadsAMaskThatLayersDeliver) {
  queries({"m"});
  truth("m", {3, 5}, {1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0});
  const graph::Network constant = network();
  const graph::Batch x{1, constant.input().shape, test::pattern({2, 3, 4}, 0)};
  const auto wanted = graph::infer(constant, x)[0].values;
  for (const int type : {::onnx::TensorProto::BOOL, ::onnx::TensorProto::FLOAT})
    for (const Dims& dims : {Dims{1, 1, 3, 5}, Dims{3, 5}}) {
      SCOPED_TRACE(std::to_string(type) + ", " + std::to_string(dims.size()) + " dimensions");
      queries({"m"}).input("m", dims);
      model_so_far().graph().mutable_input(1)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
      const graph::Network n = network();
      std::vector<float> mask{1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0};
      if (type == ::onnx::TensorProto::FLOAT)
        for (float& m : mask) m = m != 0 ? 0 : -kInfinity;
      EXPECT_EQ(graph::infer(n, {x, {1, n.layers[1].shape, mask}})[0].values, wanted);
    }
}

TEST_F(AttentionNode, HasNoEffectOnTheBatch) {
  model(23, {-1, 2, 3, 4}).node("Attention", "n", {"x", "x", "x"}, {"y"}).set("is_causal", 1);
  const graph::Network n = network();
  const std::vector<float> values = test::pattern({2, 2, 3, 4}, 5);
  const auto both = graph::infer(n, {2, n.input().shape, values})[0].values;
  const auto second = graph::infer(n, {1, n.input().shape, {values.begin() + 24, values.end()}})[0].values;
  EXPECT_EQ(std::vector<float>(both.begin() + 24, both.end()), second);
}

// More queries than are computed at once.
TEST_F(AttentionNode, IsComputedInPiecesWithTheSameValues) {
  model(23, {1, 1, 2000, 1}).node("Attention", "n", {"x", "k", "v"}, {"y"});
  weights("k", {1, 1, 300, 1}, 1);
  weights("v", {1, 1, 300, 1}, 2);
  const graph::Network n = network();
  const auto y = graph::infer(n, {1, n.input().shape, test::pattern({2000, 1}, 0)})[0].values;
  for (std::size_t i = 11; i < y.size(); ++i) ASSERT_EQ(y[i], y[i - 11]) << i;  // as the pattern repeats
}

TEST_F(AttentionNode, IsRefusedByNameWhereAFormIsNotSupported) {
  queries({"", "", "", "lengths"}).ints("lengths", {3});
  expect_refused("its input 'nonpad_kv_seqlen' is not supported; a mask can say the same");
  queries({"", "k"});
  expect_refused("must have both past_key and past_value, or none");
  queries({"m"});
  truth("m", {3, 3}, std::vector<int>(9, 1));
  expect_refused("its mask is of 3 keys; must be of all 5");
  queries({"m"}).ints("m", {1, 1, 1, 1, 1});
  expect_refused("its mask is of whole numbers; must be of numbers or truth values");
  queries().set("softmax_precision", 7);
  expect_refused("softmax_precision 7 is no type of numbers");
  queries().set("qk_matmul_output_mode", 4);
  expect_refused("qk_matmul_output_mode 4 must be 0 to 3");
  queries().set("softcap", -1.0);
  expect_refused("its softcap must be finite and not negative");
  queries().set("kv_num_heads", 3);
  expect_refused("input 'k' has 2 heads, 'kv_num_heads' says 3");
}

TEST_F(AttentionNode, IsRefusedWhereShapesDoNotFit) {
  model(23, {1, 3, 4}).node("Attention", "n", {"x", "x", "x"}, {"y"});
  expect_refused("input 'x' has 3 dimensions; attribute 'q_num_heads' must say how many heads it has");
  model(23, {1, 3, 4})
      .node("Attention", "n", {"x", "x", "x"}, {"y"})
      .set("q_num_heads", 3)
      .set("kv_num_heads", 1);
  expect_refused("input 'x' has 4 values, which are not those of 3 heads");
  model(23, {1, 2, 3, 4}).node("Attention", "n", {"x", "x", "v"}, {"y"});
  weights("v", {1, 2, 5, 3}, 2);
  expect_refused("keys and values differ in number: 3 and 5");
  model(23, {1, 3, 2, 4}).node("Attention", "n", {"x", "k", "k"}, {"y"});
  weights("k", {1, 2, 5, 4}, 2);
  expect_refused("3 heads of queries cannot share 2 heads of keys evenly");
}

std::vector<std::string> operators_of(const graph::Network& network) {
  std::vector<std::string> names;
  for (const graph::Layer& layer : network.layers) names.push_back(layer.op().name());
  return names;
}

// softmax(0.5 x x^T / 2) x, as exporters write it; and what one node says.
TEST_F(AttentionNode, IsSeenInThePiecesOfOlderExporters) {
  model(17, {1, 2, 3, 4}).node("Transpose", "turn", {"x"}, {"t"}).set_list("perm", {0, 1, 3, 2});
  model_so_far().weights("half", {}, {0.5f}).weights("two", {}, {2});
  model_so_far().node("Mul", "q", {"x", "half"}, {"q"}).node("MatMul", "qk", {"q", "t"}, {"p"});
  model_so_far().node("Div", "s", {"p", "two"}, {"s"}).node("Softmax", "w", {"s"}, {"w"}).set("axis", -1);
  model_so_far().node("MatMul", "n", {"w", "x"}, {"y"});
  const graph::Network pieces = network();
  EXPECT_EQ(operators_of(pieces), (std::vector<std::string>{"Input", "Transpose", "Transpose", "Attention"}));
  model(23, {1, 2, 3, 4}).node("Attention", "n", {"x", "x", "x"}, {"y"}).set("scale", 0.25);
  const graph::Network whole = network();
  EXPECT_EQ(operators_of(whole), (std::vector<std::string>{"Input", "Attention"}));
  const graph::Batch image{1, {2, 3, 4}, test::pattern({1, 2, 3, 4}, 0)};
  EXPECT_EQ(graph::infer(pieces, image).at(0).values, graph::infer(whole, image).at(0).values);
}

TEST_F(AttentionNode, IsLeftInPiecesWhereItsScoresAreShifted) {
  model(17, {1, 2, 3, 4}).node("Transpose", "turn", {"x"}, {"t"}).set_list("perm", {0, 1, 3, 2});
  weights("mask", {3, 3}, 1).node("MatMul", "qk", {"x", "t"}, {"p"}).node("Add", "s", {"p", "mask"}, {"s"});
  model_so_far().node("Softmax", "w", {"s"}, {"w"}).set("axis", -1).node("MatMul", "n", {"w", "x"}, {"y"});
  EXPECT_EQ(operators_of(network()).back(), "MatMul");
}

TEST_F(AttentionNode, IsWrittenAndReadAgain) {
  model(23, {1, 2, 3, 4}).node("Attention", "n", {"x", "x", "x", "m"}, {"y"}).set("softcap", 2.0);
  model_so_far().set("is_causal", 1).weights("m", {3, 3}, test::pattern({3, 3}, 2));
  const graph::Network read = onnx::parse(onnx::serialize(network()), "w.onnx");
  const graph::Batch image{1, {2, 3, 4}, test::pattern({1, 2, 3, 4}, 0)};
  EXPECT_EQ(graph::infer(read, image).at(0).values, graph::infer(network(), image).at(0).values);
  model(23, {1, 2, 3, 4}).node("Attention", "n", {"x", "k", "v"}, {"", "", "", "y"});
  weights("k", {1, 2, 5, 4}, 1);
  weights("v", {1, 2, 5, 3}, 2);
  test::expect_first_error([&] { onnx::serialize(network()); },
                           "error: node 'y' (Attention): delivers its scores; cannot be written to ONNX");
}

// The matrix of all steps, and the bias behind it, are one layer of weights, wherever the batch is.
TEST_F(AttentionNode, HasProjectionsThatAreLayersOfWeights) {
  model(17, {1, 3, 4}).node("MatMul", "n", {"x", "w"}, {"p"}).node("Add", "b", {"p", "bias"}, {"y"});
  weights("w", {4, 2}, 1);
  weights("bias", {2}, 2);
  EXPECT_EQ(operators_of(network()), (std::vector<std::string>{"Input", "Gemm"}));
  const graph::Network read = onnx::parse(onnx::serialize(network()), "w.onnx");
  EXPECT_EQ(operators_of(read), operators_of(network()));
  const graph::Batch image{1, {3, 4}, test::pattern({1, 3, 4}, 0)};
  EXPECT_EQ(graph::infer(read, image).at(0).values, graph::infer(network(), image).at(0).values);
  EXPECT_EQ(network().layers.at(1).shape, (graph::Shape{3, 2}));
}

// A token of a sequence is a part of it.
TEST_F(AttentionNode, IsReadWhereItsClassTokenIs) {
  model(17, {1, 3, 4}).node("Gather", "n", {"x", "i"}, {"y"}).set("axis", 1);
  model_so_far().add_initializer("i", {}, ::onnx::TensorProto::INT64).add_int64_data(-1);
  EXPECT_EQ(operators_of(network()), (std::vector<std::string>{"Input", "Slice", "Reshape"}));
  const std::vector<float> all = test::pattern({1, 3, 4}, 0);
  expect({all.begin() + 8, all.end()});
}

class RotaryEmbeddingNode : public test::Runtime {
 protected:
  void add_positions(const std::vector<std::int64_t>& positions) {
    auto& tensor = model_so_far().add_initializer("p", {1, 3}, ::onnx::TensorProto::INT64);
    for (const auto position : positions) tensor.add_int64_data(position);
  }
};

TEST_F(RotaryEmbeddingNode, TurnsHalvesOrNeighbours) {
  model(23, {1, 2, 3, 4}).node("RotaryEmbedding", "n", {"x", "c", "s"}, {"y"});
  weights("c", {1, 3, 2}, 1);
  weights("s", {1, 3, 2}, 2);
  expect({0.21875f,   -0.21875f,  0.359375f, 0.359375f, -0.015625f, 0.234375f, -0.0625f,   0.1875f,
          -0.078125f, -0.171875f, -0.21875f, 0.109375f, 0.109375f,  -0.15625f, -0.40625f,  -0.078125f,
          0.046875f,  -0.5625f,   0,         0.0625f,   0.328125f,  0.0625f,   -0.015625f, -0.046875f});
  model_so_far().set("interleaved", 1);
  expect({0.40625f,   0.109375f, -0.40625f,  0.109375f, -0.015625f, 0.046875f, -0.3125f,  -0.25f,
          -0.265625f, -0.09375f, -0.046875f, 0.171875f, -0.21875f,  0.03125f,  0.171875f, 0.359375f,
          0.046875f,  -0.0625f,  -0.25f,     0.3125f,   0.140625f,  0.109375f, 0.1875f,   0.015625f});
}

TEST_F(RotaryEmbeddingNode, LeavesValuesBehindThePairsAsTheyAre) {
  model(23, {1, 3, 12}).node("RotaryEmbedding", "n", {"x", "c", "s"}, {"y"});
  model_so_far().set("num_heads", 2).set("rotary_embedding_dim", 4);
  weights("c", {1, 3, 2}, 1);
  weights("s", {1, 3, 2}, 2);
  expect({0.21875f,   -0.21875f,  0.359375f, 0.359375f, 0.125f,     -0.375f,   -0.4375f,   -0.1875f,
          0.0625f,    0.140625f,  -0.125f,   -0.625f,   -0.03125f,  0.21875f,  -0.078125f, 0.046875f,
          -0.375f,    0.5f,       0,         0.25f,     -0.046875f, 0.328125f, -0.625f,    0.25f,
          -0.109375f, -0.203125f, -0.0625f,  0.015625f, 0.5f,       0,         -0.078125f, -0.171875f,
          -0.21875f,  0.109375f,  0.25f,     -0.25f});
}

TEST_F(RotaryEmbeddingNode, LooksItsTurnsUpByPosition) {
  model(23, {1, 2, 3, 4}).node("RotaryEmbedding", "n", {"x", "c", "s", "p"}, {"y"});
  weights("c", {6, 2}, 1);
  weights("s", {6, 2}, 2);
  add_positions({4, 0, 2});
  expect({0.171875f,  -0.265625f, 0.25f,     0.46875f,  0.125f,    -0.140625f, -0.296875f, -0.1875f,
          -0.078125f, -0.171875f, -0.21875f, 0.109375f, 0.0625f,   -0.203125f, -0.296875f, -0.09375f,
          0.1875f,    0.4375f,    0.140625f, 0.0625f,   0.328125f, 0.0625f,    -0.015625f, -0.046875f});
  model(23, {1, 3, 12}).node("RotaryEmbedding", "n", {"x", "c", "s", "p"}, {"y"}).set("interleaved", 1);
  model_so_far().set("num_heads", 2).set("rotary_embedding_dim", 4);
  weights("c", {6, 2}, 1);
  weights("s", {6, 2}, 2);
  add_positions({4, 0, 2});
  expect({0.296875f, 0.0625f, -0.515625f, 0.15625f,   0.125f,    -0.375f,    -0.1875f,   -0.125f, -0.484375f,
          -0.125f,   -0.125f, -0.625f,    -0.21875f,  0.03125f,  0.171875f,  0.359375f,  -0.375f, 0.5f,
          -0.1875f,  0.25f,   0.203125f,  0.140625f,  -0.625f,   0.25f,      -0.296875f, 0.0625f, -0.078125f,
          0.078125f, 0.5f,    0,          -0.265625f, -0.09375f, -0.046875f, 0.171875f,  0.25f,   -0.25f});
}

TEST_F(RotaryEmbeddingNode, IsRefusedWhereItsTablesDoNotFit) {
  const auto expect_refused = [&](const std::string& what) {
    test::expect_input_error([&] { network(); }, "m.onnx: error: node 'n' (RotaryEmbedding): " + what);
  };
  model(23, {1, 2, 3, 4}).node("RotaryEmbedding", "n", {"x", "c", "s", "p"}, {"y"});
  weights("c", {6, 2}, 1);
  weights("s", {6, 2}, 2);
  add_positions({4, 0, 6});
  expect_refused("position 6 is none of 6");
  model(23, {1, 2, 3, 4}).node("RotaryEmbedding", "n", {"x", "c", "s"}, {"y"}).set("rotary_embedding_dim", 2);
  weights("c", {1, 3, 2}, 1);
  weights("s", {1, 3, 2}, 2);
  expect_refused("cosines of shape 3x2 are not those of 2 values");
}

using RmsNormNode = test::Runtime;

TEST_F(RmsNormNode, DividesByTheRootOfTheMeanSquare) {
  model(23, {1, 2, 3}).node("RMSNormalization", "n", {"x", "s"}, {"y"});
  weights("s", {3}, 1);
  expect({0.75375646f, 0.22612694f, 0.075375646f, -0.73190492f, 0.10978574f, 0.10978574f});
  EXPECT_EQ(onnx::serialize(onnx::parse(onnx::serialize(network()), "w.onnx")), onnx::serialize(network()));
  model(23, {1, 2, 3}).node("RMSNormalization", "n", {"x", "s"}, {"y"}).set("axis", 1).set("epsilon", 0.01);
  weights("s", {2, 3}, 1);
  expect({0.72249109f, 0.21674731f, 0.072249107f, -0.90311384f, 0.072249107f, 0.21674733f});
}

}  // namespace
}  // namespace phasecore
