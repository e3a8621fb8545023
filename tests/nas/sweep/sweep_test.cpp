// Sweeps: their points, what is refused before anything runs, figures over several networks, sensitivities;
// a figure from outside.
#include "nas/sweep/sweep.hpp"

#include <gmock/gmock.h>

#include "models/onnx/onnx.hpp"
#include "nas/sweep/evaluator.hpp"
#include "tests/support/support.hpp"

namespace phasecore::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHead =
    "name: t\nnetworks: [{model: resnet8}]\ndata: none\nengine: analytic\nobjectives: [latency_ns, "
    "energy_nj]\n";

LoadedSettings settings(const std::string& body) {
  const test::TempDirectory place;
  test::write_text(place / "s.yaml", kHead + body);
  return load_settings(place / "s.yaml", {});
}

Loaded load(const std::string& model, const std::optional<std::string>&, const Settings&) {
  return {onnx::read(test::source_path("models/zoo/" + model + "-fmnist.onnx")), "sha of " + model,
          std::nullopt};
}

Result measured(const Problem& problem, int workers = 1) {
  archive::Archive archive(":memory:", problem.identity, archive::Mode::Fresh, "test");
  const auto evaluator = std::make_shared<const PointEvaluator>(problem);
  evaluate::Pool pool([&] { return evaluator; }, workers, {});
  return run(problem, archive, pool, {}, {});
}

TEST(SweepPoints, AGridHasEveryCombinationTheLastAxisFastest) {
  const Points points = points_of(settings(
      "axes: [{key: adc.bits, values: ['6', '8']}, {key: crossbar.rows, values: ['256', '512', '1024']}]\n"));
  ASSERT_EQ(points.choices.size(), 6u);
  EXPECT_THAT(points.choices[0], ElementsAre(1, 1));
  EXPECT_THAT(points.choices[1], ElementsAre(1, 2));
  EXPECT_THAT(points.choices[5], ElementsAre(2, 3));
}

TEST(SweepPoints, AroundABaseVariesOneKeyAtATime) {
  const Points points = points_of(settings(
      "mode: around\naxes: [{key: adc.bits, values: ['6', '8']}, {key: crossbar.rows, values: ['512']}]\n"));
  ASSERT_EQ(points.choices.size(), 4u);
  EXPECT_THAT(points.choices[0], ElementsAre(0, 0));
  EXPECT_THAT(points.choices[3], ElementsAre(0, 1));
}

TEST(SweepPoints, AListHasTheKeysOfAllItsPoints) {
  const Points points =
      points_of(settings("mode: list\npoints: [{set: []}, {set: ['adc.bits=6', 'crossbar.rows=512']}, {set: "
                         "['adc.bits=8']}]\n"));
  ASSERT_EQ(points.keys.size(), 2u);
  EXPECT_THAT(points.choices, ElementsAre(ElementsAre(0, 0), ElementsAre(1, 1), ElementsAre(2, 0)));
  EXPECT_THAT(test::input_error([] {
                points_of(settings("mode: list\npoints: [{set: ['adc.bits=6']}, {set: ['adc.bits=6']}]\n"));
              }),
              HasSubstr("this point is listed twice"));
}

TEST(SweepProblem, SaysAllThatIsWrongAtTheValuesToBlameBeforeAnythingRuns) {
  const LoadedSettings loaded = settings(
      "axes:\n- {key: adc.bits, values: ['8', '99']}\n- {key: crossbar.rowz, values: ['256']}\n"
      "- {key: compensation, values: [gdc, gcd]}\n");
  const std::string error = test::input_error([&] { pose(loaded, load); });
  EXPECT_THAT(error, HasSubstr("s.yaml:8"));
  EXPECT_THAT(error, HasSubstr("rowz"));
  EXPECT_THAT(error, HasSubstr("unknown compensation 'gcd'"));
  EXPECT_THAT(test::input_error([&] { pose(settings("axes: [{key: adc.bits, values: ['99']}]\n"), load); }),
              HasSubstr("s.yaml:6:33: error: no point has adc.bits=99"));
  EXPECT_THAT(test::input_error([&] {
                LoadedSettings wrong = settings("axes: [{key: adc.bits, values: ['8']}]\n");
                wrong.settings.objectives = {"latency", "accuracy@1d"};
                pose(wrong, load);
              }),
              testing::AllOf(HasSubstr("'latency' is no figure"), HasSubstr("'accuracy@1d' needs images")));
}

