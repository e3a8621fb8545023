// The loop: same result for any number of workers, any interruption; every genotype once.
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "nas/pareto/dominance.hpp"
#include "tests/nas/search/fixtures.hpp"

namespace phasecore::search {
namespace {

using testing::HasSubstr;

Problem small_problem(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"budget.evaluations=96", "surrogate.from_evaluations=48", "population=12"});
  return pose(table_settings(more), {});
}

TEST(Search, IsTheSameForOneTwoAndFourWorkers) {
  const Problem problem = small_problem();
  const Left one = run_search(problem, 1);
  ASSERT_EQ(one.result.evaluations, 96);
  ASSERT_GE(one.result.front.size(), 3u);
  for (const int workers : {2, 4}) {
    const Left other = run_search(problem, workers);
    EXPECT_EQ(other.front, one.front) << workers;
    EXPECT_EQ(other.candidates, one.candidates) << workers;
    EXPECT_EQ(other.dump, one.dump) << workers;
  }
}

TEST(Search, EvaluatesEveryGenotypeOnceAndKeepsToTheBudget) {
  for (const char* algorithm : {"nsga2", "random", "local-search", "analognas"}) {
    const Problem problem = small_problem({std::string("algorithm=") + algorithm, "budget.evaluations=50"});
    const Left left = run_search(problem, 2);
    std::set<Genes> genes;
    for (const Candidate& c : left.result.candidates) EXPECT_TRUE(genes.insert(c.genes).second) << algorithm;
    EXPECT_EQ(left.result.evaluations, 50) << algorithm;
    EXPECT_EQ(left.result.candidates.size(), 50u) << algorithm;
    EXPECT_EQ(left.result.stop, Stop::Evaluations) << algorithm;
  }
}

TEST(Search, EndsWhenTheSpaceIsExhausted) {
  const Problem problem = small_problem({"budget.evaluations=1000"});
  const Left left = run_search(problem, 2);
  EXPECT_EQ(left.result.stop, Stop::Exhausted);
  EXPECT_EQ(left.result.candidates.size(), 240u) << "all cells of the table";
}

TEST(Search, TheFrontIsWhatNothingDominates) {
  const Problem problem = small_problem();
  const Left left = run_search(problem, 1);
  for (const std::size_t i : left.result.front) {
    EXPECT_EQ(left.result.candidates[i].verdict.score.violation, 0);
    for (const Candidate& c : left.result.candidates)
      EXPECT_FALSE(pareto::dominates(c.verdict.score, left.result.candidates[i].verdict.score));
  }
  ASSERT_TRUE(left.result.knee.has_value());
  EXPECT_THAT(left.result.front, testing::Contains(*left.result.knee));
}

TEST(Search, CandidatesThatBreakAConstraintSaySo) {
  const Problem problem = small_problem({"constraints=[{figure: cores, at_most: 100}]"});
  const Left left = run_search(problem, 1);
  int infeasible = 0;
  for (const Candidate& c : left.result.candidates) {
    const double cores = c.figures.at("cores").value;
    EXPECT_EQ(c.verdict.score.violation > 0, cores > 100);
    if (cores <= 100) continue;
    ++infeasible;
    EXPECT_THAT(c.verdict.reason, HasSubstr("is above 100"));
  }
  EXPECT_GT(infeasible, 0);
  EXPECT_EQ(left.result.trace.back().infeasible, infeasible);
}

TEST(Search, TheSurrogateSaysWhatItRuledOut) {
  const Left left = run_search(small_problem(), 1);
  bool screened = false;
  for (const TracePoint& p : left.result.trace) screened |= p.screened;
  ASSERT_TRUE(screened);
  EXPECT_THAT(left.dump, HasSubstr("| surrogate: not among the 12 most promising of"));
  const Left without = run_search(small_problem({"surrogate.enabled=false"}), 1);
  EXPECT_THAT(without.dump, testing::Not(HasSubstr("surrogate:")));
}

