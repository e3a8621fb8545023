#include "nas/evaluate/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "models/graph/fold.hpp"
#include "models/spaces/load.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/support/support.hpp"

namespace phasecore::evaluate {
namespace {

const std::vector<std::string> kCeil = {"mapping.tiling=ceil"};

std::shared_ptr<const spaces::Nasbench201> nasbench_space() {
  return std::shared_ptr<const spaces::Nasbench201>(dynamic_cast<const spaces::Nasbench201*>(
      spaces::load(test::source_path("configs/spaces/nasbench201.yaml")).release()));
}

TableEvaluator evaluator(const std::string& csv, std::vector<ChipGene> genes = {}) {
  return {nasbench_space(), std::make_shared<spaces::NasbenchTable>(spaces::NasbenchTable::read(csv)),
          Chips("hermes-mesh", kCeil, std::move(genes))};
}

TableEvaluator small(std::vector<ChipGene> genes = {}) {
  return evaluator(test::source_path("tests/data/nasbench/small.csv"), std::move(genes));
}

/// conv3x3, conv1x1, skip, avgpool, conv3x3, none.
const std::vector<int> kKnown = {2, 3, 0, 4, 2, 1};

TEST(TableEvaluator, GivesTheTablesFiguresUnderTheirNames) {
  const Outcome outcome = small().evaluate(kKnown, 0);
  ASSERT_EQ(outcome.failure, "");
  const auto value = [&](const std::string& name) { return outcome.figures.at(name).value; };
  const char* const times[] = {"60s", "1h", "1d", "30d"};
  for (int t = 0; t < 4; ++t) {
    const std::string name = std::string("accuracy@") + times[t];
    EXPECT_NEAR(value(name), 0.86 - 0.01 * t, 1e-12);
    EXPECT_NEAR(value(name + ".std"), 0.0025 * (t + 1), 1e-12);
    EXPECT_NEAR(value("plain." + name), 0.60 - 0.05 * t, 1e-12);
    EXPECT_NEAR(value("plain." + name + ".std"), 0.01 + 0.01 * t, 1e-12);
  }
  EXPECT_NEAR(value("accuracy@digital"), 0.90, 1e-12);
  EXPECT_NEAR(value("accuracy@hardware-aware"), 0.87, 1e-12);
  EXPECT_NEAR(value("plain.accuracy@noisy"), 0.70, 1e-12);
  EXPECT_NEAR(value("avm_pp"), 3.0, 1e-9);
  for (const auto& [name, figure] : outcome.figures) EXPECT_EQ(figure.error, 0) << name;
  std::vector<std::string> names;
  for (const auto& [name, figure] : outcome.figures) names.push_back(name);
  EXPECT_THAT(small().figures(0), testing::UnorderedElementsAreArray(names));
}

TEST(TableEvaluator, LeavesOutWhatIsKnownToBeWrong) {
  const Outcome outcome = small().evaluate({0, 0, 0, 0, 0, 0}, 0);
  EXPECT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.figures.count("accuracy@60s"), 0u);
  EXPECT_EQ(outcome.figures.count("avm_pp"), 0u);
  EXPECT_EQ(outcome.figures.count("accuracy@1h"), 1u);
}

TEST(TableEvaluator, KnowsWhatIsNotInTheTable) {
  const auto table = small();
  EXPECT_TRUE(table.exists(kKnown));
  EXPECT_TRUE(table.exists({0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(table.exists({2, 2, 2, 2, 2, 2}));
  EXPECT_FALSE(table.exists({1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(table.evaluate({2, 2, 2, 2, 2, 2}, 0).failure, "the table has no such network");
  EXPECT_THAT(table.evaluate({1, 1, 1, 1, 1, 1}, 0).failure, testing::HasSubstr("no path"));
}

/// By hand, crossbars of 256 x 256. A cell of width w has two 3x3 convolutions (edges 12 and 24) of 9 w x w
/// and one 1x1 (edge 13, which nothing reads: edge 34 is none): it is dead. Stem 27 x 16; 5 cells of width
/// 16: 144 rows, 1 crossbar each; width 32: 288 rows, 2; width 64: 576 rows, 3. Reductions: 144 x 32 (1) +
/// 288 x 32 (2) + 16 x 32 (1); 288 x 64 (2) + 576 x 64 (3) + 32 x 64 (1). Classifier 64 x 10 (1).
constexpr int kKnownCores = 1 + 2 * 5 * (1 + 2 + 3) + (1 + 2 + 1) + (2 + 3 + 1) + 1;

TEST(TableEvaluator, CountsTheCoresOfAllWeights) {
  EXPECT_EQ(small().evaluate(kKnown, 0).figures.at("cores").value, kKnownCores);
  // Only the way through skips: stem, reductions, classifier.
  EXPECT_EQ(small().evaluate({0, 0, 0, 0, 0, 0}, 0).figures.at("cores").value, 12);
}

/// Another road: the mapping of the whole network, without the cores of additions, pools and of
/// batch norms that cannot be folded (depthwise).
TEST(TableEvaluator, AgreesWithTheMappingOfTheNetwork) {
  const auto space = nasbench_space();
  const std::vector<ChipGene> genes = {{"crossbar.rows", {"256", "512", "128"}},
                                       {"crossbar.columns", {"256", "64"}},
                                       {"mapping.tiling", {"ceil", "equal"}}};
  const auto table = small(genes);
  const Chips chips("hermes-mesh",
                    {"mapping.objective=one-to-one", "mapping.tiling=ceil", "grid={columns: 32, rows: 32}"},
                    genes);
  int compared = 0;
  for (const std::vector<int>& cell : {kKnown, {0, 0, 0, 0, 0, 0}, {4, 3, 4, 3, 2, 1}})
    for (int rows = 0; rows < 3; ++rows)
      for (int columns = 0; columns < 2; ++columns)
        for (int rule = 0; rule < 2; ++rule) {
          std::vector<int> joint = cell;
          joint.insert(joint.end(), {rows, columns, rule});
          const auto mapping =
              mapping::map(graph::fold(space->network(cell, 1)), chips.chip({rows, columns, rule}));
          std::size_t cores = 0;
          for (const auto& stage : mapping.stages)
            if (const auto* mvm = stage.as<mapping::MvmWork>(); mvm != nullptr && mvm->groups == 1)
              cores += mvm->submatrices.size();
          const Outcome outcome = table.evaluate(joint, 0);
          EXPECT_EQ(outcome.figures.at("cores").value, cores);
          EXPECT_EQ(outcome.figures.at("parameters").value, graph::parameters(space->network(cell, 1)));
          ++compared;
        }
  EXPECT_EQ(compared, 36);
}

TEST(Chips, LayTheGenesOverTheBase) {
  const Chips chips("hermes-mesh", {"crossbar.rows=128"},
                    {{"adc.bits", {"6", "8"}}, {"grid", {"{columns: 4, rows: 2}", "{columns: 8, rows: 8}"}}});
  EXPECT_EQ(chips.chip({0, 1}).adc.bits, 6);
  EXPECT_EQ(chips.chip({1, 0}).adc.bits, 8);
  EXPECT_EQ(chips.chip({1, 0}).cores(), 8);
  EXPECT_EQ(chips.chip({1, 1}).cores(), 64);
  EXPECT_EQ(chips.chip({1, 1}).crossbar.rows, 128);
  EXPECT_EQ(&chips.chip({1, 1}), &chips.chip({1, 1}));
}

TEST(Chips, AreMadeOfWhatTheFileSaidAtTheStart) {
  const test::TempDirectory folder;
  const std::string file = folder / "chip.yaml";
  test::write_text(file, "base: hermes-mesh\nname: mine\n");
  const Chips chips(file, {}, {{"adc.bits", {"6", "7", "8"}}});
  std::filesystem::remove(file);
  EXPECT_EQ(chips.chip({2}).adc.bits, 8);
  EXPECT_EQ(chips.chip({2}).name, "mine");
}

TEST(Chips, RefuseChoicesThatNoChipHas) {
  const std::string message = test::input_error([] {
    Chips("hermes-mesh", {}, {{"adc.bits", {"6", "none"}}, {"adc.bit", {"6", "7"}}});
  });
  EXPECT_THAT(message, testing::HasSubstr("bit"));
  EXPECT_THAT(test::input_error([] {
                Chips("hermes-mesh", {}, {{"adc.bits", {"6", "none"}}});
              }),
              testing::HasSubstr("none"));
}

TEST(Chips, LeaveCombinationsThatCannotBeBuiltToTheSearch) {
  const Chips chips("hermes-mesh", {},
                    {{"crossbar.rows", {"2", "16", "256"}}, {"mapping.margin", {"2", "0"}}});
  EXPECT_EQ(chips.buildable(), (std::vector<int>{1, 0})) << "the first choices do not go together";
  EXPECT_EQ(test::input_error([&] {
              chips.chip({0, 0});
            }),
            "error: no chip has crossbar.rows=2, mapping.margin=2: mapping.margin = 2 leaves nothing of a "
            "crossbar of 2 x 256");
  EXPECT_EQ(chips.chip({0, 1}).crossbar.rows, 2);
  const auto table = small({{"crossbar.rows", {"2", "256"}}, {"mapping.margin", {"2", "0"}}});
  std::vector<int> joint = kKnown;
  joint.insert(joint.end(), {0, 0});
  EXPECT_THAT(test::input_error([&] { table.evaluate(joint, 0); }), testing::HasSubstr("no chip has"))
      << "the worker makes a failure of it";
}

TEST(Chips, TakeAChoiceThatSuitsNotTheBaseButAnotherChoice) {
  const Chips chips(
      "hermes-mesh", {"mapping.margin=4"},
      {{"adc.bits", {"6", "8"}}, {"crossbar.rows", {"2", "256"}}, {"mapping.margin", {"4", "0"}}});
  EXPECT_EQ(chips.chip({0, 0, 1}).crossbar.rows, 2);
  EXPECT_THAT(test::input_error([] {
                Chips("hermes-mesh", {"mapping.margin=4"}, {{"crossbar.rows", {"2", "256"}}});
              }),
              testing::HasSubstr("chip gene crossbar.rows=2: mapping.margin = 4 leaves nothing"))
      << "no combination has it";
}

TEST(TableEvaluator, FindsThePublishedBestNetworkOf64Cores) {
  const std::string path = test::source_path("../shared/reference/analognas-bench/benchmark_data.csv");
  if (!std::filesystem::exists(path)) {
    std::cout << "NOT CHECKED: the AnalogNAS-Bench table is not there: " << path << "\n";
    return;
  }
  const auto table = evaluator(path);
  std::vector<int> genes(6, 0);
  double best = 0, best_cores = 0;
  int found = 0;
  for (int code = 0; code < 15625; ++code) {
    for (int g = 0, rest = code; g < 6; ++g, rest /= 5) genes[g] = rest % 5;
    if (!table.exists(genes)) continue;
    ++found;
    const Outcome outcome = table.evaluate(genes, 0);
    ASSERT_EQ(outcome.failure, "");
    const double accuracy = outcome.figures.at("accuracy@30d").value;
    if (outcome.figures.at("cores").value > 64 || accuracy <= best) continue;
    best = accuracy;
    best_cores = outcome.figures.at("cores").value;
  }
  EXPECT_GT(found, 1000);
  EXPECT_NEAR(best, 0.8831, 5e-5);
  EXPECT_EQ(best_cores, 42);
}

}  // namespace
}  // namespace phasecore::evaluate
