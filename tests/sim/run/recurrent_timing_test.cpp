// Recurrent layers on the chip: where they are, what a step takes, and what is refused.
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/chip_runner.hpp"
#include "tests/sim/numerics/recurrent_networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

using common::Picoseconds;
using graph::Recurrent;

struct Mapped {
  Mapped(const graph::Network& network, config::Chip c)
      : chip(std::move(c)),
        map(mapping::map(graph::fold(network), chip)),
        built(mapping::build_program(map, chip)),
        platform(fabric::make(chip)->platform()) {
    platform.units = built.units;
  }
  const mapping::RecurrentWork& recurrent() const { return *map.stages.at(0).as<mapping::RecurrentWork>(); }
  program::Activity on_paper(int images) const { return analytic::run(built.program, platform, images); }

  /// From the first load of the layer's cores to the end of its last gate.
  static Picoseconds layer_time(const program::Program& program, const program::Activity& run) {
    Picoseconds start = run.end_ps, end = 0;
    for (std::size_t t = 0; t < program.tasks.size(); ++t)
      if (program.tasks[t].core != program::kHost && program.tasks[t].layer == 0) {
        start = std::min(start, run.tasks[t].first_start_ps);
        end = std::max(end, run.tasks[t].last_end_ps);
      }
    return end - start;
  }

  config::Chip chip;
  mapping::Mapping map;
  mapping::BuiltProgram built;
  program::Platform platform;
};

config::Chip chip(const std::string& name, const std::vector<std::string>& settings = {}) {
  return config::load_chip(name, settings);
}

graph::Network zoo(const std::string& name) {
  return zoo::find(name)->build();
}

// 3 values and 4 cells: 3 x 16 and 4 x 16 cells of two cores. One MVM of 520 ns in both; the first core's
// sums leave its digital unit after 14 clocks and take 1 + 8 clocks to the second one's, which has 14 + 16
// clocks to do; its values take 1 + 8 clocks to the slice, and the last one 14 there.
TEST(RecurrentTiming, OneStepOfATinyLstmTakesWhatItsUnitsTake) {
  const Mapped on(test::recurrent_network({1, 3}, {test::lstm(3, 4)}), chip("hermes"));
  ASSERT_EQ(on.map.cores_used, 3);  // with the classifier's
  constexpr Picoseconds kClock = 2500;
  EXPECT_EQ(Mapped::layer_time(on.built.program, on.on_paper(1)),
            520000 + (14 + 9) * kClock + (14 + 16) * kClock + (9 + 14) * kClock);
}

TEST(RecurrentTiming, ASliceThatWaitsForAllValuesTakesItsOutputsOnTop) {
  const Mapped on(test::recurrent_network({1, 3}, {test::lstm(3, 4)}),
                  chip("hermes", {"gates.streams=false"}));
  EXPECT_EQ(Mapped::layer_time(on.built.program, on.on_paper(1)),
            520000 + (14 + 9 + 14 + 16 + 9 + 14 + 4 * 4) * 2500);
}

// The last of the state's 4 bytes is at the host 4 + 3 clocks after the slice, and at the crossbars 4 + 3
// later.
TEST(RecurrentTiming, AStepWaitsForTheStateOfTheOneBefore) {
  const auto latency = [](int steps) {
    const Mapped on(test::recurrent_network({steps, 3}, {test::lstm(3, 4)}), chip("hermes"));
    return on.on_paper(1).image_end_ps.front();
  };
  constexpr Picoseconds kClock = 2500;
  // The part of the chain that multiplies what comes in is ahead: its sums wait for the state's.
  const Picoseconds loop = 520000 + (14 + 16 + 9 + 14) * kClock + 2 * (4 + 3) * kClock;
  EXPECT_EQ(latency(3) - latency(2), loop);
  EXPECT_EQ(latency(9) - latency(3), 6 * loop);
}

TEST(RecurrentTiming, TheEnginesAgreeAndTheBooksClose) {
  constexpr int kImages = 3;
  for (const char* name : {"hermes", "hermes-mesh"})
    for (const Recurrent& layer : {test::lstm(6, 70), test::gru(6, 70), test::rnn(6, 70)}) {
      const Mapped on(test::recurrent_network({4, 6}, {layer, test::lstm(70, 9)}), chip(name));
      const program::Program& program = on.built.program;
      ChipRunner chips;
      const program::Activity paper = on.on_paper(kImages), run = chips.run(on.platform, program, kImages);
      check_bounds(run, paper, analytic::interval_bound(program, on.platform));
      const program::Activity one = chips.run(on.platform, program, 1);
      if (std::string(name) == "hermes") {
        EXPECT_EQ(one.image_end_ps, on.on_paper(1).image_end_ps) << layer.name();
      }
      std::vector<std::int64_t> macs(program.layers.size(), 0);
      for (std::size_t s = 0; s < on.map.stages.size(); ++s) macs[s] = on.map.stages[s].macs;
      EXPECT_EQ(count_macs(program, run, kImages, macs), macs);
      EXPECT_NO_THROW(account(program, one, {1, 0}, on.chip, one.image_end_ps[0]));
    }
}