TEST(SweepProblem, BlamesTheValueThatIsWrongAndNotTheFirstOfItsPoint) {
  EXPECT_THAT(test::input_error([] {
                pose(settings("axes:\n- {key: crossbar.rows, values: ['256']}\n- {key: adc.bits, values: "
                              "['99', '8']}\n"),
                     load);
              }),
              HasSubstr("s.yaml:8:28: error: no point has crossbar.rows=256, adc.bits=99"));
  // Wrong together alone: the value without which the point would be right.
  EXPECT_THAT(test::input_error([] {
                pose(settings("mode: list\npoints:\n- set: ['adc.bits=8', 'adc.range=calibrated']\n"), load);
              }),
              HasSubstr("s.yaml:8:23: error: no point has adc.bits=8, adc.range=calibrated"));
}

TEST(SweepProblem, APointMaySetSeveralKeysThatBelongTogether) {
  const Problem listed = pose(settings("mode: list\npoints:\n- set: []\n- set: ['adc.range=calibrated', "
                                       "'adc.range_quantile=0.9999']\n"),
                              load);
  EXPECT_EQ(listed.built.size(), 2u);
}

TEST(SweepProblem, ABaseMeasuredAgainIsNoPointHoweverItsValueIsWritten) {
  const Problem problem = pose(settings("mode: around\naxes:\n- {key: adc.bits, values: ['6', '12']}\n"
                                        "- {key: power.gated_mw, values: ['2', '12.0']}\n"),
                               load);  // hermes-mesh has 12 bits and 12 mW
  ASSERT_EQ(problem.built.size(), 3u);
  EXPECT_THAT(problem.points.choices, ElementsAre(ElementsAre(0, 0), ElementsAre(1, 0), ElementsAre(0, 1)));
}

TEST(Sweep, KeepsPointsThatDoNotFitWithTheReason) {
  const Problem problem =
      pose(settings("mode: around\naxes: [{key: grid.rows, values: ['1']}, {key: adc.bits, values: ['8']}]\n"
                    "chip_set: ['grid.columns=8']\n"),
           load);
  Problem tight =
      pose(settings("chip_set: ['grid.columns=1']\naxes: [{key: grid.rows, values: ['1', '64']}]\n"), load);
  const Result result = measured(tight);
  EXPECT_THAT(result.reasons[0], HasSubstr("core"));
  EXPECT_EQ(result.reasons[1], "");
  EXPECT_THAT(result.front, ElementsAre(1u));
  EXPECT_THAT(candidates_table(tight, result).csv(), HasSubstr(",false,"));
  EXPECT_THAT(to_text(tight, result), HasSubstr("Without figures:"));
  EXPECT_EQ(problem.built[0].words[1], "12") << "the base's own value is named";
}

TEST(Sweep, ComparesPointsThatDifferInOneKeyAlone) {
  const Problem problem = pose(settings("axes: [{key: crossbar.read_mode, values: [1-phase, 4-phase]}, {key: "
                                        "programming.cores_at_once, values: ['1', '2']}]\n"),
                               load);
  const Result result = measured(problem);
  ASSERT_EQ(result.effects.size(), 4u);
  const Effect& phases = result.effects[0];
  EXPECT_EQ(phases.key, "crossbar.read_mode") << "the larger effect is named first";
  EXPECT_EQ(phases.groups, 2);
  EXPECT_EQ(phases.low, "1-phase");
  EXPECT_GT(phases.relative, 0.1);
  EXPECT_EQ(result.effects[1].range, 0) << "programming does not slow inference";
}

TEST(Sweep, IsTheSameWithAnyNumberOfWorkers) {
  const Problem problem =
      pose(settings("axes: [{key: adc.bits, values: ['6', '7', '8', '9', '10']}]\n"), load);
  EXPECT_EQ(to_text(problem, measured(problem, 1)), to_text(problem, measured(problem, 3)));
}

TEST(Sweep, JudgesOneChipByAllItsNetworks) {
  LoadedSettings loaded = settings("axes: [{key: adc.bits, values: ['8']}]\n");
  loaded.settings.networks = {{"resnet8", {}}, {"resnet20", {}}};
  const auto latency = [&](Over over) {
    loaded.settings.over_networks = over;
    const Problem problem = pose(loaded, load);
    return measured(problem).evaluations[0].figures;
  };
  const auto worst = latency(Over::Worst), mean = latency(Over::Mean);
  const double small = worst.at("resnet8/latency_ns").value, large = worst.at("resnet20/latency_ns").value;
  ASSERT_LT(small, large);
  EXPECT_EQ(worst.at("latency_ns").value, large);
  EXPECT_DOUBLE_EQ(mean.at("latency_ns").value, (small + large) / 2);
  loaded.settings.networks[0].weight = 3;
  EXPECT_DOUBLE_EQ(latency(Over::Weighted).at("latency_ns").value, (3 * small + large) / 4);
}

