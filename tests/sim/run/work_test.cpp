// What a run costs is said before it begins.
#include "sim/run/work.hpp"

#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/onnx/onnx.hpp"
#include "sim/config/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/run/simulate.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

TEST(Work, CountsTheFiringsThatTheProgramWillHave) {
  for (const char* objective : {"one-to-one", "throughput"}) {
    const config::Chip chip =
        config::load_chip("hermes-mesh", {std::string("mapping.objective=") + objective});
    for (const char* model : {"models/zoo/resnet8-fmnist.onnx", "models/zoo/ds-cnn-fmnist.onnx"}) {
      const auto map = mapping::map(graph::fold(onnx::read(test::source_path(model))), chip);
      std::int64_t built = 0;
      for (const auto& task : mapping::build_program(map, chip).program.tasks)
        if (task.core != program::kHost) built += task.firings;
      EXPECT_GT(firings_per_image(map), built / 2) << objective << ' ' << model;
      EXPECT_LT(firings_per_image(map), built * 2) << objective << ' ' << model;
    }
  }
}

TEST(Work, SaysWhatALongRunCostsAndNothingOfAShortOne) {
  EXPECT_EQ(cost_of(100'000, Engine::Chip), "");
  EXPECT_EQ(cost_of(1'000'000, Engine::Analytic), "");
  EXPECT_EQ(
      cost_of(1'000'000, Engine::Chip),
      "about 1e+06 firings per image: up to 40 s and 0.9 GB of memory; --engine analytic takes up to 10 s");
  EXPECT_EQ(
      cost_of(16'000'000, Engine::Chip),
      "about 1.6e+07 firings per image: up to 9 min and 15.2 GB of memory; --engine analytic takes up to "
      "2 min");
}

TEST(Work, RefusesWhatIsBeyondTheLimit) {
  EXPECT_NO_THROW(check_work(1000, 0, Engine::Chip));
  EXPECT_NO_THROW(check_work(1000, 1000, Engine::Chip));
  EXPECT_NE(test::input_error([] {
              check_work(1'000'000'000, 10'000'000, Engine::Chip);
            }).find("allowed are 1e+07 firings (--max-firings)"),
            std::string::npos);
}

}  // namespace
}  // namespace phasecore::run