TEST(Search, TheHypervolumeOfTheTraceNeverFalls) {
  const Left left = run_search(small_problem(), 1);
  double before = 0;
  for (const TracePoint& p : left.result.trace) {
    ASSERT_TRUE(p.hypervolume.has_value());
    EXPECT_GE(*p.hypervolume, before);
    before = *p.hypervolume;
  }
  EXPECT_GT(before, 0);
}

TEST(Search, ABudgetInMinutesIsRepeatedByItsEvaluations) {
  Hooks hooks;
  double now = 0;
  hooks.seconds = [&now] { return now += 1; };  // a second every time it is asked
  const Left timed = run_search(small_problem({"budget={minutes: 0.1}"}), 1, hooks);
  EXPECT_EQ(timed.result.stop, Stop::Minutes);
  EXPECT_GT(timed.result.evaluations, 12);
  EXPECT_LT(timed.result.evaluations, 120);
  const Left counted = run_search(
      small_problem({"budget={evaluations: " + std::to_string(timed.result.evaluations) + "}"}), 1);
  EXPECT_EQ(counted.front, timed.front);
  EXPECT_EQ(counted.candidates, timed.candidates);
}

TEST(Search, AnInterruptedSearchHasAFrontAndResumesToTheSameEnd) {
  const Problem problem = small_problem();
  const Left whole = run_search(problem, 1);
  const test::TempDirectory place;
  int stops = 0;
  for (const int after : {1, 7, 30, 31, 60, 200}) {
    archive::Archive archive(place / "a.sqlite", problem.identity, archive::Mode::Resume, "");
    Hooks hooks = quiet_hooks();
    const std::size_t known = archive.size();
    hooks.interrupted = [&] { return archive.size() >= known + static_cast<std::size_t>(after); };
    const Left left = run_search(problem, archive, 2, hooks);
    if (left.result.stop != Stop::Interrupted) {
      EXPECT_EQ(left.front, whole.front);
      EXPECT_EQ(left.candidates, whole.candidates);
      EXPECT_EQ(left.dump, whole.dump);
      continue;
    }
    ++stops;
    EXPECT_FALSE(left.result.candidates.empty());
    EXPECT_LT(left.result.evaluations, 96);
  }
  EXPECT_GE(stops, 3) << "the search must have been interrupted for this to mean anything";
  archive::Archive archive(place / "a.sqlite", problem.identity, archive::Mode::Resume, "");
  const Left again = run_search(problem, archive, 1);
  EXPECT_EQ(again.front, whole.front);
  EXPECT_EQ(again.candidates, whole.candidates);
}

/// Dear figures for what is cheap to rule out: `cores` decides before `accuracy@1d` is looked at.
class TwoSteps : public evaluate::Evaluator {
 public:
  int steps() const override { return 2; }
  evaluate::Fidelity fidelity(int step) const override {
    return step == 0 ? evaluate::Fidelity::Analytic : evaluate::Fidelity::MonteCarlo;
  }
  std::vector<std::string> figures(int step) const override {
    return step == 0 ? std::vector<std::string>{"cores"} : std::vector<std::string>{"accuracy@1d"};
  }
  evaluate::Outcome evaluate(const std::vector<int>& genes, int step) const override {
    evaluate::Outcome outcome;
    int sum = 0;
    for (std::size_t g = 0; g < genes.size(); ++g) sum += genes[g] * (static_cast<int>(g) + 1);
    if (step == 0) outcome.figures["cores"] = {static_cast<double>(sum), 0};
    if (step == 1) outcome.figures["accuracy@1d"] = {sum / 100.0, 0.01};
    if (step == 1 && sum > 40) outcome.failure = "must not be asked for";
    return outcome;
  }
};

