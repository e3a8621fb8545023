// Networks on their way between files and training.
#include "nas/train/transfer.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/graph/infer.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/train/networks.hpp"
#include "tests/nas/train/small_networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::lively;
using test::logits;
using test::random_images;
using torch::Tensor;

train::Settings named() {
  train::Settings settings;
  settings.name = "random";
  settings.network.model = "resnet8-symmetric";
  return settings;
}

/// The largest difference, relative to the largest logit.
double difference(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

// Norms behind and before convolutions, biases, unequal padding, depthwise convolutions, relu6, skips, max
// pools.
constexpr const char* kinds[] = {"resnet8", "ds-cnn", "mcunet-like", "wide-resnet-16-4", "resnet9"};

TEST(TrainTransfer, ExportedNetworkComputesTheSameLogits) {
  for (const char* kind : kinds) {
    const data::Dataset set = random_images(6, {1, 32, 32});
    const graph::Network network = lively(kind, set.shape, 1);
    train::Parameters parameters(network);
    const Tensor expected = logits(network, parameters, set);
    const std::string bytes = onnx::serialize(train::to_graph(network, parameters, named(), set, {}));
    const graph::Network exported = onnx::parse(bytes, "test.onnx");
    const graph::Batch out = graph::infer(exported, set.batch(0, set.size())).front();
    EXPECT_LT(difference(torch::tensor(out.values).view({6, 10}), expected), 1e-5) << kind;
    EXPECT_EQ(exported.ranges.size(), exported.layers.size()) << kind;
    EXPECT_EQ(exported.metadata.count("phasecore.recipe"), 1u) << kind;
  }
}

TEST(TrainTransfer, LearnedRangesStandInTheFile) {
  const data::Dataset set = random_images(10, {1, 12, 12});
  const graph::Network network = lively("resnet8-symmetric", set.shape, 1);
  train::Parameters parameters(network);
  const train::Ranges learned = {{"input", 0.5}, {"block1.conv2.norm", 7}, {"pool", 3}, {"stem.adc", 9}};
  const graph::Network file = train::to_graph(network, parameters, named(), set, learned);
  EXPECT_EQ(file.ranges.at("input"), 0.5);
  EXPECT_EQ(file.ranges.at("block1.conv2"), 7);  // the batch norm was folded
  EXPECT_EQ(file.ranges.at("pool"), 3);
  EXPECT_EQ(file.ranges.at("flatten"), 3);  // carries what the pool delivers
  EXPECT_EQ(file.ranges.size(), file.layers.size());
}

TEST(TrainTransfer, StartingFromAFileChangesNoLogit) {
  for (const char* kind : kinds) {
    const data::Dataset set = random_images(20, {1, 32, 32});
    const graph::Network network = lively(kind, set.shape, 1);
    train::Parameters trained(network);
    const Tensor expected = logits(network, trained, set);
    const graph::Network folded = train::to_graph(network, trained, named(), set, {});
    for (const graph::Network* file : {&folded, &network}) {
      train::Parameters fresh(lively(kind, set.shape, 99));
      EXPECT_GT(difference(logits(network, fresh, set), expected), 0.1) << kind;
      train::start_from(*file, set, network, fresh);
      EXPECT_LT(difference(logits(network, fresh, set), expected), 1e-3) << kind;
    }
  }
}

// In training mode the restored batch norms see the calibration images as if they had been trained on them.
TEST(TrainTransfer, RestoredBatchNormsFitTheirBatches) {
  const data::Dataset set = random_images(50, {1, 12, 12});
  const graph::Network network = lively("resnet8-symmetric", set.shape, 1);
  train::Parameters trained(network), fresh(network);
  const Tensor expected = logits(network, trained, set);
  train::start_from(train::to_graph(network, trained, named(), set, {}), set, network, fresh);
  train::Pass pass;
  pass.training = true;
  pass.track_statistics = false;
  EXPECT_LT(difference(logits(network, fresh, set, pass), expected), 0.02);
}

TEST(TrainTransfer, StartingFromAnotherNetworkNamesEveryLayer) {
  const data::Dataset set = random_images(10, {1, 12, 12});
  const graph::Network network = lively("resnet8-symmetric", set.shape, 1);
  train::Parameters parameters(network);
  const graph::Network file = train::to_graph(network, parameters, named(), set, {});
  const graph::Network padded = lively("resnet8", set.shape, 1);  // strides of 2 pad on one side only
  train::Parameters other(padded);
  const std::string windows = test::input_error([&] { train::start_from(file, set, padded, other); });
  for (const char* layer : {"block2.conv1", "block3.conv1"})
    EXPECT_NE(windows.find(layer), std::string::npos) << windows;
  EXPECT_EQ(windows.find("block1"), std::string::npos) << windows;

  const graph::Network deeper = lively("resnet20", set.shape, 1);
  train::Parameters more(deeper);
  const std::string missing = test::input_error([&] { train::start_from(file, set, deeper, more); });
  EXPECT_NE(missing.find("no Conv 'block9.conv2' to start from"), std::string::npos) << missing;
  EXPECT_NE(missing.find("'block3.conv1': weights has shape"), std::string::npos) << missing;
}

TEST(TrainNetworks, ComeFromDefinitionsSpacesAndFiles) {
  data::Dataset set = random_images(10, {1, 28, 28});
  train::NetworkSource source;
  source.model = "zoo:ds-cnn";
  const graph::Network dscnn = train::network_of(source, set, 1);
  EXPECT_EQ(dscnn.input().shape, set.shape);
  EXPECT_EQ(dscnn.layers[dscnn.outputs[0]].shape, graph::Shape{10});

  train::Parameters parameters(dscnn);
  test::TempDirectory directory;
  test::write_text(directory / "a.onnx",
                   onnx::serialize(train::to_graph(dscnn, parameters, named(), set, {})));
  source.model = directory / "a.onnx";
  const graph::Network file = train::network_of(source, set, 1);          // with its batch norms back
  EXPECT_EQ(graph::parameters(file), graph::parameters(dscnn) - 64 * 9);  // biases became offsets
  EXPECT_GE(file.find("block1.depthwise.norm"), 0);

  source.model.reset();
  source.space = "resnet-elastic";
  source.genes = {"stem_width=16",     "stem_kernel=3",    "stem_stride=1",   "stages=2",
                  "stage1.blocks=1",   "stage1.width=16",  "stage1.kernel=3", "stage1.branches=1",
                  "stage1.type=basic", "stage2.blocks=1",  "stage2.width=32", "stage2.kernel=3",
                  "stage2.branches=1", "stage2.type=basic"};
  set.classes = 7;
  const graph::Network drawn = train::network_of(source, set, 1);
  EXPECT_EQ(drawn.layers[drawn.outputs[0]].shape, graph::Shape{7});
  EXPECT_NE(graph::infer(drawn, set.batch(0, 1)).front().values,
            graph::infer(train::network_of(source, set, 2), set.batch(0, 1)).front().values);
}

TEST(TrainNetworks, ThatDoNotExistOrFitAreRefused) {
  const data::Dataset set = random_images(10, {1, 12, 12});
  const auto refusal = [&](const train::NetworkSource& source) {
    return test::input_error([&] { train::network_of(source, set, 1); });
  };
  train::NetworkSource source;
  source.model = "rsnet8";
  EXPECT_NE(refusal(source).find("did you mean 'resnet8'?"), std::string::npos) << refusal(source);
  source.model = test::source_path("models/zoo/resnet8-fmnist.onnx");
  EXPECT_NE(refusal(source).find("the network reads 1x28x28 values; the images of random are 1x12x12"),
            std::string::npos)
      << refusal(source);
  source.model.reset();
  source.space = "resnet-elastic";
  source.genes = {"stem_width"};
  EXPECT_NE(refusal(source).find("'stem_width' must be gene=choice"), std::string::npos) << refusal(source);
}

}  // namespace
}  // namespace phasecore
