// What recurrent layers compute on the chip, against the float network and in every engine.
#include <gtest/gtest.h>

#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/numerics/adabs.hpp"
#include "sim/numerics/gate_unit.hpp"
#include "tests/sim/numerics/recurrent_networks.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using graph::Recurrent;

std::vector<graph::Network> networks() {
  std::vector<graph::Network> all;
  all.push_back(test::recurrent_network({6, 5}, {test::lstm(5, 40), test::lstm(40, 12)}));
  all.push_back(test::recurrent_network({6, 5}, {test::gru(5, 40), test::rnn(40, 12)}));
  return all;
}

config::Gates fine_gates() {
  config::Gates gates = *config::load_chip("hermes").gates;
  gates.tanh_bins = 4096;
  gates.tanh_range = 8;
  return gates;
}

TEST(RecurrentOnChip, ComputesTheSameBytesInEveryEngine) {
  for (const char* name : {"hermes", "hermes-mesh"})
    for (graph::Network& network : networks()) {
      const test::OnChip on(std::move(network), config::load_chip(name));
      on.expect_equal_values();
      on.expect_equal_books();
    }
}

TEST(RecurrentOnChip, ComputesOneStepAndStatesThatAreLogitsToo) {
  for (const char* name : {"hermes", "hermes-mesh"}) {
    test::OnChip(test::recurrent_network({1, 5}, {test::lstm(5, 40)}), config::load_chip(name))
        .expect_equal_values();
    test::NetworkBuilder b("state", {4, 5});
    Recurrent last = test::lstm(5, 10);
    last.result = Recurrent::Result::State;
    const int state = b.put("layer0", std::move(last), {0});
    test::OnChip(b.build(b.op<graph::Flatten>("flatten", {state})), config::load_chip(name))
        .expect_equal_values();
  }
}

// Fine tables and perfect devices leave INT8 codes: of what comes in, of states, sums and gate inputs.
TEST(RecurrentOnChip, ComesCloseToTheFloatNetworkWithFineTables) {
  for (const char* name : {"hermes", "hermes-mesh"})
    for (graph::Network& network : networks()) {
      config::Chip chip = config::load_chip(name);
      chip.gates = fine_gates();
      EXPECT_LT(test::OnChip(std::move(network), chip).error(), 0.06);
    }
}

TEST(GateUnit, InterpolatesTanhBetweenTheEntriesOfItsTable) {
  config::Gates gates = *config::load_chip("hermes").gates;
  const numerics::GateUnit unit(Recurrent::Kind::Lstm, gates);
  const double bin = 2 * gates.tanh_range / gates.tanh_bins;
  double largest = 0;
  for (int i = -5000; i <= 5000; ++i) {
    const float x = static_cast<float>(i) * 1e-3f;
    largest = std::max(largest, std::abs(static_cast<double>(unit.tanh(x)) - std::tanh(x)));
    EXPECT_NEAR(unit.sigmoid(x), 0.5 + unit.tanh(x / 2) / 2, 1e-3);
  }
  // |f''| of tanh is at most 4 / (3 sqrt 3).
  EXPECT_LE(largest, 0.7699 * bin * bin / 8 + 1e-3);
  EXPECT_GE(largest, 0.7699 * bin * bin / 16);
  EXPECT_EQ(unit.tanh(100), unit.tanh(4));
  const numerics::GateUnit fine(Recurrent::Kind::Lstm, fine_gates());
  EXPECT_NEAR(fine.tanh(0.7f), std::tanh(0.7), 5e-4);
}

// By hand: gates i, o, f, c of one cell.
TEST(GateUnit, KeepsAnLstmsCellFromStepToStep) {
  const numerics::GateUnit unit(Recurrent::Kind::Lstm, fine_gates());
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const std::vector<float> sums = {0.5f, -0.25f, 1.0f, 0.75f};
  float held = 0, state = 0;
  double cell = 0;
  for (int step = 0; step < 3; ++step) {
    unit.step(1, sums.data(), &held, &state);
    cell = sigmoid(1.0) * cell + sigmoid(0.5) * std::tanh(0.75);
    EXPECT_NEAR(held, cell, 3e-3);
    EXPECT_NEAR(state, sigmoid(-0.25) * std::tanh(cell), 3e-3);
  }
}

TEST(RecurrentOnChip, RefusesAdaBsByName) {
  const test::OnChip on(test::recurrent_network({3, 5}, {test::lstm(5, 12)}),
                        config::load_chip("hermes-mesh"));
  const numerics::Executor executor(on.map, on.chip, config::load_device("hermes-2"), on.calibration);
  EXPECT_NE(test::input_error([&] {
              numerics::FloatStatistics(graph::fold(on.network), executor, on.data.batch(0, 8));
            }).find("what goes into the gates of layer 'layer0' (LSTM) is in no network"),
            std::string::npos);
}

}  // namespace
}  // namespace phasecore
