#include "nas/evaluate/simulated.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nas/evaluate/pool.hpp"
#include "nas/evaluate/race_blocks.hpp"
#include "sim/run/simulate.hpp"
#include "tests/nas/evaluate/toy_search.hpp"

namespace phasecore::evaluate {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

Chips plain_chip(std::vector<ChipGene> genes = {}) {
  return {"hermes-mesh", {}, std::move(genes)};
}

double value(const Outcome& outcome, const std::string& name) {
  return outcome.figures.at(name).value;
}

std::vector<std::string> names_of(const Outcome& outcome) {
  std::vector<std::string> names;
  for (const auto& [name, figure] : outcome.figures) names.push_back(name);
  return names;
}

TEST(SimulatedEvaluator, GivesInEveryStepTheFiguresItPromises) {
  for (const bool references : {false, true})
    for (const int instances : {1, 2}) {
      auto settings = test::toy_settings();
      settings.references = references;
      settings.monte_carlo.instances = instances;
      const SimulatedEvaluator evaluator(settings, plain_chip());
      const auto genes = test::toy_genes(*settings.space, 0);
      ASSERT_EQ(evaluator.steps(), 4);
      for (int step = 0; step < 4; ++step) {
        const Outcome outcome = evaluator.evaluate(genes, step);
        EXPECT_EQ(outcome.failure, "");
        EXPECT_THAT(names_of(outcome), UnorderedElementsAreArray(evaluator.figures(step)))
            << name_of(evaluator.fidelity(step));
        EXPECT_EQ(outcome, evaluator.evaluate(genes, step)) << "a function of its arguments";
      }
    }
}

TEST(SimulatedEvaluator, SaysWhatSimulateSays) {
  for (const auto compensation : {analog::Compensation::Gdc, analog::Compensation::AdaBs}) {
    auto settings = test::toy_settings();
    settings.compensation = compensation;
    run::ChipRunner chips;
    const SimulatedEvaluator evaluator(settings, plain_chip());
    const auto genes = test::toy_genes(*settings.space, 1);
    const run::Data data{settings.test, settings.calibration};
    run::Options options;
    options.seed = settings.seed;
    options.accuracy.times_s = settings.times_s;
    options.accuracy.instances = settings.final.instances;
    options.accuracy.compensation = compensation;
    options.accuracy.layer_figures = false;
    const auto report = run::simulate(settings.weights(genes), config::load_chip("hermes-mesh"),
                                      settings.device, &data, options, chips);
    const Outcome analytic = evaluator.evaluate(genes, 0), cycle = evaluator.evaluate(genes, 1),
                  last = evaluator.evaluate(genes, 3);
    EXPECT_EQ(value(analytic, "cores_used"), report.cores_used);
    EXPECT_EQ(value(analytic, "parameters"), settings.space->parameters(genes));
    EXPECT_EQ(value(analytic, "macs"), report.macs);
    EXPECT_EQ(value(analytic, "area_mm2"), *report.area_mm2);
    EXPECT_EQ(value(cycle, "latency_ns"), report.latency_ns);
    EXPECT_EQ(value(cycle, "interval_ns"), report.interval_ns);
    EXPECT_EQ(value(cycle, "energy_nj"), report.energy_nj);
    EXPECT_EQ(value(cycle, "energy_steady_nj"), report.energy_steady_nj);
    EXPECT_EQ(value(cycle, "edp"), report.energy_nj * report.latency_ns);
    ASSERT_TRUE(report.accuracy);
    const monte_carlo::Result& result = report.accuracy->result;
    EXPECT_EQ(value(last, "accuracy@digital"), result.float_accuracy);
    EXPECT_EQ(value(last, "accuracy@quantized"), result.quantized_accuracy);
    EXPECT_NEAR(value(last, "avm_pp"), result.avm_pp->mean, 1e-12);
    ASSERT_EQ(result.points.size(), 3u);
    const char* const times[] = {"1s", "1d", "30d"};
    for (int t = 0; t < 3; ++t) {
      const std::string name = std::string("accuracy@") + times[t];
      EXPECT_EQ(value(last, name), result.points[t].accuracy.mean);
      EXPECT_EQ(value(last, name + ".std"), result.points[t].std);
      EXPECT_GT(last.figures.at(name).error, 0.01);
      EXPECT_LT(last.figures.at(name).error, 0.2);
    }
  }
}

TEST(SimulatedEvaluator, BoundsTheChipFromBelowOnPaper) {
  const auto settings = test::toy_settings();
  const SimulatedEvaluator evaluator(settings, plain_chip());
  for (const int choice : {0, 1}) {
    const auto genes = test::toy_genes(*settings.space, choice);
    const Outcome paper = evaluator.evaluate(genes, 0), chip = evaluator.evaluate(genes, 1);
    for (const char* name : {"latency_ns", "interval_ns", "energy_nj", "energy_steady_nj", "edp"}) {
      EXPECT_LE(value(paper, name), value(chip, name)) << name;
      EXPECT_GT(value(paper, name), 0.5 * value(chip, name)) << name;
    }
  }
}

TEST(SimulatedEvaluator, TimesNetworksWithoutTrainedWeights) {
  auto settings = test::toy_settings();
  settings.weights = [](const spaces::Genes&) -> graph::Network {
    throw common::InternalError("nobody trained this");
  };
  const SimulatedEvaluator evaluator(settings, plain_chip());
  const auto genes = test::toy_genes(*settings.space, 0);
  EXPECT_EQ(evaluator.evaluate(genes, 0).failure, "");
  EXPECT_EQ(evaluator.evaluate(genes, 1).failure, "");
  EXPECT_EQ(test::internal_error([&] { evaluator.evaluate(genes, 2); }), "nobody trained this");
}

TEST(SimulatedEvaluator, NamesTheLayerThatDoesNotFit) {
  const auto settings = test::toy_settings();
  const auto genes = test::toy_genes(*settings.space, 0);
  const SimulatedEvaluator large(settings, plain_chip());
  const SimulatedEvaluator small(
      settings, {"hermes-mesh", {"grid={columns: 2, rows: 2}", "mapping.objective=one-to-one"}, {}});
  const Outcome fits = large.evaluate(genes, 0), fails = small.evaluate(genes, 0);
  EXPECT_EQ(fits.failure, "");
  EXPECT_GT(value(fits, "cores"), 4);
  EXPECT_THAT(fails.failure, testing::MatchesRegex("layer '.*' needs [0-9]+ cores, [0-9] of 4 are left; the "
                                                   "network needs " +
                                                   std::to_string(static_cast<int>(value(fits, "cores")))));
  for (const char* name : {"cores", "parameters", "macs"}) EXPECT_EQ(value(fails, name), value(fits, name));
  EXPECT_EQ(fails.figures.size(), 3u);
  EXPECT_FALSE(fails.lost);
}

TEST(SimulatedEvaluator, CountsCoresOneToOneAndThoseOfTheMapping) {
  const auto settings = test::toy_settings();
  const auto genes = test::toy_genes(*settings.space, 0);
  const SimulatedEvaluator fast(settings, plain_chip());
  const SimulatedEvaluator small(settings, {"hermes-mesh", {"grid={columns: 2, rows: 2}"}, {}});
  const Outcome many = fast.evaluate(genes, 0), few = small.evaluate(genes, 0);
  EXPECT_EQ(few.failure, "") << "several matrices share a crossbar";
  EXPECT_EQ(value(few, "cores"), value(many, "cores"));
  EXPECT_GT(value(many, "cores_used"), value(many, "cores"));
  EXPECT_LE(value(few, "cores_used"), 4);
}

TEST(SimulatedEvaluator, NamesTheMemoryThatIsTooSmall) {
  const auto settings = test::toy_settings();
  const SimulatedEvaluator evaluator(settings, {"hermes-mesh", {"memory.bytes=64"}, {}});
  const Outcome outcome = evaluator.evaluate(test::toy_genes(*settings.space, 0), 0);
  EXPECT_THAT(outcome.failure, HasSubstr("64 bytes of activation memory"));
  EXPECT_THAT(outcome.failure, testing::Not(HasSubstr("\n")));
  EXPECT_EQ(outcome.figures.size(), 3u);
}

TEST(SimulatedEvaluator, RefusesGenesWithoutANetwork) {
  auto settings = test::toy_settings();
  settings.space = spaces::load(test::source_path("configs/spaces/resnet-elastic.yaml"),
                                {"input=[1, 12, 12]", "classes=4", "max_parameters=1000"});
  const SimulatedEvaluator evaluator(settings, plain_chip());
  for (int step = 0; step < 4; ++step)
    EXPECT_THAT(evaluator.evaluate(test::toy_genes(*settings.space, 0), step).failure,
                HasSubstr("exceed max_parameters = 1000"));
}

TEST(SimulatedEvaluator, BuildsTheChipOfTheChipGenes) {
  const auto settings = test::toy_settings();
  const SimulatedEvaluator evaluator(
      settings, plain_chip({{"adc.bits", {"12", "3"}}, {"network.flit_bytes", {"16", "4"}}}));
  auto genes = test::toy_genes(*settings.space, 0);
  const auto with = [&](int bits, int flit) {
    auto joint = genes;
    joint.insert(joint.end(), {bits, flit});
    return joint;
  };
  EXPECT_LT(value(evaluator.evaluate(with(0, 0), 1), "latency_ns"),
            value(evaluator.evaluate(with(0, 1), 1), "latency_ns"));
  EXPECT_GT(value(evaluator.evaluate(with(0, 0), 2), "accuracy@1s"),
            value(evaluator.evaluate(with(1, 0), 2), "accuracy@1s") + 0.1);
  EXPECT_EQ(evaluator.evaluate(with(0, 0), 2), evaluator.evaluate(with(0, 1), 2))
      << "links do not change values";
}

TEST(SimulatedEvaluator, SaysTheSameInAnyNumberOfWorkers) {
  const auto settings = test::toy_settings();
  const auto evaluator = std::make_shared<SimulatedEvaluator>(
      settings, plain_chip({{"grid", {"{columns: 8, rows: 8}", "{columns: 6, rows: 9}"}}}));
  std::vector<Job> jobs;
  for (const int choice : {0, 1})
    for (const int grid : {0, 1})
      for (int step = 0; step < 3; ++step) {
        auto genes = test::toy_genes(*settings.space, choice);
        genes.push_back(grid);
        jobs.push_back({genes, step});
      }
  std::vector<Outcome> here;
  for (const Job& job : jobs) here.push_back(evaluator->evaluate(job.genes, job.step));
  for (const int workers : {1, 2, 4}) {
    Pool pool([&] { return evaluator; }, workers);
    EXPECT_EQ(pool.run(jobs), here) << workers;
  }
  EXPECT_FALSE(here[1] == here[4]) << "another grid, other ways";
}

TEST(SimulatedEvaluator, MeasuresFineTunedWeightsAsItMeasuresTheOthers) {
  auto settings = test::toy_settings();
  const auto genes = test::toy_genes(*settings.space, 0), others = test::toy_genes(*settings.space, 1);
  const SimulatedEvaluator without(settings, plain_chip());
  EXPECT_EQ(without.steps(), 4);
  settings.fine_tuned = [weights = settings.weights, others](const spaces::Genes&) {
    return weights(others);
  };
  const SimulatedEvaluator evaluator(settings, plain_chip());
  ASSERT_EQ(evaluator.steps(), 5);
  EXPECT_EQ(name_of(evaluator.fidelity(4)), "fine-tuned");
  EXPECT_EQ(evaluator.figures(4), evaluator.figures(3));
  EXPECT_EQ(evaluator.evaluate(genes, 4), evaluator.evaluate(others, 3));
}

TEST(SimulatedEvaluator, RacesOnTheFirstImagesAndChangesNothingElse) {
  auto settings = test::toy_settings();
  settings.monte_carlo = {32, 2};
  const auto genes = test::toy_genes(*settings.space, 0);
  const SimulatedEvaluator plain(settings, plain_chip());
  settings.race = Race{16, {86400}};
  const SimulatedEvaluator evaluator(settings, plain_chip());
  ASSERT_EQ(evaluator.steps(), 5);
  ASSERT_EQ(evaluator.fidelity(2), Fidelity::Race);
  EXPECT_THAT(evaluator.figures(2), testing::ElementsAre("accuracy@1d"));
  const Outcome race = evaluator.evaluate(genes, 2);
  EXPECT_EQ(evaluator.evaluate(genes, 3), plain.evaluate(genes, 2)) << "with what the race has prepared";
  EXPECT_EQ(evaluator.evaluate(genes, 3), plain.evaluate(genes, 2)) << "and without";
  settings.race = {};
  settings.monte_carlo = {16, 1};
  EXPECT_EQ(race.figures.at("accuracy@1d"),
            SimulatedEvaluator(settings, plain_chip()).evaluate(genes, 2).figures.at("accuracy@1d"));
  const auto blocks = blocks_of(race.figures, "accuracy@1d");
  ASSERT_EQ(blocks.size(), 16u);
  double mean = 0;
  for (const double block : blocks) mean += block / 16;
  EXPECT_DOUBLE_EQ(mean, value(race, "accuracy@1d"));
}

TEST(SimulatedEvaluator, ConfirmsOnImagesAndProgrammingsThatWereNotSeen) {
  auto settings = test::toy_settings();
  const auto genes = test::toy_genes(*settings.space, 0);
  settings.monte_carlo = {20, 2};
  settings.confirm = Effort{28, 3};
  const SimulatedEvaluator evaluator(settings, plain_chip());
  ASSERT_EQ(evaluator.steps(), 5);
  EXPECT_EQ(name_of(evaluator.fidelity(3)), "confirmed");
  EXPECT_EQ(name_of(evaluator.fidelity(4)), "final");
  EXPECT_EQ(evaluator.figures(3), evaluator.figures(2));
  const Outcome seen = evaluator.evaluate(genes, 2), unseen = evaluator.evaluate(genes, 3);

  // All images and programmings at once are both together: 20 x 2 and 28 x 3 of 48 x 5 are two of the four
  // blocks, and the other two follow from two more runs.
  const auto right = [&](Effort effort) {
    auto other = settings;
    other.confirm = {};
    other.monte_carlo = effort;
    const SimulatedEvaluator plain(other, plain_chip());
    return value(plain.evaluate(genes, 2), "accuracy@1d") * effort.samples * effort.instances;
  };
  const double all = right({48, 5}), upper = right({20, 5}), left = right({48, 2});
  EXPECT_NEAR(value(seen, "accuracy@1d") * 40, right({20, 2}), 1e-9);
  EXPECT_NEAR(value(unseen, "accuracy@1d") * 84, all - upper - left + right({20, 2}), 1e-9);

  settings.confirm = Effort{29, 1};
  EXPECT_THAT(test::input_error([&] { SimulatedEvaluator broken(settings, plain_chip()); }),
              HasSubstr("confirm (0 images: nothing is confirmed) looks at 29 images after the first 20; the "
                        "validation part of 'toy' has 48"));
}

TEST(SimulatedEvaluator, SaysEverythingThatIsWrongWithItsSettings) {
  auto settings = test::toy_settings();
  settings.times_s = {1, 1};
  settings.monte_carlo = {49, 2};
  settings.final = {64, 0};
  settings.validation.classes = 5;
  const std::string message =
      test::input_error([&] { SimulatedEvaluator evaluator(settings, plain_chip()); });
  EXPECT_THAT(message, HasSubstr("given twice"));
  EXPECT_THAT(message, HasSubstr("monte_carlo looks at 49 images; the validation part of 'toy' has 48"));
  EXPECT_THAT(message, HasSubstr("final needs at least one image and one instance"));
  EXPECT_THAT(message, HasSubstr("has 5 classes"));
}

}  // namespace
}  // namespace phasecore::evaluate
