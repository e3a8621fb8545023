// Networks cut out of a supernet: theirs are the supernet's weights, and the statistics of the images.
#include "nas/supernet/supernet.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "common/files.hpp"
#include "common/random.hpp"
#include "models/graph/mvm.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/onnx/onnx.hpp"
#include "models/spaces/load.hpp"
#include "models/spaces/resnet_elastic.hpp"
#include "models/spaces/slicing.hpp"
#include "tests/models/spaces/shipped.hpp"
#include "tests/support/support.hpp"

namespace phasecore::supernet {
namespace {

Supernet untrained(const std::vector<std::string>& assignments = {},
                   const std::string& name = "resnet-elastic") {
  auto space = test::shipped(name, assignments);
  auto network = dynamic_cast<const spaces::ResnetElastic&>(*space).supernet(5);
  return Supernet(std::move(space), std::move(network), "fashion-mnist", "");
}

graph::Batch images(int count) {
  graph::Batch batch{count, {1, 28, 28}, std::vector<float>(static_cast<std::size_t>(count) * 784)};
  common::fill_normal({3, common::Purpose::Test}, 0, 0, 0, batch.values.size(), batch.values.data());
  return batch;
}

/// Layers with weights that were looked at.
int expect_layers_of_all_networks(const Supernet& supernet) {
  int cut = 0;
  for (int i = 0; i < 200; ++i) {
    const graph::Network network = supernet.cut(supernet.space().sample({}, i));
    for (const auto& layer : network.layers) {
      const auto* part = layer.as<graph::Mvm>();
      if (part == nullptr) continue;
      const auto& whole = supernet.network().layers[supernet.network().find(layer.name)];
      EXPECT_EQ(part->weights.values,
                spaces::sliced(whole.as<graph::Mvm>()->weights, part->weights.shape).values)
          << layer.name;
      ++cut;
    }
  }
  return cut;
}

TEST(SupernetNetwork, HoldsEveryLayerOfEveryNetworkOfTheSpace) {
  EXPECT_GT(expect_layers_of_all_networks(untrained()), 2000);
  EXPECT_GT(expect_layers_of_all_networks(untrained(test::separable())), 1000) << "another file's lists";
  // Where the stem is as wide as the first stage, the largest network's first skip is no convolution.
  EXPECT_GT(expect_layers_of_all_networks(untrained({}, "cifar-elastic")), 2000);
}

TEST(SupernetNetwork, StaysBelowTwentyMegabytes) {
  for (const char* space : {"resnet-elastic", "cifar-elastic"})
    EXPECT_LT(onnx::serialize(untrained({}, space).network()).size(), 20'000'000u) << space;
}

TEST(Cutting, RefusesWhatTheSpaceDoesNotHave) {
  const Supernet supernet = untrained();
  spaces::Genes largest;
  for (const auto& gene : supernet.space().genes())
    largest.push_back(static_cast<int>(gene.choices.size()) - 1);
  EXPECT_NE(test::input_error([&] { supernet.cut(largest); }).find("exceed"), std::string::npos);
}

TEST(Cutting, RefusesASupernetOfAnotherSpace) {
  auto narrow = test::shipped("resnet-elastic", {R"(only."stage1.width"={choices: ["16"]})"});
  auto network = dynamic_cast<const spaces::ResnetElastic&>(*narrow).supernet(1);
  const Supernet supernet(test::shipped("resnet-elastic"), std::move(network), "none", "");
  spaces::Genes genes = supernet.space().sample({}, 0);
  genes[test::gene_called(supernet.space(), "stage1.width")] = 1;
  EXPECT_NE(test::input_error([&] { supernet.cut(genes); }).find("too small"), std::string::npos);
}

TEST(Recalibration, GivesEveryBatchNormOutputsOfItsOwnScaleAndOffset) {
  const Supernet supernet = untrained();
  const graph::Batch batch = images(64);
  for (int i = 0; i < 5; ++i) {
    const graph::Network network =
        graph::with_statistics_of(supernet.cut(supernet.space().sample({}, i)), batch);
    const auto outputs = graph::infer_all(network, batch);
    int norms = 0;
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      const auto& layer = network.layers[l];
      if (!layer.is<graph::BatchNorm>()) continue;
      const auto& norm = *layer.as<graph::BatchNorm>();
      ++norms;
      const int channels = layer.shape[0];
      const long long pixels = graph::volume(layer.shape) / channels;
      std::vector<double> sum(channels), squares(channels);
      for (std::size_t v = 0; v < outputs[l].values.size(); ++v) {
        const auto channel = v / pixels % channels;
        sum[channel] += outputs[l].values[v];
        squares[channel] += static_cast<double>(outputs[l].values[v]) * outputs[l].values[v];
      }
      const double count = static_cast<double>(pixels) * batch.samples;
      for (int c = 0; c < channels; ++c) {
        const double mean = sum[c] / count;
        const double scale = norm.scale.values[c];
        EXPECT_NEAR(mean, norm.offset.values[c], 1e-4) << layer.name;
        // variance / (variance + epsilon) of a batch norm's input is just below 1.
        EXPECT_NEAR(std::sqrt(squares[c] / count - mean * mean) / scale, 1, 0.02) << layer.name;
      }
    }
    EXPECT_GT(norms, 4);
  }
}

TEST(Recalibration, RefusesImagesOfAnotherShape) {
  const Supernet supernet = untrained();
  const graph::Batch colour{1, {3, 32, 32}, std::vector<float>(3072)};
  EXPECT_NE(
      test::input_error([&] { supernet.ready(supernet.space().sample({}, 0), colour); }).find("1x28x28"),
      std::string::npos);
}

class SupernetFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    bytes_ = onnx::serialize(untrained().network());
    common::write_file_atomically(directory_ / "s.onnx", bytes_);
  }
  std::string yaml(const std::string& sha256) const {
    const std::string path = directory_ / "s.yaml";
    std::string space = common::read_file(test::source_path("configs/spaces/resnet-elastic.yaml"));
    std::string text = "schema: phasecore.supernet/1\nnetwork: s.onnx\nnetwork_sha256: " + sha256 +
                       "\ndata: fashion-mnist\nspace:\n";
    std::istringstream lines(space);
    for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
    common::write_file_atomically(path, text);
    return path;
  }
  test::TempDirectory directory_;
  std::string bytes_;
};

TEST_F(SupernetFiles, ReadBackToTheSameNetworks) {
  const Supernet read = Supernet::load(yaml(common::sha256(bytes_)));
  const Supernet made = untrained();
  const spaces::Genes genes = made.space().sample({}, 7);
  EXPECT_EQ(onnx::serialize(read.cut(genes)), onnx::serialize(made.cut(genes)));
  EXPECT_EQ(read.data(), "fashion-mnist");
  EXPECT_EQ(read.ready(genes, images(8)).metadata.at("phasecore.genes"), made.space().text(genes));
}

TEST_F(SupernetFiles, AreRefusedWhenTheNetworkIsAnother) {
  EXPECT_NE(test::input_error([&] {
              Supernet::load(yaml(common::sha256("other")));
            }).find("it is not the network this file describes"),
            std::string::npos);
}

}  // namespace
}  // namespace phasecore::supernet
