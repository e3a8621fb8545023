// Forms that ONNX's own models do not have, or not yet: against what ONNX Runtime 1.30 (npm's
// onnxruntime-node, CPU) computes of the same models and numbers, to 1e-5.
#include "tests/models/onnx/runtime_model.hpp"

namespace phasecore {
namespace {

using test::Runtime;

TEST_F(Runtime, AgreesAboutGelu) {
  model(20, {1, 6}).node("Gelu", "n", {"x"}, {"y"});
  expect({-0.16624096f, 0.14967658f, -0.10032342f, 0.45875904f, 0.068717279f, -0.13268633f});
  model(20, {1, 6}).node("Gelu", "n", {"x"}, {"y"}).set("approximate", std::string("tanh"));
  expect({-0.16627885f, 0.14967535f, -0.10032465f, 0.45872116f, 0.068717197f, -0.13269223f});
}

TEST_F(Runtime, AgreesAboutMish) {
  model(18, {1, 6}).node("Mish", "n", {"x"}, {"y"});
  expect({-0.25264677f, 0.16957243f, -0.12992696f, 0.48952562f, 0.079957582f, -0.18004011f});
}

TEST_F(Runtime, AgreesAboutGroupsOfChannelsWithScalesPerGroup) {
  model(18, {1, 4, 1, 3}).node("GroupNormalization", "n", {"x", "s", "b"}, {"y"}).set("num_groups", 2);
  weights("s", {2}, 1);
  weights("b", {2}, 2);
  expect({0.32150614f, -0.72325307f, -0.12624779f, -1.1710072f, -0.57400179f, 0.023003548f, 1.0107237f,
          0.55674708f, 0.10277045f, 0.89722955f, 0.44325292f, -0.01072371f});
}

TEST_F(Runtime, AgreesAboutGroupsOfChannelsWithScalesPerChannel) {
  model(21, {1, 4, 1, 3}).node("GroupNormalization", "n", {"x", "s", "b"}, {"y"}).set("num_groups", 2);
  weights("s", {4}, 1);
  weights("b", {4}, 2);
  expect({0.32150614f, -0.72325307f, -0.12624779f, 1.0970054f, 0.64925134f, 0.20149735f, -0.17024124f,
          -0.018915692f, 0.13240986f, -1.1620493f, -0.40542156f, 0.35120618f});
}

TEST_F(Runtime, AgreesAboutAnLstmBothWays) {
  model(14, {3, 1, 2}).node("LSTM", "n", {"x", "w", "r", "b"}, {"y"}).set("hidden_size", 2);
  weights("w", {2, 8, 2}, 1).set("direction", std::string("bidirectional"));
  weights("r", {2, 8, 2}, 2);
  weights("b", {2, 16}, 3);
  expect({-0.21106012f, 0.10738647f, -0.23074819f, 0.074981853f, -0.33683741f, 0.17787358f, -0.17539506f,
          0.027593985f, -0.41664803f, 0.2467398f, -0.10965601f, -0.031518918f});
}

TEST_F(Runtime, AgreesAboutAGruAsPytorchWritesIt) {
  model(14, {3, 1, 2}).node("GRU", "n", {"x", "w", "r", "b"}, {"y"}).set("hidden_size", 2);
  weights("w", {1, 6, 2}, 1).set("direction", std::string("reverse")).set("linear_before_reset", 1);
  weights("r", {1, 6, 2}, 2);
  weights("b", {1, 12}, 3);
  expect({0.66018987f, -0.11484807f, 0.57477343f, -0.10357348f, 0.27325383f, 0.026959645f});
}

TEST_F(Runtime, AgreesAboutAGruThatResetsBeforeTheProduct) {
  model(14, {3, 1, 2}).node("GRU", "n", {"x", "w", "r", "b"}, {"y"}).set("hidden_size", 2);
  weights("w", {1, 6, 2}, 1);
  weights("r", {1, 6, 2}, 2);
  weights("b", {1, 12}, 3);
  expect({0.47032851f, -0.10197991f, 0.68148363f, -0.22887847f, 0.4339292f, -0.1800902f});
}

TEST_F(Runtime, AgreesAboutLinesBetweenPixels) {
  model(13, {1, 1, 2, 3}).ints("sizes", {1, 1, 3, 5}).node("Resize", "n", {"x", "", "", "sizes"}, {"y"});
  model_so_far().set("mode", std::string("linear"));
  model_so_far().set("coordinate_transformation_mode", std::string("pytorch_half_pixel"));
  expect({-0.625f, -0.275f, 0.25f, -0.05f, -0.25f, 0, 0.075f, 0.1875f, -0.1125f, -0.3125f, 0.625f, 0.425f,
          0.125f, -0.175f, -0.375f});
}

TEST_F(Runtime, AgreesAboutTheNearestPixelOfAnOddScale) {
  model(13, {1, 1, 2, 3})
      .weights("scales", {4}, {1, 1, 2, 1.5f})
      .node("Resize", "n", {"x", "", "scales"}, {"y"})
      .set("coordinate_transformation_mode", std::string("asymmetric"))
      .set("nearest_mode", std::string("floor"));
  expect({-0.625f, -0.625f, 0.25f, -0.25f, -0.625f, -0.625f, 0.25f, -0.25f, 0.625f, 0.625f, 0.125f, -0.375f,
          0.625f, 0.625f, 0.125f, -0.375f});
}

// Where ONNX's own model says 1 and 3.142857: the last pixel of an output is that of the input.
TEST_F(Runtime, AgreesAboutTheCornersOfAShrunkenImage) {
  model(13, {1, 1, 2, 4})
      .weights("scales", {4}, {1, 1, 0.6f, 0.6f})
      .node("Resize", "n", {"x", "", "scales"}, {"y"});
  model_so_far().set("mode", std::string("linear"));
  model_so_far().set("coordinate_transformation_mode", std::string("align_corners"));
  expect({-0.625f, 0.625f});
}

TEST_F(Runtime, AgreesAboutGroupedTransposedConvolutionsOfLines) {
  model(13, {1, 2, 3}).node("ConvTranspose", "n", {"x", "w", "b"}, {"y"}).set("group", 2);
  weights("w", {2, 1, 3}, 1)
      .set_list("strides", {2})
      .set_list("pads", {1, 1})
      .set_list("output_padding", {1});
  weights("b", {2}, 2);
  expect({-0.609375f, -0.421875f, -0.28125f, -0.28125f, -0.46875f, -0.34375f, 0.65625f, 0.265625f, 0.53125f,
          0.703125f, 0.40625f, 0.59375f});
}

TEST_F(Runtime, AgreesAboutAttention) {
  model(13, {1, 3, 2}).node("MatMul", "", {"x", "q"}, {"queries"});
  weights("q", {2, 2}, 1).node("Transpose", "", {"x"}, {"keys"}).set_list("perm", {0, 2, 1});
  model_so_far().node("MatMul", "", {"queries", "keys"}, {"scores"});
  model_so_far().node("Softmax", "", {"scores"}, {"shares"}).set("axis", -1);
  model_so_far().node("MatMul", "", {"shares", "x"}, {"y"});
  expect({-0.1888845f, 0.07318002f, -0.2036265f, 0.078348428f, -0.27185386f, 0.21459642f});
}

TEST_F(Runtime, AgreesAboutLayerNorms) {
  model(17, {1, 2, 3}).node("LayerNormalization", "n", {"x", "s", "b"}, {"y"}).set("axis", -1);
  weights("s", {3}, 1);
  weights("b", {3}, 2);
  expect({0.20621556f, 0.9795028f, 0.014530391f, -0.98735404f, 0.5f, 0.15308851f});
}

TEST_F(Runtime, AgreesAboutReflectedPaddingOfSomeAxes) {
  model(18, {1, 1, 2, 3})
      .ints("pads", {1, 1, 0, 2})
      .ints("axes", {2, 3})
      .node("Pad", "n", {"x", "pads", "", "axes"}, {"y"})
      .set("mode", std::string("reflect"));
  expect({0.125f, 0.625f, 0.125f, -0.375f, 0.125f, 0.625f, 0.25f, -0.625f, 0.25f, -0.25f, 0.25f, -0.625f,
          0.125f, 0.625f, 0.125f, -0.375f, 0.125f, 0.625f});
}

}  // namespace
}  // namespace phasecore
