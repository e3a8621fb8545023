// Candidates judged by a program of the user's.
#include "nas/evaluate/command.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "common/diagnostics.hpp"
#include "tests/nas/evaluate/toy_search.hpp"
#include "tests/support/programs.hpp"

namespace phasecore::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::vector<std::string> kFigures = {"accuracy@1d", "mine"};

std::string refusal(const std::string& answer) {
  try {
    parse_answer(answer, kFigures);
  } catch (const common::EnvironmentError& e) {
    return e.what();
  }
  return "";
}

TEST(CommandAnswer, IsFiguresWithOrWithoutAnErrorOrAFailure) {
  const Outcome outcome = parse_answer(
      R"({"figures": {"accuracy@86400s": 0.5, "mine": {"value": -3, "standard_error": 0.25}}, "more": 1})",
      kFigures);
  EXPECT_EQ(outcome.figures.at("accuracy@1d"), (Figure{0.5, 0})) << "times may be written in any way";
  EXPECT_EQ(outcome.figures.at("mine"), (Figure{-3, 0.25}));
  EXPECT_EQ(parse_answer(R"({"failure": "diverged\nat 3"})", kFigures).failure, "diverged at 3");
}

TEST(CommandAnswer, IsRefusedWithWhatIsWrong) {
  EXPECT_THAT(refusal("accuracy: 3"), HasSubstr("is no JSON object: 'accuracy: 3'"));
  EXPECT_THAT(refusal("{}"), HasSubstr("neither 'figures' nor a 'failure'"));
  EXPECT_THAT(refusal(R"({"figures": {"mine": 1}})"), HasSubstr("lacks the figure 'accuracy@1d'"));
  EXPECT_THAT(refusal(R"({"figures": {"accuracy@1d": 0.5, "mine": 1, "mime": 2}})"),
              HasSubstr("the figure 'mime'; evaluator.figures are accuracy@1d, mine"));
  EXPECT_THAT(refusal(R"({"figures": {"accuracy@1d": 50, "mine": 1}})"), HasSubstr("between 0 and 1"));
  EXPECT_THAT(refusal(R"({"figures": {"accuracy@1d": null, "mine": 1}})"), HasSubstr("no number"));
  EXPECT_THAT(refusal(R"({"figures": {"accuracy@1d": {"value": 1, "error": 1}, "mine": 1}})"),
              HasSubstr("'value' and 'standard_error'"));
  EXPECT_THAT(refusal(R"({"figures": {"accuracy@1d": {"value": 1, "standard_error": -1}, "mine": 1}})"),
              HasSubstr("negative"));
  EXPECT_THAT(refusal(R"({"failure": ""})"), HasSubstr("no text"));
}

class CommandEvaluatorTest : public testing::Test {
 protected:
  /// `script` is a shell's, which has the question on its standard input.
  CommandEvaluator evaluator(const std::string& script) const {
    test::write_program(folder_ / "judge", "#!/bin/sh\n" + script);
    CommandSettings settings;
    settings.space = space_;
    settings.command = {folder_ / "judge", "word"};
    settings.figures = kFigures;
    settings.device = config::load_device("hermes-2");
    return {settings, Chips("hermes-mesh", {}, {{"adc.bits", {"6", "8"}}})};
  }
  /// Of the toy space and the second choice of the chip gene.
  std::vector<int> genes() const {
    std::vector<int> all = test::toy_genes(*space_, 0);
    all.push_back(1);
    return all;
  }

  test::TempDirectory folder_;
  std::shared_ptr<const spaces::Space> space_ = test::toy_space();
};

TEST_F(CommandEvaluatorTest, TellsTheCandidateAndTakesTheAnswer) {
  const CommandEvaluator asked = evaluator("cat > '" + (folder_ / "told") +
                                           "'\n"
                                           "network=$(sed 's/.*\"network\":\"\\([^\"]*\\)\".*/\\1/' '" +
                                           (folder_ / "told") +
                                           "')\n"
                                           "echo '{\"figures\": {\"accuracy@1d\": 0.25, \"mine\": '$(wc -c < "
                                           "$network)'}}'\n");
  const Outcome outcome = asked.evaluate(genes(), 2);
  ASSERT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.figures.at("accuracy@1d").value, 0.25);
  EXPECT_GT(outcome.figures.at("mine").value, 500) << "bytes of the network's file";
  const std::string told = test::read_text(folder_ / "told");
  EXPECT_THAT(told, HasSubstr(R"("schema":"phasecore.candidate/1")"));
  EXPECT_THAT(told, HasSubstr(R"("chip_genes":{"adc.bits":"8"})"));
  for (const auto& [name, choice] : space_->choices(test::toy_genes(*space_, 0)))
    EXPECT_THAT(told, HasSubstr("\"" + name + "\":\"" + choice + "\""));
}

TEST_F(CommandEvaluatorTest, TimesAndEnergiesComeFromTheChip) {
  const CommandEvaluator asked = evaluator("exit 1\n");
  EXPECT_EQ(asked.steps(), 3);
  const Outcome analytic = asked.evaluate(genes(), 0), cycle = asked.evaluate(genes(), 1);
  EXPECT_LE(analytic.figures.at("latency_ns").value, cycle.figures.at("latency_ns").value);
  for (int step = 0; step < 2; ++step)
    for (const auto& name : asked.figures(step))
      EXPECT_EQ(asked.evaluate(genes(), step).figures.count(name), 1u) << name;
}

TEST_F(CommandEvaluatorTest, AProgramThatFailsIsALossWithItsLastWords) {
  const auto words = [&](const std::string& script) {
    try {
      evaluator(script).evaluate(genes(), 2);
    } catch (const common::EnvironmentError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(words("echo one >&2; echo 'no licence' >&2; exit 3\n"),
              HasSubstr("the command ended with code 3: no licence"));
  EXPECT_THAT(words("kill -9 $$\n"), HasSubstr("was killed by signal 9"));
  EXPECT_THAT(words("echo text\n"), HasSubstr("is no JSON object: 'text"));
  fs::remove(folder_ / "judge");
  CommandSettings settings;
  settings.space = space_;
  settings.command = {folder_ / "judge"};
  settings.figures = kFigures;
  settings.device = config::load_device("hermes-2");
  const CommandEvaluator gone(settings, Chips("hermes-mesh", {}, {}));
  EXPECT_THROW(gone.evaluate(test::toy_genes(*space_, 0), 2), common::EnvironmentError);
}

}  // namespace
}  // namespace phasecore::evaluate