/// The problem of `evaluator`, which gives the figures of these settings, over cells of nasbench201.
Problem problem_of(const std::shared_ptr<const evaluate::Evaluator>& evaluator,
                   std::vector<std::string> more) {
  more.insert(more.begin(),
              {"surrogate.enabled=false",
               "objectives=[{figure: accuracy@30d, goal: maximise}, {figure: cores, goal: minimise}]"});
  LoadedSettings loaded = table_settings(more);  // a table poses it; what it evaluates with is replaced
  Problem problem = pose(loaded, {});
  loaded.settings.objectives[0].figure = "accuracy@1d";
  common::Diagnostics diagnostics;
  replace_evaluator(problem, loaded, evaluator, 2, diagnostics);
  diagnostics.raise_if_any();
  return problem;
}

TEST(Search, WhatACheapStepRulesOutIsNotEvaluatedFurther) {
  const Problem problem =
      problem_of(std::make_shared<TwoSteps>(),
                 {"budget.evaluations=30", "population=10", "constraints=[{figure: cores, at_most: 40}]"});
  const Left left = run_search(problem, 2);
  EXPECT_EQ(left.result.evaluations, 30);
  int ruled_out = 0;
  for (const Candidate& c : left.result.candidates) {
    if (c.figures.at("cores").value <= 40) continue;
    ++ruled_out;
    EXPECT_EQ(c.fidelity, evaluate::Fidelity::Analytic);
    EXPECT_FALSE(c.counted) << "cheap steps are free";
    EXPECT_EQ(c.figures.count("accuracy@1d"), 0u);
  }
  EXPECT_GT(ruled_out, 0);
  EXPECT_EQ(left.result.candidates.size(), 30u + static_cast<std::size_t>(ruled_out));
  EXPECT_THAT(left.dump, HasSubstr("is above 40; not evaluated beyond 'analytic'"));
}

TEST(Search, EndedInAnyWayItEndsThereAgainWhenResumed) {
  const auto unreachable = [] {
    return problem_of(std::make_shared<TwoSteps>(), {"budget={minutes: 1000}", "population=10",
                                                     "constraints=[{figure: cores, at_most: 0.5}]"});
  };
  const std::vector<std::pair<Stop, Problem>> ways = [&] {
    std::vector<std::pair<Stop, Problem>> all;
    all.emplace_back(Stop::Minutes, small_problem({"budget={minutes: 0.1}"}));
    all.emplace_back(Stop::Exhausted, small_problem({"budget={minutes: 1000}"}));
    all.emplace_back(Stop::NothingFits, unreachable());
    return all;
  }();
  for (const auto& [stop, problem] : ways) {
    const test::TempDirectory place;
    std::optional<Left> first;
    for (int run = 0; run < 3; ++run) {
      archive::Archive archive(place / "a.sqlite", problem.identity, archive::Mode::Resume, "");
      Hooks hooks;
      double now = 0;
      hooks.seconds = [&now] { return now += 1; };
      const Left left = run_search(problem, archive, 1, hooks);
      EXPECT_EQ(left.result.stop, stop) << name_of(stop);
      EXPECT_FALSE(left.result.candidates.empty()) << name_of(stop);
      if (!first) first = left;
      EXPECT_EQ(left.front, first->front);
      EXPECT_EQ(left.candidates, first->candidates);
      EXPECT_EQ(left.result.trace.size(), first->result.trace.size());
    }
  }
}

/// What its accuracy is of so many cores.
double honest_accuracy(double cores) {
  return 0.2 + 0.01 * std::fmod(7 * cores, 10);
}

