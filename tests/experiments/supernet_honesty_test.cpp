// experiments/supernet_honesty.sh with programs that answer at once: what fails, what is kept, what is
// refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/programs.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// `phasecore cut --spread N` and `phasecore simulate`; the accuracy of network 00N is 0.8N. A model that has
/// a neighbour MODEL.bad is answered as that file says.
constexpr char kProgram[] = R"(#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
case $1 in
cut)
  mkdir -p "$8"
  echo network,parameters,macs,genes >"$8/networks.csv"
  for i in $(seq "$4"); do
    echo "00$i.onnx,$i,${i}00,g=$i" >>"$8/networks.csv"
    echo network >"$8/00$i.onnx"
  done ;;
simulate)
  n=$(basename "$2" .onnx); n=${n#00}
  [ -e "$2.bad" ] && . "$2.bad"
  echo '{"accuracy":{"float":0.8'$n',"points":[{"mean":0.7'$n',"ci95_low":0,"ci95_high":3.92}]}}' ;;
esac
)";

/// Writes the file that --out names, or does as bad.sh says.
constexpr char kTrainer[] = R"(#!/bin/sh
echo "$*" >>"$(dirname "$0")/trained"
case $* in *--resume*) echo resumed >>"$(dirname "$0")/resumed" ;; esac
out=$(echo "$*" | sed 's/.*--out \([^ ]*\).*/\1/')
[ -e "$(dirname "$0")/bad.sh" ] && . "$(dirname "$0")/bad.sh"
echo network >"$out"
)";

class SupernetHonesty : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, text] : {std::pair{"program", kProgram}, {"trainer", kTrainer}})
      test::write_program(place_ / name, text);
  }
  test::CommandResult run(const std::string& options) const {
    return test::run_command("'" + test::source_path("experiments/supernet_honesty.sh") + "' --program " +
                             (place_ / "program") + " --trainer " + (place_ / "trainer") + " --out " +
                             (place_ / "out") + " " + options);
  }
  int lines(const std::string& name) const {
    if (!fs::exists(place_ / name)) return 0;
    const std::string text = test::read_text(place_ / name);
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }
  test::TempDirectory place_;
};

TEST_F(SupernetHonesty, TrainsMeasuresAndComparesEveryNetwork) {
  const auto result = run("--networks 7 --workers 2");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines("trained"), 7);
  EXPECT_EQ(lines("out/honesty.csv"), 8);
  EXPECT_THAT(test::read_text(place_ / "out/honesty.csv"),
              HasSubstr("\n003,3,300,0.83,0.73,1,0.83,0.73,1,g=3\n"));
  EXPECT_THAT(result.out, HasSubstr("| inherited accuracy | digital | 1.00 |"));
  // Once more: nothing is done again.
  EXPECT_EQ(run("--networks 7").exit_code, 0);
  EXPECT_EQ(lines("trained"), 7);
  EXPECT_EQ(lines("calls"), 1 + 4 * 7);
}

TEST_F(SupernetHonesty, ATrainingThatFailsFailsTheScriptAndItGoesOnThere) {
  test::write_text(place_ / "bad.sh", "case $out in *002.onnx) echo no memory >&2; exit 3 ;; esac\n");
  for (const char* workers : {"2", "1", "9"}) {
    const auto result = run("--networks 7 --workers " + std::string(workers));
    EXPECT_EQ(result.exit_code, 1) << workers;
    EXPECT_THAT(result.err, HasSubstr("network 002: see ")) << workers;
    EXPECT_THAT(result.err, HasSubstr("failed: 002;")) << workers;
    EXPECT_FALSE(fs::exists(place_ / "out/alone/002.csv")) << workers;
    EXPECT_FALSE(fs::exists(place_ / "out/honesty.csv")) << workers;
  }
  EXPECT_THAT(test::read_text(place_ / "out/alone/002.log"), HasSubstr("no memory"));
  const int before = lines("trained");
  fs::remove(place_ / "bad.sh");
  test::write_text(place_ / "out/alone/002.onnx.checkpoint", "");
  EXPECT_EQ(run("--networks 7").exit_code, 0);
  EXPECT_EQ(lines("trained"), before + 1) << "the others are kept";
  EXPECT_EQ(lines("resumed"), 1);
}

