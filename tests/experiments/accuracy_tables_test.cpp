// experiments/claims.sh and unknown_speaker.sh with programs that answer at once: their rows, what they ask
// for, what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/support/programs.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// `phasecore simulate`: one report for all, or a refusal while there is a file `fails` beside it.
constexpr char kProgram[] = R"(#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
[ -e "$(dirname "$0")/fails" ] && { echo "out of memory" >&2; exit 3; }
point='{"mean":0.8,"ci95_low":0.75,"ci95_high":0.85,"std":0.01}'
echo '{"model":{"parameters":1000},"mapping":{"cores_used":7},"totals":{"latency_ns":12345,"energy_nj":6789},
  "accuracy":{"samples":40,"float":0.9,"quantized":0.89,"avm_pp":1.5,"avm_pp_ci95_low":1,"avm_pp_ci95_high":2,
  "points":['$point,$point,$point,$point']}}'
)";

/// Writes the file that --out names, or fails and leaves a checkpoint while there is a file `fails` beside
/// it.
constexpr char kTrainer[] = R"(#!/bin/sh
echo "$*" >>"$(dirname "$0")/trained"
out=$(echo "$*" | sed 's/.*--out \([^ ]*\).*/\1/')
[ -e "$(dirname "$0")/fails" ] && { echo "no space left"; touch "$out.checkpoint"; exit 3; }
echo network >"$out"
)";

class AccuracyTables : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, text] : {std::pair{"program", kProgram}, {"trainer", kTrainer}})
      test::write_program(place_ / name, text);
    test::write_text(place_ / "test_batch.bin", "");
    fs::create_directory(place_ / "digits");
    for (const char* recording : {"0_anna_0.wav", "1_anna_0.wav", "0_ben_0.wav"})
      test::write_text((place_ / "digits/") + recording, "");
  }
  test::CommandResult claims(const std::string& table) const {
    return test::run_command("'" + test::source_path("experiments/claims.sh") + "' " + table + " " +
                             place_.path() + " " + (place_ / "program"));
  }
  test::CommandResult unknown_speaker(const std::string& options = "") const {
    return test::run_command("'" + test::source_path("experiments/unknown_speaker.sh") + "' --data " +
                             (place_ / "digits") + " --out " + (place_ / "out") + " --program " +
                             (place_ / "program") + " --trainer " + (place_ / "trainer") + " " + options);
  }
  std::string text(const std::string& name) const { return test::read_text(place_ / name); }
  test::TempDirectory place_;
};

TEST_F(AccuracyTables, ARowPerShippedNetworkAndCompensation) {
  const auto result = claims("networks");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      result.out,
      HasSubstr("| resnet8-cifar10-hwa | 1000 | adabs | 90 | 80 (75 .. 85) | 80 (75 .. 85) | 80 (75 .. 85) "
                "| 80 (75 .. 85) | 1.5 (1 .. 2) | 1 | 12.35 | 6.79 | 7 |\n"));
  EXPECT_THAT(text("calls"), HasSubstr("simulate zoo:resnet8-cifar10 --data cifar10:"));
  EXPECT_THAT(text("calls"), testing::Not(HasSubstr("interlayer")));
}

TEST_F(AccuracyTables, RowsOfTheNamedNetworksOnly) {
  ::setenv("NETWORKS", "resnet8 resnet32", 1);
  const auto result = claims("networks");
  ::unsetenv("NETWORKS");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2 + 2 * 2) << "plain, hardware-aware";
  EXPECT_THAT(result.err, HasSubstr("claims.sh: no zoo:resnet32-cifar10: left out\n"));
}

TEST_F(AccuracyTables, TheChipsOwnNetworkErrorByErrorBesideWhatWasMeasuredOnIt) {
  const auto result = claims("chip");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("| - | none (float) | 90 | | | 93.67 | | |\n"
                                    "| - | codes | 89 | | 1 | 93.43 | 0.24 | |\n"));
  EXPECT_THAT(result.out,
              HasSubstr("| hermes-1 | all | 80 (75 .. 85) | 1 | 10 | 92.23 | 1.44 | 80 (75 .. 85) |\n"));
  EXPECT_THAT(text("calls"), HasSubstr("--device hermes-1 --compensation gdc --set adc.law=linear"));
}

TEST_F(AccuracyTables, OnlyProductsOnTheChipGoThroughTheHost) {
  ASSERT_EQ(claims("host").exit_code, 0);
  EXPECT_THAT(text("calls"), HasSubstr("--set host.interlayer=host"));
}

TEST_F(AccuracyTables, AMeasurementThatFailsEndsTheTable) {
  test::write_text(place_ / "fails", "");
  const auto result = claims("networks");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("out of memory"));
}

TEST_F(AccuracyTables, ClaimsRefusesAnotherTableAndDataThatAreNone) {
  EXPECT_EQ(claims("network").exit_code, 2);
  fs::remove(place_ / "test_batch.bin");
  const auto result = claims("networks");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "claims.sh: error: '" + place_.path() + "' has no test_batch.bin\n");
}

TEST_F(AccuracyTables, EachSpeakerIsLeftOutOnceAndHeardInAllRecordings) {
  const auto result = unknown_speaker();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2 + 2 * 2);
  EXPECT_THAT(result.out, HasSubstr("| ds-cnn-digits-hwa | anna | 40 | 90 | 80 (75 .. 85) |"));
  const std::string trained = text("trained");
  EXPECT_THAT(trained,
              HasSubstr("configs/training/ds-cnn-digits.yaml --set data=spoken-digits-without:ben:"));
  EXPECT_THAT(trained, HasSubstr("--set start_from=" + (place_ / "out/ds-cnn-digits-ben.onnx")));
  EXPECT_THAT(text("calls"), HasSubstr("spoken-digits-without:anna:" + (place_ / "digits")));
  EXPECT_THAT(text("calls"), HasSubstr("--samples 2 ")) << "both recordings of anna";
  ASSERT_EQ(unknown_speaker().exit_code, 0);
  EXPECT_EQ(text("trained"), trained) << "what is trained is kept";
}

TEST_F(AccuracyTables, AnInterruptedTrainingGoesOn) {
  test::write_text(place_ / "fails", "");
  const auto failed = unknown_speaker();
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, HasSubstr("no space left"));
  EXPECT_THAT(failed.err, HasSubstr("unknown_speaker.sh: error: ds-cnn-digits was not trained"));
  fs::remove(place_ / "fails");
  ASSERT_EQ(unknown_speaker().exit_code, 0);
  EXPECT_THAT(text("trained"), HasSubstr("ds-cnn-digits-anna.onnx --resume\n"));
}

TEST_F(AccuracyTables, UnknownSpeakerRefusesWhatItDoesNotKnow) {
  EXPECT_EQ(unknown_speaker("--recipe resnet8").err,
            "unknown_speaker.sh: error: there is no configs/training/resnet8-hwa.yaml\n");
  EXPECT_EQ(
      unknown_speaker("--speaker anna").err,
      "unknown_speaker.sh: error: '--speaker'; allowed are --recipe --data --out --program --trainer\n");
  EXPECT_EQ(unknown_speaker("--data").err, "unknown_speaker.sh: error: --data needs a value\n");
  EXPECT_EQ(unknown_speaker("--data nowhere").exit_code, 3);
  EXPECT_EQ(unknown_speaker("--trainer nowhere").err,
            "unknown_speaker.sh: error: there is no nowhere; build it (scripts/test.sh) or name it\n");
}

}  // namespace
}  // namespace phasecore