/// The step that every candidate goes through adds luck to its accuracy.
class Lucky : public TwoSteps {
 public:
  int steps() const override { return 3; }
  evaluate::Fidelity fidelity(int step) const override {
    return step == 2 ? evaluate::Fidelity::Confirmed : TwoSteps::fidelity(step);
  }
  std::vector<std::string> figures(int step) const override {
    return TwoSteps::figures(step == 2 ? 1 : step);
  }
  evaluate::Outcome evaluate(const std::vector<int>& genes, int step) const override {
    evaluate::Outcome outcome = TwoSteps::evaluate(genes, step == 2 ? 1 : step);
    outcome.failure.clear();
    if (step == 0) return outcome;
    evaluate::Figure& accuracy = outcome.figures.at("accuracy@1d");
    accuracy = {honest_accuracy(std::round(100 * accuracy.value)), 0};
    const int luck = (genes[0] * 7 + genes[1] * 3 + genes[2] * 5) % 4;
    if (step == 1) accuracy.value += 0.05 * luck;
    return outcome;
  }
};

TEST(Search, ConfirmsWhatIsInTheFront) {
  const auto confirming = [] {
    Problem problem = problem_of(std::make_shared<Lucky>(), {"budget.evaluations=60", "population=12"});
    problem.confirm_step = 2;
    return problem;
  };
  const Left lucky =
      run_search(problem_of(std::make_shared<Lucky>(), {"budget.evaluations=60", "population=12"}), 2);
  const Left left = run_search(confirming(), 2);
  const auto honest = [](const Candidate& c) { return honest_accuracy(c.figures.at("cores").value); };
  EXPECT_TRUE(std::any_of(lucky.result.front.begin(), lucky.result.front.end(), [&](std::size_t i) {
    const Candidate& c = lucky.result.candidates[i];
    return c.figures.at("accuracy@1d").value > honest(c) + 0.01;
  })) << "there must be luck for this to mean anything";
  int confirmed = 0;
  for (const Candidate& c : left.result.candidates) {
    EXPECT_EQ(c.confirmed, c.fidelity == evaluate::Fidelity::Confirmed);
    if (!c.confirmed) continue;
    ++confirmed;
    EXPECT_NEAR(c.figures.at("accuracy@1d").value, honest(c), 1e-12);
  }
  for (const std::size_t i : left.result.front) EXPECT_TRUE(left.result.candidates[i].confirmed);
  EXPECT_GT(confirmed, static_cast<int>(left.result.front.size())) << "others moved up or out";
  EXPECT_LT(confirmed, 60) << "what nobody would choose is not measured again";
  EXPECT_EQ(left.result.evaluations, 60) << "it uses no budget";
  EXPECT_EQ(left.result.trace.back().front, static_cast<int>(left.result.front.size()));

  // The same after an interruption on the way.
  const Problem problem = confirming();
  const test::TempDirectory place;
  for (const int missing : {5, 1, 0}) {
    archive::Archive archive(place / "a.sqlite", problem.identity, archive::Mode::Resume, "");
    Hooks hooks = quiet_hooks();
    int done = 0;
    hooks.final_progress = [&](evaluate::Fidelity, std::size_t, std::size_t) { ++done; };
    hooks.interrupted = [&] { return missing > 0 && done >= confirmed - missing; };
    const Left part = run_search(problem, archive, 2, hooks);
    EXPECT_EQ(part.result.stop == Stop::Interrupted, missing == 5) << missing;
    if (part.result.stop == Stop::Interrupted) continue;
    EXPECT_EQ(part.front, left.front);
    EXPECT_EQ(part.candidates, left.candidates);
    EXPECT_EQ(part.dump, left.dump);
  }
}

/// Lucky, which knows that its first figures are doubtful.
class Doubtful : public Lucky {
 public:
  evaluate::Outcome evaluate(const std::vector<int>& genes, int step) const override {
    evaluate::Outcome outcome = Lucky::evaluate(genes, step);
    if (step == 1) outcome.figures.at("accuracy@1d").error = 0.05;
    return outcome;
  }
};