TEST(RecurrentMapping, HasThePublishedCoresAndWeights) {
  struct Network {
    const char* name;
    int cores;
    long long weights;
  };
  for (const Network& n : {Network{"lstm-ptb", 26, 1299312}, Network{"lstm-captioning", 64, 4080384},
                           Network{"lstm504", 32, 2032128}}) {
    const Mapped on(zoo(n.name), chip("hermes"));
    EXPECT_EQ(on.map.cores_used, n.cores) << n.name;
    long long weights = 0;
    for (const mapping::Stage& stage : on.map.stages)
      for (const mapping::SubMatrix& part : mapping::submatrices_of(stage))
        weights += stage.as<mapping::MvmWork>()->weights_in(part);
    EXPECT_EQ(weights, n.weights) << n.name;
  }
}

TEST(RecurrentMapping, ChainsLeadDownToSlicesEachOverANeighboursLink) {
  const Mapped on(zoo("lstm504"), chip("hermes"));
  const auto& parts = on.recurrent().submatrices;
  for (std::size_t k = 0; k < parts.size(); ++k)
    EXPECT_EQ(parts[k].core, static_cast<int>(k / 4 + k % 4 * 8)) << k;
  for (const program::Stream& stream : on.built.program.streams)
    EXPECT_TRUE(!stream.partial_sum || stream.route.size() == 1);
}

TEST(RecurrentMapping, AGrusCandidateHasAColumnForEachOfItsProducts) {
  const Mapped on(test::recurrent_network({2, 6}, {test::gru(6, 10)}), chip("hermes-mesh"));
  const auto& work = on.recurrent();
  EXPECT_EQ(work.cols, 40);
  EXPECT_EQ(on.map.stages[0].macs, 2 * 3 * 10 * 16);
  for (int row = 0; row < 16; ++row) {
    const float* cell = &work.weights[static_cast<std::size_t>(row) * work.cols];
    EXPECT_EQ(cell[2] == 0.0f, row >= 6) << row;
    EXPECT_EQ(cell[3] == 0.0f, row < 6) << row;
  }
}

/// Cells that no slice is left for.
TEST(RecurrentMapping, RefusesMoreCellsThanSlicesHold) {
  test::expect_input_error(
      [] {
        Mapped(test::recurrent_network({1, 8}, {test::lstm(8, 520)}), chip("hermes-mesh"));
      },
      "error: layer 'layer0' (LSTM): its 520 cells take 9 gate slices; chip 'hermes-mesh' has 8, of which 8 "
      "are "
      "free (gates.slices)");
  test::expect_input_error(
      [] {
        Mapped(test::recurrent_network({1, 8}, {test::lstm(8, 20)}), chip("analog-fabric-48"));
      },
      "error: layer 'layer0' (LSTM) takes gate slices, but chip 'analog-fabric-48' has none (gates)");
}

// A grid that is too small for the slices serves networks without recurrent layers.
TEST(RecurrentMapping, RefusesSlicesBesideNoCore) {
  test::expect_input_error(
      [] {
        Mapped(test::recurrent_network({1, 8}, {test::lstm(8, 20)}), chip("hermes-mesh", {"grid.rows=3"}));
      },
      "error: layer 'layer0' (LSTM) takes gate slices, but the 8 beside row 3 (gates.slices, gates.row; "
      "counted from 0) do not fit the grid of chip 'hermes-mesh', 8 x 3 cores");
}

TEST(RecurrentMapping, TakesGivenCoresWhoseChainsEndBesideSlices) {
  const graph::Network network = test::recurrent_network({2, 8}, {test::lstm(8, 20)});
  const Mapped on(network, chip("hermes-mesh", {"layers={layer0: {cores: \"5, 26\"}}"}));
  EXPECT_EQ(on.recurrent().submatrices.at(1).core, 26);
  EXPECT_NE(test::input_error([&] {
              Mapped(network, chip("hermes-mesh", {"layers={layer0: {cores: \"5, 7\"}}"}));
            }).find("core 7 ends a chain of partial sums, but is not beside a gate slice; those are 24-31"),
            std::string::npos);
  EXPECT_NE(test::input_error([&] {
              Mapped(network, chip("hermes-mesh", {"layers={layer0: {digital: true}}"}));
            }).find("'layer0' cannot be digital: its gates take what crossbars multiply"),
            std::string::npos);
  EXPECT_NE(test::input_error([&] {
              Mapped(network, chip("hermes-mesh", {"layers={layer0: {replicas: 2}}"}));
            }).find("a step waits for the one before it"),
            std::string::npos);
  EXPECT_NE(test::input_error([&] {
              Mapped(network, chip("hermes-mesh",
                                   {"mapping.schedule=crossbar-serial", "mapping.objective=one-to-one"}));
            }).find("the next step waits for all crossbars of the one before"),
            std::string::npos);
}

