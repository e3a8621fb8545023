// A supernet of a small space, from the program to the networks that are cut out of its files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/onnx/onnx.hpp"
#include "models/spaces/load.hpp"
#include "models/spaces/resnet_elastic.hpp"
#include "models/spaces/slicing.hpp"
#include "nas/supernet/supernet.hpp"
#include "tests/models/graph/tensors.hpp"
#include "tests/nas/train/made_up_images.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

/// The only two sizes of the narrowed space; the types are free.
std::string genes(const std::string& type, int width) {
  return "stem_width=8 stem_kernel=3 stem_stride=2 stages=2 stage1.blocks=1 stage1.width=16 stage1.kernel=3 "
         "stage1.branches=1 stage1.type=" +
         type + " stage2.blocks=1 stage2.width=" + std::to_string(width) +
         " stage2.kernel=3 stage2.branches=1 stage2.type=" + type;
}

constexpr char kNarrow[] = R"(only:
  stem_width: {choices: ["8"]}
  stem_kernel: {choices: ["3"]}
  stem_stride: {choices: ["2"]}
  stages: {choices: ["2"]}
  stage1.blocks: {choices: ["1"]}
  stage1.width: {choices: ["16"]}
  stage1.kernel: {choices: ["3"]}
  stage1.branches: {choices: ["1"]}
  stage2.blocks: {choices: ["1"]}
  stage2.width: {choices: ["32", "48"]}
  stage2.kernel: {choices: ["3"]}
  stage2.branches: {choices: ["1"]}
)";

/// Its names have characters that mean something in YAML.
class SupernetProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(data_);
    test::write_images(data_, "train", 7000, 28);
    test::write_images(data_, "t10k", 100, 28);
    std::string space = test::read_text(test::source_path("configs/spaces/resnet-elastic.yaml"));
    const auto only = space.find("only: {}");
    ASSERT_NE(only, std::string::npos);
    test::write_text(space_, space.substr(0, only) + kNarrow);
    test::write_text(directory_ / "recipe.yaml",
                     "name: tiny\nspace: '" + space_ + "'\ndata: 'mnist:" + data_ +
                         "'\ntraining_images: 64\nseed: 3\nepochs: 2\nbatch_size: 16\nlearning_rate: 0.05\n"
                         "warmup_epochs: 1\nmomentum: 0.9\nweight_decay: 0.0003\nlabel_smoothing: 0\n"
                         "gradient_limit: 5\ncrop_padding_px: 1\nhorizontal_flip: false\n"
                         "weight_noise: 0.05\nweight_reference: column\nnoise_ramp_epochs: 1\n"
                         "clean_statistics_images: 8\nweight_clip_sigma: 2.5\n"
                         "sandwich: {largest: ['" +
                         genes("basic", 48) + "'], smallest: ['" + genes("bottleneck", 32) +
                         "'], random_networks: 1, draws_per_random: 2, distillation: 0.7}\n"
                         "watched: ['" +
                         genes("basic", 48) + "', '" + genes("bottleneck", 32) + "']\nwatched_images: 100\n");
  }
  /// In the directory, as a user starts it.
  std::string command(const std::string& arguments) const {
    return PHASECORE_TRAIN_PROGRAM " recipe.yaml " + arguments;
  }
  test::CommandResult run(const std::string& commands) const {
    return test::run_command("cd '" + directory_.path() + "' && " + commands);
  }
  static std::vector<nlohmann::json> lines_of(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  test::TempDirectory directory_;
  const std::string data_ = directory_ / "images: 28 #1";
  const std::string space_ = directory_ / "space.yaml";
};

TEST_F(SupernetProgram, KilledAndResumedItEndsAtTheSameFilesAndNetworksAreCutOutOfThem) {
  const auto whole = run(command("--out 'whole #1: net.onnx'"));
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const auto lines = lines_of(whole.out);
  ASSERT_EQ(lines.size(), 3u);
  for (int e = 0; e < 2; ++e) {
    EXPECT_EQ(lines[e]["epoch"], e + 1);
    EXPECT_EQ(lines[e]["watched"].size(), 2u);
  }
  // Killed after the first epoch's line, which is written behind its checkpoint.
  const auto half =
      run("(" + command("--out parts.onnx") + " & echo $! > pid; wait $!) | head -n 1; kill -9 $(cat pid)");
  ASSERT_EQ(lines_of(half.out).size(), 1u) << half.err;
  const auto rest = run(command("--out parts.onnx --resume"));
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_LE(lines_of(rest.out).size(), 2u) << "the first epoch is not done again";
  const std::string losses = test::read_text(directory_ / "whole #1: net.loss.csv");
  EXPECT_EQ(test::read_text(directory_ / "parts.loss.csv"), losses);
  EXPECT_THAT(losses, testing::StartsWith("epoch,learning_rate,largest_loss,random_loss,watched1_accuracy,"));
  for (const auto& key : {"largest_loss", "random_loss"})
    EXPECT_THAT(losses, testing::HasSubstr("," + lines[1][key].dump()));
  EXPECT_EQ(std::count(losses.begin(), losses.end(), '\n'), 3);
  EXPECT_EQ(test::read_text(directory_ / "parts.onnx"), test::read_text(directory_ / "whole #1: net.onnx"));

  for (const char* name : {"whole #1: net", "parts"}) {
    const auto supernet = supernet::Supernet::load(directory_ / (std::string(name) + ".yaml"));
    EXPECT_EQ(supernet.data(), "mnist:" + data_);
    EXPECT_EQ(supernet.space().genes()[0].choices, std::vector<std::string>{"8"}) << "the narrowed space";
    const auto file = onnx::read(directory_ / (std::string(name) + ".onnx"));
    const auto untrained = dynamic_cast<const spaces::ResnetElastic&>(supernet.space()).supernet(3);
    const graph::Network cut = supernet.cut(supernet.space().parse(genes("bottleneck", 32)));
    int layers = 0;
    for (const auto& layer : cut.layers) {
      const graph::Tensor& weights = test::tensor_of(layer, "weight");
      if (weights.empty()) continue;
      ++layers;
      const auto part_of = [&](const graph::Network& network) {
        const graph::Layer& whole = network.layers[network.find(layer.name)];
        return spaces::sliced(test::tensor_of(whole, "weight"), weights.shape).values;
      };
      EXPECT_EQ(weights.values, part_of(file)) << layer.name;
      EXPECT_NE(weights.values, part_of(untrained)) << layer.name;
    }
    EXPECT_GE(layers, 8);  // a stem, two bottlenecks with their shortcuts, a classifier
    const graph::Batch batch{4, {1, 28, 28}, std::vector<float>(4 * 784, 0.5f)};
    EXPECT_EQ(supernet.ready(supernet.space().parse(genes("basic", 48)), batch).input().shape,
              (graph::Shape{1, 28, 28}));
  }
}

TEST_F(SupernetProgram, NetworksOutsideItsSpaceAreRefusedBeforeTraining) {
  const auto refused = run(command("--set 'watched=[\"" + genes("basic", 64) + "\"]' --out tiny.onnx"));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, testing::HasSubstr("gene 'stage2.width' is 64"));
  EXPECT_EQ(refused.out, "");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "tiny.onnx"));
}

}  // namespace
}  // namespace phasecore