TEST(OverNetworks, TheWorstAccuracyIsTheLowestAndErrorsOfAMeanAddInSquares) {
  const std::vector<std::pair<figures::Figure, double>> each = {{{0.9, 0.03}, 1}, {{0.7, 0.04}, 3}};
  EXPECT_EQ(over_networks(each, Over::Worst, figures::Better::Higher).value, 0.7);
  EXPECT_EQ(over_networks(each, Over::Worst, figures::Better::Lower).value, 0.9);
  EXPECT_DOUBLE_EQ(over_networks(each, Over::Mean, figures::Better::Higher).error, 0.025);
  EXPECT_DOUBLE_EQ(over_networks(each, Over::Weighted, figures::Better::Higher).value, 0.75);
}

TEST(OutsideFigure, IsAnObjectiveWithARowInTheCatalogueAndAMeasure) {
  Instruments instruments;
  instruments.catalogue.add(
      {"busiest_core_nj", "nJ", figures::Better::Lower, "energy of the core that takes most"});
  instruments.measures.push_back([](const run::Report& report, figures::Figures& into) {
    double most = 0;
    for (const auto& core : report.cores) most = std::max(most, core.energy_nj);
    into["busiest_core_nj"] = {most, 0};
  });
  LoadedSettings loaded = settings("axes: [{key: crossbar.read_mode, values: [1-phase, 4-phase]}]\n");
  loaded.settings.objectives = {"busiest_core_nj"};
  EXPECT_THAT(test::input_error([&] { pose(loaded, load); }), HasSubstr("is no figure"));
  const Problem problem = pose(loaded, load, instruments);
  const Result result = measured(problem);
  EXPECT_THAT(result.front, ElementsAre(0u)) << "one phase takes less";
  EXPECT_THAT(candidates_table(problem, result).csv(), HasSubstr(",busiest_core_nj,"));
}

TEST(Catalogue, KnowsEveryFigureThatIsMeasured) {
  const Problem problem = pose(settings("axes: [{key: adc.bits, values: ['8']}]\n"), load);
  const Result result = measured(problem);
  ASSERT_FALSE(result.evaluations[0].figures.empty());
  for (const auto& [name, unused] : result.evaluations[0].figures)
    EXPECT_NE(figures::catalogue().find(name), nullptr) << name;
  EXPECT_EQ(figures::catalogue().better("accuracy@1d"), figures::Better::Higher);
  EXPECT_EQ(figures::catalogue().better("accuracy@1d.std"), figures::Better::Lower);
}

TEST(SweepIdentity, CountsImagesByTheirContent) {
  const auto identity = [](float value, int label) {
    data::Dataset set;
    set.shape = {1, 28, 28};
    set.images.assign(28 * 28, 0.5F);
    set.images.back() = value;
    set.labels = {label};
    const Loader with_images = [&set](const std::string& model, const auto& data, const Settings& s) {
      Loaded loaded = load(model, data, s);
      loaded.data = run::Data{set, set};
      return loaded;
    };
    return pose(settings("axes: [{key: adc.bits, values: ['8']}]\n"), with_images).identity;
  };
  EXPECT_EQ(identity(0.5F, 3), identity(0.5F, 3));
  EXPECT_NE(identity(0.5F, 3), identity(0.25F, 3));
  EXPECT_NE(identity(0.5F, 3), identity(0.5F, 4));
}

TEST(ShippedSweeps, CanBePosed) {
  for (const auto& name : common::shipped(sweep_files)) {
    if (name == "defaults") continue;
    LoadedSettings loaded = load_settings(name, {});
    const Loader without_images = [](const std::string& model, const auto&, const Settings&) {
      return Loaded{onnx::read(test::source_path("models/zoo/" + model.substr(4) + ".onnx")), model, {}};
    };
    EXPECT_GE(pose(loaded, without_images).built.size(), 2u) << name;
    EXPECT_FALSE(loaded.settings.question.empty()) << name;
  }
}

}  // namespace
}  // namespace phasecore::sweep
