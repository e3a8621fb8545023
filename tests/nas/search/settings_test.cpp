#include "nas/search/settings.hpp"

#include <gmock/gmock.h>

#include "tests/support/support.hpp"

namespace phasecore::search {
namespace {

using test::TempDirectory;
using testing::HasSubstr;

/// The message that a search file with this text is refused with.
std::string refusal(const std::string& text, const std::vector<std::string>& assignments = {}) {
  const TempDirectory place;
  test::write_text(place / "s.yaml", text);
  return test::input_error([&] { load_settings(place / "s.yaml", assignments); });
}

TEST(SearchSettings, ShippedSearchesLoad) {
  for (const char* name : {"fashion-mesh", "cifar-mesh", "digits-mesh", "demo"})
    EXPECT_NO_THROW(load_settings(name, {})) << name;
  const LoadedSettings bench = load_settings("analognas-bench", {"evaluator.table=t.csv"});
  EXPECT_EQ(bench.settings.budget.evaluations, 256);
  EXPECT_EQ(bench.settings.objectives.size(), 2u);
  EXPECT_EQ(load_settings("demo", {}).settings.objectives.size(), 3u) << "from its base";
}

TEST(SearchSettings, ResolvedSettingsReadBackEqual) {
  for (const char* name : {"fashion-mesh", "cifar-mesh", "digits-mesh", "demo"}) {
    const std::string text = common::dump_fields(load_settings(name, {"seed=7"}).settings);
    const TempDirectory place;
    test::write_text(place / "s.yaml", text);
    EXPECT_EQ(common::dump_fields(load_settings(place / "s.yaml", {}).settings), text) << name;
  }
}

TEST(SearchSettings, AllProblemsAreReportedAtOnceWithTheirPlaces) {
  const std::string message = refusal(
      "population: 1\n"
      "seeed: 3\n"
      "algorithm: nsga3\n"
      "objectives:\n"
      "  - {figure: cores, goal: smallest}\n"
      "constraints:\n"
      "  - {figure: cores}\n"
      "budget: {evaluations: many}\n");
  EXPECT_THAT(message, HasSubstr("s.yaml:1:13: error: 'population' is 1; allowed is 2 to 100000"));
  EXPECT_THAT(message, HasSubstr("s.yaml:2:1: error: unknown key 'seeed'; did you mean 'seed'?"));
  EXPECT_THAT(message, HasSubstr("s.yaml:5:27: error: 'objectives[0].goal' is 'smallest'"));
  EXPECT_THAT(message, HasSubstr("'constraints[0]': a constraint needs 'at_most' or 'at_least'"));
  EXPECT_THAT(message, HasSubstr("'budget.evaluations' is 'many'; expected an integer"));
}

TEST(SearchSettings, RulesOverSeveralKeysAreChecked) {
  const std::string objective =
      "objectives: [{figure: cores, goal: minimise}]\nevaluator: {kind: table, table: t}\n";
  EXPECT_THAT(refusal("evaluator: {kind: table, table: t}\n"), HasSubstr("there are no objectives"));
  EXPECT_THAT(refusal("objectives: [{figure: cores, goal: minimise}]\nevaluator: {kind: table}\n"),
              HasSubstr("--set evaluator.table=PATH"));
  EXPECT_THAT(refusal(objective, {"evaluator.kind=train"}), HasSubstr("'train' needs a 'recipe'"));
  EXPECT_THAT(refusal(objective, {"evaluator.fine_tune_epochs=2"}),
              AllOf(HasSubstr("'fine_tune_epochs' needs a 'recipe'"), HasSubstr("no networks to fine-tune")));
  EXPECT_THAT(refusal(objective, {"evaluator.recipe_set=[epochs=2]"}),
              HasSubstr("'recipe_set' needs a 'recipe'"));
  EXPECT_THAT(refusal(objective + "algorithm: nsga3\n"), HasSubstr("did you mean 'nsga2'?"));
  EXPECT_THAT(refusal(objective, {"budget={}"}), HasSubstr("'budget' needs 'evaluations' or 'minutes'"));
  EXPECT_THAT(refusal(objective + "constraints: [{figure: cores, at_most: 3, at_least: 4}]\n"),
              HasSubstr("'at_least' exceeds 'at_most'"));
  EXPECT_THAT(refusal(objective + "chip_genes: [{key: adc.bits, choices: [6], ordered: true}]\n"),
              HasSubstr("at least two choices"));
  EXPECT_THAT(refusal(objective + "chip_genes: [{key: adc.bits, choices: [6, 8, 6], ordered: true}]\n"),
              HasSubstr("a choice is given twice"));
}

TEST(SearchSettings, AKeyIsAChipGeneOnce) {
  EXPECT_THAT(refusal("base: demo\nchip_genes:\n"
                      "  - {key: adc.bits, choices: [6, 8]}\n"
                      "  - {key: crossbar.rows, choices: [128, 256]}\n"
                      "  - {key: adc.bits, choices: [7, 9]}\n"),
              HasSubstr("s.yaml:5:11: error: 'adc.bits' is a chip gene twice"));
}

TEST(SearchSettings, ABudgetReplacesTheDefaultAsAWhole) {
  const TempDirectory place;
  test::write_text(place / "s.yaml",
                   "objectives: [{figure: cores, goal: minimise}]\nevaluator: {kind: table, table: t}\n"
                   "budget: {minutes: 15}\n");
  const Settings settings = load_settings(place / "s.yaml", {}).settings;
  EXPECT_FALSE(settings.budget.evaluations.has_value());
  EXPECT_EQ(settings.budget.minutes, 15);
  test::write_text(place / "again.yaml", common::dump_fields(settings));
  EXPECT_FALSE(load_settings(place / "again.yaml", {}).settings.budget.evaluations.has_value());
}

TEST(SearchSettings, UnknownNamesOfSearchesAreRefusedWithTheShippedOnes) {
  const std::string message = test::input_error([] { load_settings("analognas-bank", {}); });
  EXPECT_THAT(message, HasSubstr("there is no search 'analognas-bank'"));
  EXPECT_THAT(message, HasSubstr("did you mean 'analognas-bench'?"));
}

TEST(SearchSettings, TimesInFiguresHaveOneSpelling) {
  EXPECT_EQ(canonical_figure("accuracy@86400s"), "accuracy@1d");
  EXPECT_EQ(canonical_figure("accuracy@86400s.std"), "accuracy@1d.std");
  EXPECT_EQ(canonical_figure("accuracy@1.5h"), "accuracy@90min");
  EXPECT_EQ(canonical_figure("accuracy@90s"), "accuracy@90s");
  EXPECT_EQ(canonical_figure("accuracy@digital"), "accuracy@digital");
  EXPECT_EQ(canonical_figure("cores"), "cores");
  EXPECT_EQ(figure_time_s("plain.accuracy@1h.std"), 3600);
  EXPECT_FALSE(figure_time_s("accuracy@soon").has_value());
  EXPECT_FALSE(figure_time_s("accuracy@1x").has_value());
}

TEST(SearchSettings, GoalsAreUnderstoodInBothSpellings) {
  for (const char* goal : {"maximise", "maximize"})
    EXPECT_EQ(load_settings("demo", {std::string("objectives=[{figure: cores, goal: ") + goal + "}]"})
                  .settings.objectives[0]
                  .goal,
              Goal::Maximise);
  const LoadedSettings least = load_settings("demo", {"objectives=[{figure: cores, goal: minimize}]"});
  EXPECT_EQ(least.settings.objectives[0].goal, Goal::Minimise);
  EXPECT_THAT(common::dump_fields(least.settings), HasSubstr("goal: minimise"));
  EXPECT_EQ(canonical_figure("accuracy@quantised"), "accuracy@quantized");
}

TEST(SearchSettings, AChipGeneIsUnorderedUnlessItSaysOtherwise) {
  const auto gene = [](const std::string& more) {
    return load_settings("demo", {"chip_genes=[{key: adc.bits, choices: [6, 8]" + more + "}]"}).settings;
  };
  EXPECT_EQ(gene("").chip_genes[0].ordered, false);
  EXPECT_EQ(gene(", ordered: true").chip_genes[0].ordered, true);
  EXPECT_EQ(common::dump_fields(gene("")), common::dump_fields(gene(", ordered: false")))
      << "one search, however it is written";
}

TEST(SearchSettings, ACommandNeedsItsFiguresAndIsForItsOwnEvaluatorAlone) {
  const test::TempDirectory place;
  const auto load = [&](const std::string& evaluator) {
    test::write_text(place / "s.yaml",
                     "objectives: [{figure: mine, goal: minimise}]\nevaluator: " + evaluator);
    return load_settings(place / "s.yaml", {}).settings.evaluator;
  };
  EXPECT_EQ(load("{kind: command, command: [sh, x], figures: [accuracy@86400s, mine]}").figures,
            (std::vector<std::string>{"accuracy@1d", "mine"}));
  EXPECT_THAT(test::input_error([&] { load("{kind: command}"); }),
              testing::AllOf(HasSubstr("needs a 'command'"), HasSubstr("needs the names of its 'figures'")));
  EXPECT_THAT(test::input_error([&] { load("{supernet: a.yaml, command: [sh], figures: [mine]}"); }),
              HasSubstr("'command' is for the evaluator 'command'"));
}

TEST(SearchSettings, EveryKeyThatTheDefaultsHaveMayBeLeftOut) {
  const common::YamlNode defaults = common::merged_settings(search_files, "defaults");
  const test::TempDirectory place;
  const std::string file = place / "least.yaml";
  test::write_text(file, "objectives: [{figure: cores, goal: minimise}]\nevaluator: {supernet: a.yaml}\n");
  const std::string resolved = "\n" + common::dump_fields(load_settings(file, {}).settings);
  for (const auto& member : defaults.members)
    EXPECT_THAT(resolved, HasSubstr("\n" + member.key + ":")) << member.key;
}

TEST(SearchSettings, AvmAddsTheTimesThatItIsTheDifferenceOf) {
  const LoadedSettings loaded =
      load_settings("fashion-mesh", {"evaluator.times=[1d]", "constraints=[{figure: avm_pp, at_most: 5}]"});
  EXPECT_EQ(times_s(loaded.settings), (std::vector<double>{1, 86400, 2592000}));
  EXPECT_EQ(times_s(load_settings("demo", {}).settings), (std::vector<double>{86400}))
      << "nobody asks for it";
}

TEST(SearchSettings, TimesOfFiguresAreReadToo) {
  const LoadedSettings loaded =
      load_settings("fashion-mesh", {"constraints=[{figure: accuracy@90s.std, at_most: 0.1}]"});
  EXPECT_EQ(times_s(loaded.settings), (std::vector<double>{1, 90, 86400, 2592000}));
}

}  // namespace
}  // namespace phasecore::search