TEST(Search, WhatIsDoubtfulIsNotConfirmedUnlessItIsBetterByMore) {
  const auto confirmed_with = [](const std::string& doubt) {
    Problem problem = problem_of(std::make_shared<Doubtful>(), {"budget.evaluations=60", "population=12",
                                                                "evaluator.confirm.doubt=" + doubt});
    problem.confirm_step = 2;
    const Left left = run_search(problem, 2);
    for (const std::size_t i : left.result.front) EXPECT_TRUE(left.result.candidates[i].confirmed);
    EXPECT_EQ(left.result.trace.back().front, static_cast<int>(left.result.front.size()));
    const auto& all = left.result.candidates;
    return std::count_if(all.begin(), all.end(), [](const Candidate& c) { return c.confirmed; });
  };
  const auto without = confirmed_with("0"), some = confirmed_with("1.5"), most = confirmed_with("10");
  EXPECT_LT(some, without);
  EXPECT_LE(most, some);
  EXPECT_GT(most, 0) << "the first front is confirmed whatever the doubt, which all of it share";
}

/// Like Lucky; what it confirms breaks a constraint, or is lost in the process that has `losing` set.
class Unlucky : public Lucky {
 public:
  explicit Unlucky(bool losing) : losing_(losing) {}
  evaluate::Outcome evaluate(const std::vector<int>& genes, int step) const override {
    evaluate::Outcome outcome = Lucky::evaluate(genes, step);
    if (step == 2 && genes[3] == 1) outcome.figures["accuracy@1d"] = {0.1, 0};
    if (step == 2 && genes[3] == 2 && losing_) {
      outcome = {};
      outcome.failure = "worker was killed";
      outcome.lost = true;
    }
    return outcome;
  }

 private:
  bool losing_;
};

TEST(Search, WhatIsLostOrInfeasibleWhenConfirmedLeavesTheFrontAndComesBackWhenResumed) {
  const auto problem_with = [](bool losing) {
    Problem problem = problem_of(
        std::make_shared<Unlucky>(losing),
        {"budget.evaluations=60", "population=12", "constraints=[{figure: accuracy@1d, at_least: 0.15}]"});
    problem.confirm_step = 2;
    return problem;
  };
  const Problem losing = problem_with(true), whole = problem_with(false);
  const Left expected = run_search(whole, 1);
  int infeasible = 0;
  for (const Candidate& c : expected.result.candidates)
    if (c.confirmed && c.verdict.score.violation > 0) {
      ++infeasible;
      EXPECT_EQ(c.verdict.reason, "accuracy@1d = 0.1 is below 0.15");
    }
  EXPECT_GT(infeasible, 0);

  const test::TempDirectory place;
  {
    archive::Archive archive(place / "a.sqlite", losing.identity, archive::Mode::Resume, "");
    const Left left = run_search(losing, archive, 1);
    int lost = 0;
    for (const Candidate& c : left.result.candidates) {
      lost += c.lost ? 1 : 0;
      EXPECT_FALSE(c.lost && c.confirmed);
    }
    EXPECT_GT(lost, 0);
    for (const std::size_t i : left.result.front) EXPECT_TRUE(left.result.candidates[i].confirmed);
    EXPECT_THAT(front_text(losing, left.result), HasSubstr("candidates were lost"));
  }
  archive::Archive archive(place / "a.sqlite", whole.identity, archive::Mode::Resume, "");
  const Left left = run_search(whole, archive, 1);
  EXPECT_EQ(left.front, expected.front);
  EXPECT_EQ(left.candidates, expected.candidates);
}

TEST(Search, ReportsTheIdentityOfEverythingItDependsOn) {
  const Problem problem = small_problem();
  const std::map<std::string, std::string> identity(problem.identity.begin(), problem.identity.end());
  EXPECT_EQ(identity.at("seed"), "1");
  EXPECT_EQ(identity.at("chip.mapping.tiling"), "ceil");
  EXPECT_EQ(identity.at("space.kind"), "nasbench201");
  EXPECT_EQ(identity.at("table.sha256").size(), 64u);
  EXPECT_EQ(identity.at("objectives[0].figure"), "accuracy@30d");
}

}  // namespace
}  // namespace phasecore::search