TEST(RecurrentMapping, RunsLayerByLayerToo) {
  const Mapped on(test::recurrent_network({3, 8}, {test::lstm(8, 20), test::gru(20, 9)}),
                  chip("hermes-mesh", {"mapping.schedule=layer-serial"}));
  ChipRunner chips;
  const program::Activity paper = on.on_paper(2), run = chips.run(on.platform, on.built.program, 2);
  check_bounds(run, paper, analytic::interval_bound(on.built.program, on.platform));
}

TEST(RecurrentMapping, NamesWhatGateSlicesCannot) {
  const auto refused = [](Recurrent op) {
    return test::input_error([&] {
      Mapped(test::recurrent_network({3, 5}, {std::move(op)}), chip("hermes-mesh"));
    });
  };
  const auto changed = [](Recurrent op, void (*change)(Recurrent&)) {
    change(op);
    return op;
  };
  const std::vector<std::pair<Recurrent, std::string>> cases = {
      {test::both_ways(5, 4), "it goes through the sequence both ways"},
      {changed(test::lstm(5, 4), [](Recurrent& op) { op.backward = true; }),
       "it begins at the end of the sequence"},
      {changed(test::lstm(5, 4), [](Recurrent& op) { op.result = Recurrent::Result::Cells; }),
       "its cells are read"},
      {changed(test::lstm(5, 4),
               [](Recurrent& op) {
                 op.peepholes = {{1, 12}, std::vector<float>(12, 0.1f)};
               }),
       "it has peepholes"},
      {changed(test::lstm(5, 4), [](Recurrent& op) { op.limit = 3; }), "it has a clip"},
      {changed(test::lstm(5, 4), [](Recurrent& op) { op.forget_is_not_input = true; }),
       "it has input_forget"},
      {changed(test::gru(5, 4), [](Recurrent& op) { op.reset_after_product = false; }),
       "(linear_before_reset = 0)"},
      {changed(test::rnn(5, 4), [](Recurrent& op) { op.functions = {Recurrent::Function::Relu}; }),
       "it has other functions"},
  };
  for (const auto& [op, why] : cases)
    EXPECT_NE(refused(op).find("cannot be mapped: " + (why[0] == '(' ? std::string() : why)),
              std::string::npos)
        << why << ": " << refused(op);
  EXPECT_NE(refused(cases[6].first).find(cases[6].second), std::string::npos);
}

struct Step {
  Picoseconds time = 0;
  double energy_nj = 0;  ///< of the layer's events, and what its cores take while it lasts
};

Step lstm504(const std::string& read_mode) {
  const Mapped on(zoo("lstm504"), chip("hermes", {"crossbar.read_mode=" + read_mode}));
  ChipRunner chips;
  const program::Activity run = chips.run(on.platform, on.built.program, 1);
  EXPECT_EQ(run.image_end_ps, on.on_paper(1).image_end_ps);
  Step step{Mapped::layer_time(on.built.program, run), 0};
  const EnergyBooks books = account(on.built.program, run, {1, 0}, on.chip, run.image_end_ps[0]);
  for (int c = 0; c < program::kComponents; ++c)
    if (c != static_cast<int>(program::Component::Static) && c != static_cast<int>(program::Component::Host))
      step.energy_nj += common::nj_from_aj(books.layers[0][c]);
  step.energy_nj += on.map.cores_used * on.chip.power.waiting_mw * common::ns_from_ps(step.time) * 1e-3;
  return step;
}

// The figures of docs/model/recurrent.md, by its arithmetic.
TEST(RecurrentTiming, PredictsAStepOfThePublishedCaptioningUnit) {
  struct Row {
    const char* mode;
    double mvm_ns, mvm_nj;
  };
  for (const Row& row : {Row{"1-phase", 133, 17.6514}, Row{"4-phase", 520, 69.7411}}) {
    const Step step = lstm504(row.mode);
    // Three hops of 14 + 9 clocks, the last core's 14 + 252, 9 to the slice and 14 in it.
    const double ns = row.mvm_ns + 2.5 * (3 * 23 + 14 + 252 + 23);
    EXPECT_EQ(common::ns_from_ps(step.time), ns) << row.mode;
    const double ldpu = 32 * 252 * 219.12e-3, slices = 8 * 252 * 81.3e-3, links = (24 + 8) * 252 * 0.6e-3;
    EXPECT_NEAR(step.energy_nj, 32 * row.mvm_nj + ldpu + slices + links + 32 * 49.2e-3 * ns, 0.1) << row.mode;
  }
}

}  // namespace
}  // namespace phasecore::run
