// Racing: who is out, why, and that it is the same however it runs.
#include "nas/search/racing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "nas/evaluate/race_blocks.hpp"
#include "tests/nas/search/fixtures.hpp"

namespace phasecore::search {
namespace {

using testing::HasSubstr;

/// Cores are exact. Half of the candidates have accuracies near 0.9, the others near 0.5; blocks of images
/// differ by more than that, but in the same way for all.
class Racers : public evaluate::Evaluator {
 public:
  static double cores(const std::vector<int>& genes) { return 10 + genes[1] + genes[2]; }
  static double accuracy(const std::vector<int>& genes) {
    return (genes[0] % 2 == 0 ? 0.9 : 0.5) - 0.002 * genes[3];
  }
  int steps() const override { return 3; }
  evaluate::Fidelity fidelity(int step) const override {
    constexpr evaluate::Fidelity kSteps[] = {evaluate::Fidelity::Analytic, evaluate::Fidelity::Race,
                                             evaluate::Fidelity::MonteCarlo};
    return kSteps[step];
  }
  std::vector<std::string> figures(int step) const override {
    if (step == 0) return {"cores"};
    return step == 1 ? std::vector<std::string>{"accuracy@1d"}
                     : std::vector<std::string>{"accuracy@1d", "accuracy@1d.std"};
  }
  evaluate::Outcome evaluate(const std::vector<int>& genes, int step) const override {
    evaluate::Outcome outcome;
    if (step == 0) outcome.figures["cores"] = {cores(genes), 0};
    if (step > 0) outcome.figures["accuracy@1d"] = {accuracy(genes), 0.05};
    if (step == 2) outcome.figures["accuracy@1d.std"] = {0.01, 0};
    for (int b = 0; step == 1 && b < evaluate::kRaceBlocks; ++b)
      outcome.figures[evaluate::block_figure("accuracy@1d", b)] = {
          accuracy(genes) + 0.3 * std::sin(b) + 0.001 * std::sin(7 * b + genes[2]), 0};
    return outcome;
  }
};

LoadedSettings racing_settings(const std::string& objectives) {
  LoadedSettings loaded = table_settings({"surrogate.enabled=false", "population=12", "budget.evaluations=72",
                                          "objectives=[{figure: accuracy@30d, goal: maximise}, "
                                          "{figure: cores, goal: minimise}]"});
  common::Diagnostics none;
  const auto root = common::parse_yaml("objectives: " + objectives, "s.yaml", none);
  loaded.settings.objectives.clear();
  for (const auto& item : root.find("objectives")->items) {
    Objective o;
    o.figure = item.find("figure")->scalar;
    o.goal = item.find("goal")->scalar == "maximise" ? Goal::Maximise : Goal::Minimise;
    if (item.find("deviations") != nullptr) o.deviations = 1;
    loaded.settings.objectives.push_back(o);
  }
  loaded.root = root;
  loaded.settings.evaluator.race = RaceSettings{64, 0.05};
  return loaded;
}

constexpr const char* kObjectives =
    "[{figure: accuracy@1d, goal: maximise}, {figure: cores, goal: minimise}]";

Problem racing_problem(bool races, double level = 0.05) {
  Problem problem = pose(table_settings({}), {});
  LoadedSettings loaded = racing_settings(kObjectives);
  loaded.settings.evaluator.race->level = level;
  common::Diagnostics diagnostics;
  replace_evaluator(problem, loaded, std::make_shared<Racers>(), 3, diagnostics);
  if (races) problem.race_step = race_step_of(loaded, *problem.evaluator, diagnostics);
  diagnostics.raise_if_any();
  return problem;
}

TEST(Racing, RacesOutWhatIsClearlyDominatedAndSaysByWhom) {
  const Problem problem = racing_problem(true);
  const Left left = run_search(problem, 1);
  EXPECT_EQ(left.result.evaluations, 72) << "who is raced out counts";
  int out = 0;
  for (const Candidate& c : left.result.candidates) {
    if (c.raced_out.empty()) {
      EXPECT_EQ(c.fidelity, evaluate::Fidelity::MonteCarlo);
      continue;
    }
    ++out;
    EXPECT_GT(c.round, 1) << "nobody is known in the first round";
    EXPECT_EQ(c.fidelity, evaluate::Fidelity::Race);
    EXPECT_LT(Racers::accuracy(c.genes), 0.9);
    EXPECT_EQ(c.verdict.score.violation, 0);
    EXPECT_NEAR(c.verdict.score.objectives[0], -Racers::accuracy(c.genes), 0.01)
        << "placed by what it lost against its rival";
    for (const auto& [name, figure] : c.figures) EXPECT_FALSE(evaluate::is_block_figure(name));
  }
  EXPECT_GT(out, 10);
  EXPECT_THAT(left.dump, HasSubstr("| raced out: "));
  EXPECT_THAT(left.dump, HasSubstr("points of accuracy@1d behind candidate "));
  EXPECT_THAT(left.candidates, HasSubstr(",race,true,\"raced out: "));
  EXPECT_THAT(front_text(problem, left.result),
              HasSubstr(fmt::format("\n{} more were raced out on 64 images\n", out)));
  for (const std::size_t i : left.result.front) EXPECT_EQ(left.result.candidates[i].raced_out, "");
}

TEST(Racing, IsTheSameWithAnyNumberOfWorkersAndWhenResumed) {
  const Problem problem = racing_problem(true);
  const Left whole = run_search(problem, 1);
  EXPECT_EQ(run_search(problem, 4).dump, whole.dump);
  const test::TempDirectory place;
  for (const int after : {20, 40, 1000}) {
    archive::Archive archive(place / "a.sqlite", problem.identity, archive::Mode::Resume, "");
    Hooks hooks = quiet_hooks();
    const std::size_t known = archive.size();
    hooks.interrupted = [&] { return archive.size() >= known + static_cast<std::size_t>(after); };
    const Left left = run_search(problem, archive, 2, hooks);
    EXPECT_EQ(left.result.stop == Stop::Interrupted, after < 1000);
    if (after < 1000) continue;
    EXPECT_EQ(left.candidates, whole.candidates);
    EXPECT_EQ(left.dump, whole.dump);
  }
}

TEST(Racing, RacesOutNobodyWhoBelongsToTheFront) {
  const Left left = run_search(racing_problem(true), 1);
  for (const Candidate& c : left.result.candidates) {
    if (c.raced_out.empty()) continue;
    EXPECT_TRUE(std::any_of(left.result.front.begin(), left.result.front.end(), [&](std::size_t i) {
      const Genes& member = left.result.candidates[i].genes;
      return Racers::cores(member) <= Racers::cores(c.genes) &&
             Racers::accuracy(member) > Racers::accuracy(c.genes);
    }));
  }
}

/// Is a candidate out that is 0.05 behind, where the difference alternates by +-`swing` from block to block?
bool is_out(double swing, double spread, double level, double rival_cores = 20) {
  const Problem problem = racing_problem(true, level);
  archive::Archive archive(":memory:", problem.identity, archive::Mode::Fresh, "");
  const auto raced = [&](int gene, double cores, const std::function<double(int)>& block) {
    Candidate c;
    c.id = gene;
    c.genes = {gene};
    c.figures = {{"cores", {cores, 0}}, {"accuracy@1d", {0.5, 0}}, {"accuracy@1d.std", {spread, 0}}};
    c.verdict = problem.judge->judge(c.figures);
    archive::Evaluation e;
    e.genes = c.genes;
    e.step = 1;
    for (int b = 0; b < evaluate::kRaceBlocks; ++b)
      e.figures[evaluate::block_figure("accuracy@1d", b)] = {block(b), 0};
    archive.store(e);
    return c;
  };
  const Candidate rival =
      raced(1, rival_cores, [&](int b) { return 0.5 + 0.2 * std::sin(b) + (b % 2 == 0 ? swing : -swing); });
  const Candidate candidate = raced(2, 20, [](int b) { return 0.45 + 0.2 * std::sin(b); });
  return Racing(problem, archive, {rival}).out(candidate).has_value();
}

TEST(Racing, IsClearByStudentsTOfPairedDifferences) {
  // The standard error is swing * sqrt(16 / 15) / 4; t(0.95, 15) = 1.753, t(0.99, 15) = 2.602.
  const auto swing_of = [](double t) { return 0.05 / t * 4 / std::sqrt(16 / 15.0); };
  EXPECT_TRUE(is_out(swing_of(1.77), 0, 0.05));
  EXPECT_FALSE(is_out(swing_of(1.74), 0, 0.05));
  EXPECT_TRUE(is_out(swing_of(2.62), 0, 0.01));
  EXPECT_FALSE(is_out(swing_of(2.58), 0, 0.01));
  // The spread over programmings counts twice: 0.05 / (sqrt(2) * 0.02) = 1.768.
  EXPECT_TRUE(is_out(1e-6, 0.02, 0.05));
  EXPECT_FALSE(is_out(1e-6, 0.0203, 0.05));
  EXPECT_FALSE(is_out(1e-6, 0, 0.05, 21)) << "the rival needs more cores";
}

TEST(Racing, RefusesWhatAFewImagesCannotTell) {
  const auto refused = [](const std::string& objectives) {
    common::Diagnostics diagnostics;
    race_step_of(racing_settings(objectives), Racers(), diagnostics);
    return diagnostics.empty() ? std::string() : diagnostics.list().front().message;
  };
  EXPECT_EQ(refused(kObjectives), "");
  EXPECT_THAT(refused("[{figure: accuracy@1d, goal: maximise, deviations: 1}]"),
              HasSubstr("'accuracy@1d' with 'deviations' is neither"));
  EXPECT_THAT(refused("[{figure: accuracy@1d.std, goal: minimise}]"), HasSubstr("is neither"));
  EXPECT_THAT(refused("[{figure: cores, goal: minimise}]"), HasSubstr("needs an objective that is"));
}

TEST(Racing, BelongsToEvaluatorsWithImages) {
  EXPECT_THAT(test::input_error([] { table_settings({"evaluator.race={images: 64, level: 0.05}"}); }),
              HasSubstr("'race' is for the evaluators 'supernet', 'train' and 'networks'"));
  EXPECT_THAT(
      test::input_error([] { load_settings("fashion-mesh", {"evaluator.race={images: 24, level: 0.05}"}); }),
      HasSubstr("a multiple of 16"));
  EXPECT_THAT(
      test::input_error([] { load_settings("fashion-mesh", {"evaluator.race={images: 512, level: 0.05}"}); }),
      HasSubstr("no more images than 'monte_carlo'"));
}

}  // namespace
}  // namespace phasecore::search
