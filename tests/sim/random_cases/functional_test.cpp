// Values through the chip in SystemC against the Monte Carlo's executor, bit for bit, on networks, chips and
// mappings of all kinds: 500 of them.
#include "sim/run/functional.hpp"

#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "tests/sim/random_cases/random_case.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

constexpr int kShards = 10, kCases = 50, kCalibrationImages = 8;

run::FunctionalRequest request_of(const test::RandomCase& c, test::Dice& dice) {
  using analog::Compensation;
  std::vector<Compensation> compensations = {Compensation::None, Compensation::Gdc, Compensation::GdcColumn};
  // Recurrent layers refuse it by name.
  if (c.kind != test::NetworkKind::Recurrent) compensations.push_back(Compensation::AdaBs);
  run::FunctionalRequest request;
  request.seed = dice.number();
  request.instance = static_cast<std::uint32_t>(dice.below(4));
  request.time_s = dice.pick<double>({1, 3600, 86400});
  request.compensation = dice.pick(compensations);
  return request;
}

class Functional : public testing::TestWithParam<int> {
 protected:
  void compare(const test::RandomCase& c) {
    test::Dice dice(c.seed, 63);
    const graph::FoldedNetwork folded = graph::fold(c.network);
    const graph::Batch calibration = test::random_images(c, c.seed, kCalibrationImages);
    const auto device = config::load_device(dice.pick<std::string>({"hermes-1", "hermes-2", "pcm-90nm"}));
    const numerics::Executor executor(c.map, c.chip, device,
                                      numerics::calibrate(folded, c.map, c.chip, calibration));
    const numerics::State state = run::functional_state(executor, folded, calibration, request_of(c, dice));
    const graph::Batch images = test::random_images(c, c.seed + 1, 1 + dice.below(2));
    run::check_functional(executor, state, c.built, c.platform, images, chips_);
    for (const float logit : executor.logits(state, images, 0)) is_something_ |= logit != 0;
    ++cases_;
  }

  int cases_ = 0;
  bool is_something_ = false;

 private:
  run::ChipRunner chips_;
};

TEST_P(Functional, ValuesEqualTheMonteCarlosBitForBit) {
  test::for_random_cases(static_cast<std::uint32_t>(10'000 + kCases * GetParam()), kCases,
                         [&](const test::RandomCase& c) { compare(c); });
  if (!test::all_seeds()) return;
  EXPECT_EQ(cases_, kCases);
  EXPECT_TRUE(is_something_);
}

INSTANTIATE_TEST_SUITE_P(Of50Networks, Functional, testing::Range(0, kShards));

}  // namespace
}  // namespace phasecore
