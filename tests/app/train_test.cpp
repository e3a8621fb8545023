// phasecore train: how it finds, feeds, reads and ends with phasecore-train. A shell script stands in for the
// trainer; the real one is tested in tests/nas/train.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/app/program.hpp"

namespace phasecore {
namespace {

/// A copy of the program with a trainer of its own (or none) beside it.
class Bench {
 public:
  Bench() {
    std::filesystem::create_hard_link(PHASECORE_PROGRAM, directory_ / "phasecore", no_link_);
    if (no_link_) std::filesystem::copy_file(PHASECORE_PROGRAM, directory_ / "phasecore");
  }
  void put_trainer(const std::string& script) const {
    test::write_text(directory_ / "phasecore-train", "#!/bin/sh\n" + script);
    chmod((directory_ / "phasecore-train").c_str(), 0755);
  }
  test::CommandResult run(const std::string& arguments) const {
    return test::run_command("cd " + directory_.path() + " || exit 1; PATH=/usr/bin:/bin ./phasecore train " +
                             arguments);
  }

 private:
  test::TempDirectory directory_;
  std::error_code no_link_;
};

TEST(Train, WithoutTheTrainerSaysWhatIsMissing) {
  const Bench bench;
  const auto result = bench.run("x.yaml");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(
      result.err,
      "error: there is no program phasecore-train, neither beside phasecore nor on PATH; it is built with "
      "libtorch (-DPHASECORE_TRAIN=ON)\n");
}

TEST(Train, PassesItsArgumentsOn) {
  const Bench bench;
  bench.put_trainer("for a in \"$@\"; do echo \"<$a>\"; done\n");
  const auto result =
      bench.run("--set seed=3 x.yaml --out 'a b.onnx' --resume --set 'network.genes=stages=2 x=1'");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "<x.yaml>\n<--set>\n<seed=3>\n<--set>\n<network.genes=stages=2 x=1>\n<--resume>\n<--out>\n<a "
            "b.onnx>\n");
}

TEST(Train, ShowsProgressInWords) {
  const Bench bench;
  bench.put_trainer(
      R"(echo '{"epoch":1,"epochs":14,"learning_rate":0.09,"loss":0.8661,"validation_accuracy":0.781,)"
      R"("noisy_validation_accuracy":0.7052,"eta_s":1281.0}'
echo '{"epoch":2,"epochs":14,"learning_rate":0.09,"loss":0.5,"validation_accuracy":0.8,)"
      R"("noisy_validation_accuracy":null,"eta_s":0}'
printf '{"output":"x.onnx","parameters":77418,"validation_accuracy":0.937,"test_accuracy":0.9301}'
)");
  const auto result = bench.run("x.yaml");
  EXPECT_EQ(result.out,
            "epoch 1/14: loss 0.8661, validation 78.10 %, with weight errors 70.52 %, 21.4 min left\n"
            "epoch 2/14: loss 0.5000, validation 80.00 %\n"
            "written: x.onnx, 93.01 % of the test part correct\n");
}

TEST(Train, ShowsTheNetworksThatASupernetWatches) {
  const Bench bench;
  bench.put_trainer(
      R"(echo '{"epoch":1,"epochs":8,"learning_rate":0.05,"largest_loss":0.42711,"random_loss":0.6603,"watched":)"
      R"([{"genes":"a=1","accuracy":0.887,"noisy_accuracy":0.8795},{"genes":"a=2","accuracy":0.838,)"
      R"("noisy_accuracy":0.8}],"eta_s":600}')"
      "\n");
  EXPECT_EQ(bench.run("x.yaml").out,
            "epoch 1/8: loss 0.4271 (large), 0.6603 (others); watched: 88.7 % 83.8 %, 10.0 min left\n");
}

TEST(Train, EndsAsTheTrainerEnds) {
  const Bench bench;
  bench.put_trainer("echo 'x.yaml: error: bad' >&2; exit 2\n");
  const auto bad = bench.run("x.yaml");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.err, "x.yaml: error: bad\n");
  bench.put_trainer("kill -9 $$\n");
  EXPECT_NE(bench.run("x.yaml; echo ended with $?").out.find("ended with 137"), std::string::npos);
}

TEST(Train, SignalsReachTheTrainer) {
  const Bench bench;
  bench.put_trainer("trap 'echo stopped; exit 7' TERM\necho ready\nwhile :; do sleep 0.05; done\n");
  const auto result = bench.run(
      "x.yaml > out & p=$!; until grep -q ready out; do sleep 0.05; done; kill -TERM $p; wait $p; "
      "echo $? && cat out");
  EXPECT_EQ(result.out, "7\nready\nstopped\n");
}

TEST(Train, WantsARecipe) {
  const Bench bench;
  bench.put_trainer("exit 0\n");
  const auto result = bench.run("--resume");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "error: no TRAIN.yaml given; see phasecore train --help\n");
  EXPECT_THAT(bench.run("--sett x=1 a.yaml").err,
              testing::HasSubstr("unknown option '--sett'; did you mean '--set'?"));
}

}  // namespace
}  // namespace phasecore
