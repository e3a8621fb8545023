#include "nas/search/judge.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/support/support.hpp"

namespace phasecore::search {
namespace {

using testing::HasSubstr;

/// Two cheap steps and a dear one, like the simulator's.
class Steps : public evaluate::Evaluator {
 public:
  int steps() const override { return 3; }
  evaluate::Fidelity fidelity(int step) const override { return static_cast<evaluate::Fidelity>(step); }
  std::vector<std::string> figures(int step) const override {
    if (step == 0) return {"cores", "latency_ns"};
    if (step == 1) return {"latency_ns"};
    return {"accuracy@1d", "accuracy@1d.std"};
  }
  evaluate::Outcome evaluate(const std::vector<int>&, int) const override { return {}; }
};

LoadedSettings posed(const std::string& objectives, const std::string& constraints) {
  return load_settings("fashion-mesh", {"objectives=" + objectives, "constraints=" + constraints});
}

Judge judge_of(const LoadedSettings& loaded) {
  common::Diagnostics diagnostics;
  Judge judge(loaded, Steps(), 3, diagnostics);
  diagnostics.raise_if_any();
  return judge;
}

const char* const kObjectives =
    "[{figure: accuracy@1d, goal: maximise, deviations: 2, reference: 0.5}, {figure: latency_ns, goal: "
    "minimise, reference: 100}]";

TEST(Judge, CountsDeviationsAgainstTheFigureAndMinimisesEverything) {
  const Judge judge = judge_of(posed(kObjectives, "[]"));
  const Verdict v =
      judge.judge({{"accuracy@1d", {0.9, 0.01}}, {"accuracy@1d.std", {0.02, 0.02}}, {"latency_ns", {50, 0}}});
  EXPECT_EQ(v.reason, "");
  EXPECT_EQ(v.score.violation, 0);
  ASSERT_EQ(v.score.objectives.size(), 2u);
  EXPECT_DOUBLE_EQ(v.score.objectives[0], -(0.9 - 2 * 0.02));
  EXPECT_EQ(v.score.objectives[1], 50);
  EXPECT_DOUBLE_EQ(v.score.errors.at(0), std::hypot(0.01, 2 * 0.02)) << "the deviation is uncertain, too";
  EXPECT_EQ(v.score.errors.at(1), 0);
  EXPECT_EQ(judge.reference(), (std::vector<double>{-0.5, 100}));
  EXPECT_EQ(judge.deciding_step(), 2);
}

TEST(Judge, SumsRelativeExcessesAndSaysEachOfThem) {
  const Judge judge = judge_of(posed("[{figure: accuracy@1d, goal: maximise}]",
                                     "[{figure: cores, at_most: 64}, {figure: latency_ns, at_least: 10}, "
                                     "{figure: accuracy@1d, at_least: 0.5}]"));
  const Verdict v = judge.judge({{"accuracy@1d", {0.9, 0}}, {"cores", {80, 0}}, {"latency_ns", {5, 0}}});
  EXPECT_DOUBLE_EQ(v.score.violation, 16.0 / 64 + 5.0 / 10);
  EXPECT_EQ(v.reason, "cores = 80 is above 64; latency_ns = 5 is below 10");
  EXPECT_EQ(v.broken, (std::vector<std::string>{"cores is above 64", "latency_ns is below 10"}));
  EXPECT_EQ(judge.judge({{"accuracy@1d", {0.5, 0}}, {"cores", {64, 0}}, {"latency_ns", {10, 0}}}).reason, "")
      << "bounds are allowed values";
}

TEST(Judge, CountsDeviationsAgainstABound) {
  const Judge judge = judge_of(posed("[{figure: latency_ns, goal: minimise}]",
                                     "[{figure: accuracy@1d, at_least: 0.8, deviations: 3}]"));
  const auto verdict = [&](double mean, double spread) {
    return judge.judge(
        {{"accuracy@1d", {mean, 0.01}}, {"accuracy@1d.std", {spread, 0}}, {"latency_ns", {5, 0}}});
  };
  EXPECT_EQ(verdict(0.9, 0.02).reason, "");
  EXPECT_EQ(verdict(0.9, 0.05).reason, "accuracy@1d - 3 std = 0.75 is below 0.8");
  EXPECT_DOUBLE_EQ(verdict(0.9, 0.05).score.violation, 0.05 / 0.8);
  EXPECT_EQ(judge.judge({{"accuracy@1d", {0.9, 0.01}}, {"latency_ns", {5, 0}}}).reason,
            "accuracy@1d is not known")
      << "without its spread the bound says nothing";
  EXPECT_EQ(judge.deciding_step(), 2);
}

TEST(Judge, RulesOutEarlyOnlyWhatDearerStepsCannotSave) {
  const Judge judge =
      judge_of(posed("[{figure: accuracy@1d, goal: maximise}]",
                     "[{figure: cores, at_least: 8}, {figure: latency_ns, at_least: 10, at_most: 100}]"));
  EXPECT_EQ(judge.judge_early({{"cores", {9, 0}}, {"latency_ns", {5, 0}}}, 0).reason, "")
      << "step 1 measures latency again and may find more";
  EXPECT_THAT(judge.judge_early({{"cores", {9, 0}}, {"latency_ns", {5, 0}}}, 1).reason,
              HasSubstr("below 10"));
  EXPECT_THAT(judge.judge_early({{"cores", {9, 0}}, {"latency_ns", {101, 0}}}, 0).reason,
              HasSubstr("above 100"))
      << "it is a lower bound";
  EXPECT_THAT(judge.judge_early({{"cores", {7, 0}}}, 0).reason, HasSubstr("cores = 7 is below 8"));
}

TEST(Judge, AFailureIsInfinitelyBadUnlessFiguresSayHowBad) {
  const Judge judge =
      judge_of(posed("[{figure: accuracy@1d, goal: maximise}]", "[{figure: cores, at_most: 64}]"));
  EXPECT_TRUE(std::isinf(judge.failed("worker died", {}).score.violation));
  const Verdict v = judge.failed("layer 'conv1' needs 96 cores", {{"cores", {96, 0}}});
  EXPECT_DOUBLE_EQ(v.score.violation, 0.5);
  EXPECT_EQ(v.reason, "layer 'conv1' needs 96 cores");
  EXPECT_TRUE(std::isnan(v.score.objectives[0]));
}

TEST(Judge, AnAbsentFigureMakesACandidateInfeasible) {
  const Judge judge =
      judge_of(posed("[{figure: accuracy@1d, goal: maximise}]", "[{figure: cores, at_most: 64}]"));
  const Verdict v = judge.judge({{"cores", {5, 0}}});
  EXPECT_TRUE(std::isinf(v.score.violation));
  EXPECT_EQ(v.reason, "accuracy@1d is not known");
}

TEST(Judge, RefusesFiguresThatNobodyGivesWithPlaceAndNearestName) {
  const LoadedSettings loaded =
      posed("[{figure: acuracy@1d, goal: maximise}]", "[{figure: cors, at_most: 64}]");
  const std::string message = test::input_error([&] { judge_of(loaded); });
  EXPECT_THAT(message, HasSubstr("there is no figure 'acuracy@1d' here"));
  EXPECT_THAT(message, HasSubstr("did you mean 'accuracy@1d'?"));
  EXPECT_THAT(message, HasSubstr("there is no figure 'cors' here"));
  EXPECT_THAT(message, HasSubstr("--set"));
}

TEST(Judge, RefusesValuesThatAFigureNeverHas) {
  const auto refusal = [](const std::string& objectives, const std::string& constraints) {
    const LoadedSettings loaded = posed(objectives, constraints);
    return test::input_error([&] { judge_of(loaded); });
  };
  const std::string objective = "[{figure: accuracy@1d, goal: maximise}]";
  EXPECT_EQ(refusal(objective, "[{figure: accuracy@1d, at_least: 85}]"),
            "--set: error: 'at_least' is 85; accuracy@1d lies between 0 and 1 (it is a fraction: 85 % are "
            "0.85)");
  EXPECT_THAT(refusal(objective, "[{figure: accuracy@1d, at_least: 1.0000001}]"),
              HasSubstr("'at_least' is 1.0000001; accuracy@1d lies between 0 and 1"));
  for (const char* constraint :
       {"figure: accuracy@1d, at_least: 1.5", "figure: accuracy@1d, at_most: -0.1",
        "figure: cores, at_most: 0", "figure: latency_ns, at_most: -5", "figure: cores, at_least: -1",
        "figure: accuracy@1d, at_least: 1.01, deviations: 1", "figure: accuracy@1d.std, at_most: 3"})
    EXPECT_THAT(refusal(objective, std::string("[{") + constraint + "}]"), HasSubstr(" is ")) << constraint;
  EXPECT_THAT(
      refusal("[{figure: accuracy@1d, goal: maximise, reference: 80}]", "[]"),
      HasSubstr("'reference' is 80; accuracy@1d lies between 0 and 1 (it is a fraction: 80 % are 0.8)"));
  EXPECT_THAT(refusal("[{figure: accuracy@1d, goal: maximise, reference: 1}]", "[]"),
              HasSubstr("nothing is better than that"));
  EXPECT_THAT(refusal("[{figure: cores, goal: minimise, reference: 0}]", "[]"),
              HasSubstr("cores is always above 0, so that nothing is better than that"));
  EXPECT_THAT(refusal(objective, "[{figure: cores, at_most: 8}, {figure: cores, at_least: 9}]"),
              HasSubstr("'at_least' is 9; another constraint has cores 'at_most' 8"));
}

TEST(Judge, TakesEveryValueThatAFigureMayHave) {
  for (const char* constraint :
       {"figure: accuracy@1d, at_least: 1", "figure: accuracy@1d, at_least: 0",
        "figure: accuracy@1d, at_most: 0", "figure: accuracy@1d, at_most: 1.5, deviations: 1",
        "figure: accuracy@1d, at_least: -0.5, deviations: 1", "figure: cores, at_least: 0",
        "figure: cores, at_most: 1e9", "figure: accuracy@1d.std, at_most: 0"})
    EXPECT_NO_THROW(
        judge_of(posed("[{figure: cores, goal: minimise}]", std::string("[{") + constraint + "}]")))
        << constraint;
  EXPECT_NO_THROW(judge_of(posed("[{figure: accuracy@1d, goal: maximise, reference: 0}]", "[]")));
}

TEST(Judge, RefusesAnObjectiveTwiceAndHalfAReference) {
  const LoadedSettings twice =
      posed("[{figure: cores, goal: minimise}, {figure: cores, goal: minimise}]", "[]");
  EXPECT_THAT(test::input_error([&] { judge_of(twice); }), HasSubstr("is an objective twice"));
  const LoadedSettings half =
      posed("[{figure: cores, goal: minimise, reference: 9}, {figure: latency_ns, goal: minimise}]", "[]");
  EXPECT_THAT(test::input_error([&] { judge_of(half); }),
              HasSubstr("either every objective has a 'reference'"));
}

}  // namespace
}  // namespace phasecore::search
