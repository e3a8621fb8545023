// What LSTM, GRU and RNN may have beside their matrices: states to start with, peepholes, clip, lengths,
// layout. Values are what ONNX Runtime 1.30 (npm's onnxruntime-node, CPU) computes of the same models, to
// 1e-5.
#include "tests/models/onnx/runtime_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::ModelBuilder;

class RecurrentNode : public test::Runtime {
 protected:
  /// Two hidden values of three steps of two: node "n" with these of its inputs; all but the lengths have
  /// values.
  ModelBuilder& cell(const std::string& op, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs = {"y"}) {
    const int gates = op == "LSTM" ? 4 : op == "GRU" ? 3 : 1;
    model(14, {3, 1, 2}).node(op, "n", inputs, outputs);
    weights("w", {1, gates * 2, 2}, 1);
    weights("r", {1, gates * 2, 2}, 2);
    weights("b", {1, gates * 4}, 3);
    weights("h", {1, 1, 2}, 4);
    weights("c", {1, 1, 2}, 5);
    return weights("p", {1, 6}, 6);
  }
  void expect_refused(const std::string& op, const std::string& what) const {
    test::expect_input_error([&] { network(); }, "m.onnx: error: node 'n' (" + op + "): " + what);
  }
};

const std::vector<std::string> kAll{"x", "w", "r", "b", "", "h", "c", "p"};
const std::vector<std::string> kState{"x", "w", "r", "b", "", "h"};

TEST_F(RecurrentNode, AgreesAboutAnLstmThatStartsWithAStateAndHasPeepholes) {
  cell("LSTM", kAll);
  expect({-0.17667441f, 0.060775287f, -0.26775283f, 0.14908756f, -0.33980882f, 0.22137451f});
  cell("LSTM", {"x", "w", "r", "b", "", "", "c"});
  expect({-0.21106012f, 0.045125581f, -0.33554974f, 0.14574493f, -0.41375482f, 0.22986059f});
}

TEST_F(RecurrentNode, AgreesAboutTheClipOfAnLstm) {
  cell("LSTM", kAll).set("clip", 0.25);
  expect({-0.057465617f, -0.050655294f, -0.091907404f, 0.024260022f, -0.11588304f, 0.071586728f});
  cell("LSTM", kAll, {"", "", "y"}).set("clip", 0.25);
  expect({-0.20912921f, 0.16498682f});
}

TEST_F(RecurrentNode, AgreesAboutTheClipAndStateOfAGru) {
  cell("GRU", kState).set("clip", 0.25);
  expect({0.082959563f, -0.45859146f, 0.17400914f, -0.36504048f, 0.21387279f, -0.20102027f});
  cell("GRU", kState).set("clip", 0.25).set("linear_before_reset", 1);
  expect({0.082959563f, -0.41169223f, 0.17400914f, -0.33867484f, 0.21387279f, -0.12813571f});
}

TEST_F(RecurrentNode, AgreesAboutTheClipAndStateOfAnRnn) {
  cell("RNN", kState);
  expect({0.015623689f, 0.44974065f, 0.42467868f, -0.32233018f, -0.57068938f, 0.55799377f});
  cell("RNN", kState).set("clip", 0.25);
  expect({0.015623689f, 0.2449187f, 0.2449187f, -0.22776824f, -0.24491864f, 0.2449187f});
}

TEST_F(RecurrentNode, RefusesAClipThatLeavesNothing) {
  cell("RNN", kState).set("clip", 0.0);
  expect_refused("RNN", "attribute 'clip' is 0; must be positive");
  cell("RNN", kState).set("clip", -1.0);
  expect_refused("RNN", "attribute 'clip' is -1; must be positive");
}

TEST_F(RecurrentNode, TakesLengthsThatAreThoseOfWholeSequences) {
  cell("RNN", {"x", "w", "r", "b", "lengths", "h"}).ints("lengths", {3});
  expect({0.015623689f, 0.44974065f, 0.42467868f, -0.32233018f, -0.57068938f, 0.55799377f});
  cell("RNN", {"x", "w", "r", "b", "lengths", "h"}).ints("lengths", {2});
  expect_refused(
      "RNN",
      "input 'lengths' (sequence_lens) says 2 of 3 steps; supported are whole sequences: cut what it "
      "reads to its length");
}

TEST_F(RecurrentNode, RefusesLengthsThatComeWithTheData) {
  cell("LSTM", {"x", "w", "r", "b", "lengths"}).input("lengths", {1});
  expect_refused(
      "LSTM",
      "input 'lengths' (sequence_lens) comes with the data; supported are whole sequences: leave it out");
}

TEST_F(RecurrentNode, TakesTheStateWhereItsLayoutSays) {
  cell("RNN", kState).set("layout", 2);
  expect_refused("RNN", "attribute 'layout' is 2; must be 0 or 1");
  model(14, {1, 3, 2}).node("RNN", "n", kState, {"y"}).set("layout", 1);
  weights("w", {1, 2, 2}, 1);
  weights("r", {1, 2, 2}, 2);
  weights("b", {1, 4}, 3);
  weights("h", {1, 1, 2}, 4);
  expect({0.015623689f, 0.44974065f, 0.42467868f, -0.32233018f, -0.57068938f, 0.55799377f});
}

TEST_F(RecurrentNode, RefusesAStateForEachSequence) {
  model(14, {3, 2, 2}).node("RNN", "n", {"x", "w", "r", "", "", "h"}, {"y"});
  weights("w", {1, 2, 2}, 1);
  weights("r", {1, 2, 2}, 2);
  weights("h", {1, 2, 2}, 4);
  expect_refused("RNN",
                 "starts with 'h', a state for each of 2 sequences; supported is one for all, or zeros");
}

TEST_F(RecurrentNode, RefusesPeepholesOfAGruAndOfAnotherSize) {
  cell("GRU", kAll);
  expect_refused("GRU", "has 8 inputs; must have 3 to 6");
  cell("LSTM", {"x", "w", "r", "b", "", "", "", "b"});
  expect_refused("LSTM", "peepholes of shape 1x16 must be 1x6");
}

TEST_F(RecurrentNode, NamesWhatIsWrongWithItsFunctions) {
  cell("LSTM", {"x", "w", "r"});
  auto* attribute = model_so_far().last_node().add_attribute();
  attribute->set_name("activations");
  attribute->set_type(::onnx::AttributeProto::STRINGS);
  attribute->add_strings("Sigmoid");
  expect_refused("LSTM", "has 1 functions; must have 3");
  attribute->set_strings(0, "Affine");
  expect_refused("LSTM",
                 "function 'Affine' is not supported; supported are HardSigmoid, Relu, Sigmoid, "
                 "Softplus, Softsign, Tanh");
}

}  // namespace
}  // namespace phasecore
