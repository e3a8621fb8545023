#include "nas/evaluate/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "models/graph/fold.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/nas/evaluate/toy_search.hpp"
#include "tests/support/programs.hpp"

namespace phasecore::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A program with phasecore-train's command line that "trains" by copying its network, or what it starts
/// from, and writes its arguments to a file beside itself.
constexpr char kStandIn[] = R"sh(#!/bin/sh
echo "$*" >> "$0.calls"
recipe=$1; shift
while [ $# -gt 0 ]; do
  case "$1" in
    --set) value=${2#*=}; value=${value#\"}; value=${value%\"}
      case "$2" in
        network=*) network=$value ;;
        start_from=*) network=$value ;;
        name=\"die\") kill -9 $$ ;;
        seed=2) echo "recipe.yaml:1:1: error: no" >&2; exit 2 ;;
        seed=3) printf '10 %%\rdisk full\n' >&2; exit 3 ;;
        seed=70) echo "a bug" >&2; exit 70 ;;
      esac; shift ;;
    --out) out=$2; shift ;;
    --resume) resumed=yes ;;
  esac
  shift
done
if [ -n "$resumed" ] && [ -e "$0.moved" ]; then rm "$0.moved"; echo "other settings" >&2; exit 2; fi
if [ -e "$0.interrupt" ]; then rm "$0.interrupt"; touch "$out.checkpoint"; exit 3; fi
echo '{"epoch":1}'
cp "$network" "$out"
)sh";

class WithTrainer : public testing::Test {
 protected:
  WithTrainer() {
    test::write_program(program(), kStandIn);
    test::write_text(folder_ / "recipe.yaml", "name: any\n");
  }
  std::string program() const { return folder_ / "stand-in"; }
  std::string calls() const { return test::read_text(program() + ".calls"); }
  Trainer trainer(std::vector<std::string> assignments = {}) const {
    return Trainer(
        {folder_ / "recipe.yaml", std::move(assignments), folder_ / "networks/trained", program()});
  }
  graph::Network network(int seed = 1) const {
    const auto space = test::toy_space();
    return space->network(test::toy_genes(*space, 0), seed);
  }

  test::TempDirectory folder_;
};

using TrainerTest = WithTrainer;

TEST(Assignment, KeepsAnyText) {
  const std::string text = "speech-commands:/a b/#c: \"d\\e\"";
  common::Diagnostics wrong;
  common::YamlNode root;
  common::set_yaml(root, assignment("data", text), wrong);
  EXPECT_TRUE(wrong.empty());
  ASSERT_NE(root.find("data"), nullptr);
  EXPECT_EQ(root.find("data")->scalar, text);
}

TEST_F(TrainerTest, TrainsOnceAndReadsAfterwards) {
  const Trainer one = trainer({"epochs=3"});
  EXPECT_EQ(onnx::serialize(one.train(network())), onnx::serialize(network()));
  EXPECT_EQ(onnx::serialize(trainer({"epochs=3"}).train(network())), onnx::serialize(network()));
  const std::string told = calls();
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1);
  EXPECT_THAT(told, HasSubstr(".yaml --set epochs=3 --set name=\"resnet-elastic\" --set network=\"/"));
  EXPECT_THAT(told, testing::Not(HasSubstr("start_from")));
}

TEST_F(TrainerTest, TrainsAgainWhatDependsOnSomethingElse) {
  trainer().train(network());
  trainer({"epochs=3"}).train(network());
  trainer().train(network(2));
  test::write_text(folder_ / "recipe.yaml", "name: other\n");
  trainer().train(network());
  const std::string told = calls();
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 4);
}

TEST_F(TrainerTest, FineTunesFromGivenWeights) {
  const graph::Network start = *graph::fold(network(9));
  EXPECT_EQ(onnx::serialize(trainer({"epochs=40"}).fine_tune(network(), start, 2)), onnx::serialize(start));
  EXPECT_THAT(calls(), HasSubstr("--set epochs=40 --set epochs=2 --set warmup_epochs=0 --set "
                                 "hardware.noise_ramp_epochs=0 --set name="));
  EXPECT_THAT(calls(), HasSubstr("--set start_from="));
}

TEST_F(TrainerTest, ContinuesAnInterruptedTraining) {
  test::write_text(program() + ".interrupt", "");
  EXPECT_THAT(test::environment_error([&] { trainer().train(network()); }), HasSubstr("code 3"));
  trainer().train(network());
  EXPECT_THAT(calls(), HasSubstr("--resume"));
  for (const auto& entry : fs::directory_iterator(folder_ / "networks/trained"))
    EXPECT_EQ(entry.path().string().find(".working."), std::string::npos) << entry.path();
}

TEST_F(TrainerTest, BeginsAgainWhereACheckpointDoesNotFit) {
  test::write_text(program() + ".interrupt", "");
  EXPECT_THAT(test::environment_error([&] { trainer().train(network()); }), HasSubstr("code 3"));
  test::write_text(program() + ".moved", "");
  EXPECT_EQ(onnx::serialize(trainer().train(network())), onnx::serialize(network()));
  const std::string told = calls();
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 3) << "interrupted, refused, begun again";
}

TEST_F(TrainerTest, TellsWhoseFaultAFailureIs) {
  EXPECT_THAT(test::input_error([&] { trainer({"seed=2"}).train(network()); }),
              HasSubstr("phasecore-train ended with code 2: recipe.yaml:1:1: error: no"));
  EXPECT_EQ(test::environment_error([&] { trainer({"seed=3"}).train(network()); }),
            "phasecore-train ended with code 3: disk full");
  EXPECT_EQ(test::internal_error([&] { trainer({"seed=70"}).train(network()); }),
            "phasecore-train ended with code 70: a bug");
  graph::Network dies = network();
  dies.name = "die";
  EXPECT_THAT(test::environment_error([&] { trainer().train(dies); }), HasSubstr("killed by signal 9"));
  EXPECT_THAT(test::environment_error([&] {
                Trainer({folder_ / "recipe.yaml", {}, "", folder_ / "none"});
              }),
              HasSubstr("cannot be executed"));
  EXPECT_THAT(test::input_error([&] {
                Trainer({folder_ / "absent.yaml", {}, "", program()});
              }),
              HasSubstr("absent.yaml"));
}

TEST_F(TrainerTest, GivesTheSimulatorItsNetworks) {
  auto settings = test::toy_settings();
  const auto genes = test::toy_genes(*settings.space, 0);
  const SimulatedEvaluator known(settings, {"hermes-mesh", {}, {}});
  settings.weights = [trainer = trainer(), space = settings.space](const spaces::Genes& g) {
    return *graph::fold(trainer.train(space->network(g, 5)));
  };
  const SimulatedEvaluator evaluator(settings, {"hermes-mesh", {}, {}});
  EXPECT_EQ(evaluator.evaluate(genes, 2), known.evaluate(genes, 2));
  EXPECT_EQ(evaluator.evaluate(genes, 3), known.evaluate(genes, 3));
  const std::string told = calls();
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << "trained once for both steps";
}

}  // namespace
}  // namespace phasecore::evaluate