// Either of the two measurements: the first one's status is as good as the second's.
TEST_F(SupernetHonesty, AMeasurementThatFailsOrSaysNothingFailsTheScript) {
  ASSERT_EQ(run("--networks 7").exit_code, 0);
  for (const char* model : {"inherited/004.onnx", "alone/004.onnx"})
    for (const char* answer : {"exit 1", "echo '{}'; exit 0", "exit 0"}) {
      const std::string bad = (place_ / "out/") + model + ".bad";
      test::write_text(bad, answer);
      fs::remove(place_ / "out/alone/004.csv");
      fs::remove(place_ / "out/honesty.csv");
      const auto result = run("--networks 7 --workers 2");
      EXPECT_EQ(result.exit_code, 1) << model << ": " << answer;
      EXPECT_THAT(result.err, HasSubstr("failed: 004;")) << model << ": " << answer;
      EXPECT_FALSE(fs::exists(place_ / "out/alone/004.csv")) << model << ": " << answer;
      EXPECT_FALSE(fs::exists(place_ / "out/honesty.csv")) << model << ": " << answer;
      fs::remove(bad);
    }
}

TEST_F(SupernetHonesty, ATornLineOfResultsIsMeasuredAgain) {
  ASSERT_EQ(run("--networks 7").exit_code, 0);
  const std::string table = test::read_text(place_ / "out/honesty.csv");
  for (const char* torn : {"", "0.85,0.75,0.1,", "0.85,0.75,0.1,0.85,0.75\n", ",,,0.85,0.75,0.1\n"}) {
    test::write_text(place_ / "out/alone/005.csv", torn);
    ASSERT_EQ(run("--networks 7").exit_code, 0) << torn;
    EXPECT_EQ(test::read_text(place_ / "out/honesty.csv"), table) << torn;
  }
  EXPECT_EQ(lines("trained"), 7);
}

TEST_F(SupernetHonesty, RefusesAnotherNumberOfNetworksAndBadOptions) {
  ASSERT_EQ(run("--networks 7").exit_code, 0);
  const auto other = run("--networks 8");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("/inherited has 7 networks, not 8; give --networks 7, or another --out"));
  EXPECT_EQ(lines("trained"), 7);
  EXPECT_EQ(run("--workers 0").err, "supernet_honesty.sh: error: --workers is '0'; allowed is 1 or more\n");
  EXPECT_EQ(run("--networks").err, "supernet_honesty.sh: error: --networks needs a value\n");
  EXPECT_EQ(run("--worker 2").exit_code, 2);
}

TEST_F(SupernetHonesty, TheSupernetSaysByWhichRecipeNetworksAreTrainedAlone) {
  ASSERT_EQ(run("--networks 7 --supernet cifar10").exit_code, 0);
  const std::string trained = test::read_text(place_ / "trained");
  EXPECT_THAT(trained, HasSubstr("configs/training/alone-cifar10.yaml"));
  EXPECT_THAT(trained, testing::Not(HasSubstr("interlayer"))) << "rounded as chips do by default";
  EXPECT_THAT(test::read_text(place_ / "calls"), HasSubstr("cut zoo:supernet-cifar10 "));
  const auto other = run("--networks 7");
  EXPECT_EQ(other.exit_code, 2) << "networks of two supernets in one directory";
  EXPECT_THAT(other.err, HasSubstr("/out is of supernet-cifar10; give another --out"));
  const auto unknown = run("--supernet mnist");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("--supernet is 'mnist'; there is no configs/training/alone-mnist.yaml"));
}

}  // namespace
}  // namespace phasecore
