// The definitions against what is published about them: exact counts of parameters and weights.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "models/graph/infer.hpp"
#include "models/graph/init.hpp"
#include "models/onnx/onnx.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "tests/models/graph/tensors.hpp"

namespace phasecore::zoo {
namespace {

using test::tensor_of;

graph::Network built(const std::string& name) {
  const Definition* definition = find(name);
  if (definition == nullptr) throw common::InternalError("no definition " + name);
  return definition->build();
}

bool takes_sequences(const Definition& definition) {
  for (const char* kind : {"gru", "kwt", "lstm"})
    if (definition.name.rfind(kind, 0) == 0) return true;
  return false;
}

/// Weights of products, without biases and batch norms.
long long weights_of(const graph::Network& network) {
  long long count = 0;
  for (const auto& layer : network.layers)
    for (const char* tensor : {"weight", "input_weight", "state_weight"})
      count += static_cast<long long>(tensor_of(layer, tensor).values.size());
  return count;
}

/// Running means and variances, which Keras counts as (non-trainable) parameters.
long long statistics_of(const graph::Network& network) {
  long long count = 0;
  for (const auto& layer : network.layers)
    count += static_cast<long long>(tensor_of(layer, "mean").values.size() +
                                    tensor_of(layer, "variance").values.size());
  return count;
}

long long macs_of(const graph::Network& network) {
  long long count = 0;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) count += graph::macs(network, i);
  return count;
}

struct Facts {
  graph::Shape input;
  int classes;
  long long parameters, weights, macs;
};

// Parameters are trainable ones (graph::parameters). All counts come from a calculation that shares no code
// with the definitions. Where a count is published, a test below derives the published figure as well.
const std::map<std::string, Facts> kFacts = {
    {"densenet121", {{3, 224, 224}, 1000, 7978856, 7894208, 2834161664}},
    {"ds-cnn", {{1, 49, 10}, 12, 23756, 22016, 2656768}},
    // 49 steps of 10 x 462 and 154 x 462 (LSTM: 472 columns), and a classifier.
    {"gru-kws-s", {{49, 10}, 12, 78552, 77616, 3714480}},
    {"kwt-1", {{98, 40}, 12, 607244, 593152, 73698560}},
    {"kwt-2", {{98, 40}, 12, 2394124, 2365952, 264182272}},
    // LSTMs: 16, 32 and 1 steps of 504 x 2016 or 128 x 2016 for the input and 504 x 2016 for the state.
    {"lstm-captioning", {{16, 504}, 4064, 4088480, 4080384, 34562304}},
    {"lstm-kws-s", {{49, 10}, 12, 62788, 61832, 2961800}},
    {"lstm-ptb", {{32, 128}, 50, 1303394, 1299312, 40796784}},
    {"lstm504", {{1, 504}, 504, 2036160, 2032128, 2032128}},
    {"mcunet-like", {{3, 64, 64}, 2, 373970, 363856, 5849920}},
    {"micronet-kws-m", {{1, 49, 10}, 12, 115064, 110432, 15556352}},
    {"micronet-kws-s", {{1, 49, 10}, 12, 62424, 59136, 8326752}},
    {"mobilenet-v1-cifar", {{3, 32, 32}, 10, 3217226, 3195328, 46354432}},
    {"mobilenet-v1-vww", {{3, 96, 96}, 2, 216322, 208112, 7489664}},
    {"mobilenet-v2", {{3, 224, 224}, 1000, 3504872, 3469760, 300774272}},
    {"mobilenet-v2-cifar", {{3, 32, 32}, 10, 2236682, 2202560, 87976448}},
    {"mobilenet-v2-vww", {{3, 96, 96}, 2, 398690, 384608, 10656688}},
    {"resnet18", {{3, 224, 224}, 1000, 11689512, 11678912, 1814073344}},
    {"resnet20", {{3, 32, 32}, 10, 272474, 270896, 40813184}},
    {"resnet32", {{3, 32, 32}, 10, 466906, 464432, 69124736}},
    {"resnet50", {{3, 224, 224}, 1000, 25557032, 25502912, 4089184256}},
    {"resnet8", {{3, 32, 32}, 10, 78186, 77360, 12501632}},
    {"resnet8-symmetric", {{3, 32, 32}, 10, 78042, 77360, 12501632}},
    {"resnet9", {{3, 32, 32}, 10, 1869122, 1866536, 218310848}},
    {"vgg16", {{3, 224, 224}, 1000, 138357544, 138344128, 15470264320}},
    {"vgg8", {{3, 32, 32}, 10, 12973440, 12973440, 615917568}},
    {"vit-lite-6-4", {{3, 32, 32}, 10, 3194890, 3160576, 218240512}},
    {"vit-tiny", {{3, 224, 224}, 1000, 5717224, 5647872, 1253683200}},
    {"wide-resnet-16-4", {{3, 32, 32}, 10, 2748890, 2745264, 392612352}},
    {"wide-resnet-16-8", {{3, 32, 32}, 100, 11007540, 11000240, 1548191744}},
    {"wide-resnet-50-2", {{3, 224, 224}, 1000, 68883240, 68814016, 11398021120}},
};

TEST(Zoo, EveryDefinitionHasTheStatedShapesAndCounts) {
  std::set<std::string> names;
  for (const Definition& definition : definitions()) {
    ASSERT_TRUE(kFacts.count(definition.name)) << definition.name;
    EXPECT_TRUE(names.insert(definition.name).second) << definition.name;
    const Facts& facts = kFacts.at(definition.name);
    const graph::Network network = definition.build();
    EXPECT_EQ(network.name, definition.name);
    EXPECT_EQ(network.input().shape, facts.input) << definition.name;
    ASSERT_EQ(network.outputs.size(), 1u) << definition.name;
    EXPECT_EQ(network.layers[network.outputs[0]].shape, graph::Shape{facts.classes}) << definition.name;
    EXPECT_EQ(graph::parameters(network), facts.parameters) << definition.name;
    EXPECT_EQ(weights_of(network), facts.weights) << definition.name;
    EXPECT_EQ(macs_of(network), facts.macs) << definition.name;
  }
  EXPECT_EQ(names.size(), kFacts.size());
}

// torchvision's documentation: parameters of resnet18, resnet50, wide_resnet50_2, densenet121, vgg16 and
// mobilenet_v2, and their products in units of 10^9.
TEST(Zoo, NetworksForImageNetHaveTorchvisionsCounts) {
  const std::map<std::string, std::pair<long long, double>> published = {
      {"resnet18", {11689512, 1.81}},   {"resnet50", {25557032, 4.09}},
      {"densenet121", {7978856, 2.83}}, {"wide-resnet-50-2", {68883240, 11.40}},
      {"vgg16", {138357544, 15.47}},    {"mobilenet-v2", {3504872, 0.30}}};
  for (const auto& [name, counts] : published) {
    const Facts& facts = kFacts.at(name);
    EXPECT_EQ(facts.parameters, counts.first) << name;
    EXPECT_NEAR(static_cast<double>(facts.macs) / 1e9, counts.second, 0.005) << name;
  }
}

// Berg et al., table 1, in thousands; timm's deit_tiny_patch16_224; Hassani et al., table 2, in millions.
// Class tokens have the place's embedding in ours: a vector less.
TEST(Zoo, TransformersHaveThePublishedCounts) {
  EXPECT_EQ((kFacts.at("kwt-1").parameters + 64) / 1000, 607);
  EXPECT_EQ((kFacts.at("kwt-2").parameters + 128) / 1000, 2394);
  EXPECT_EQ(kFacts.at("vit-tiny").parameters + 192, 5717416);
  EXPECT_NEAR(static_cast<double>(kFacts.at("vit-lite-6-4").parameters + 256) / 1e6, 3.19, 0.01);
}

// ResNet-32 of He et al. with 1x1 projections, the sum of its matrices; LG prints ResNet-9's.
TEST(Zoo, TheChipsNetworksHaveThePublishedWeights) {
  EXPECT_EQ(weights_of(built("resnet32")), 464432);
  EXPECT_EQ(weights_of(built("resnet9")), 1866536);
  EXPECT_EQ(weights_of(built("lstm-ptb")), 1299312);
  EXPECT_EQ(weights_of(built("lstm-captioning")), 4080384);
}

TEST(Zoo, ResNet9HasTheMatricesOfTheChipPaper) {
  std::vector<std::pair<int, int>> matrices;
  const graph::Network network = built("resnet9");
  for (const auto& layer : network.layers) {
    const graph::Tensor& weights = tensor_of(layer, "weight");
    if (weights.empty()) continue;
    const int columns = weights.shape[0];
    matrices.emplace_back(static_cast<int>(weights.values.size()) / columns, columns);
  }
  const std::vector<std::pair<int, int>> published = {{27, 56},    {504, 112},  {1008, 112},
                                                      {1008, 112}, {1008, 224}, {2016, 224},
                                                      {2016, 224}, {2016, 224}, {224, 10}};
  EXPECT_EQ(matrices, published);
}

// Keras summaries, with running statistics, of the reference models of MLPerf Tiny v0.1 (resnet_v1_eembc,
// ds_cnn, mobilenet_v1): 78,666, 24,908 and 221,794 parameters.
TEST(Zoo, MlPerfTinyNetworksHaveTheirKerasCounts) {
  const std::map<std::string, long long> published = {
      {"resnet8", 78666}, {"ds-cnn", 24908}, {"mobilenet-v1-vww", 221794}};
  for (const auto& [name, count] : published) {
    const graph::Network network = built(name);
    EXPECT_EQ(graph::parameters(network) + statistics_of(network), count) << name;
  }
}

// Keras Applications: MobileNet 1.0 with 1000 classes 4,253,864 and MobileNetV2 0.35 without its top 410,208
// parameters, running statistics included. torchvision: mobilenet_v2 with 1000 classes 3,504,872, without.
TEST(Zoo, MobileNetsHaveThePublishedCountsButForTheirClassifiers) {
  const auto classifier = [](long long inputs, long long classes) { return (inputs + 1) * classes; };
  const graph::Network v1 = built("mobilenet-v1-cifar");
  EXPECT_EQ(graph::parameters(v1) + statistics_of(v1) - classifier(1024, 10) + classifier(1024, 1000),
            4253864);
  const graph::Network small = built("mobilenet-v2-vww");
  EXPECT_EQ(graph::parameters(small) + statistics_of(small) - classifier(1280, 2), 410208);
  const graph::Network v2 = built("mobilenet-v2-cifar");
  EXPECT_EQ(graph::parameters(v2) - classifier(1280, 10) + classifier(1280, 1000), 3504872);
}

// Zagoruyko and Komodakis: 11.0 M for 16-8. Rasch et al., Nat. Commun. 14, table 1: 68 tiles of 512x512, rows
// split on whole input channels, for 100 classes.
TEST(Zoo, WideResNet168HasThePublishedSizeAndTiles) {
  const graph::Network network = built("wide-resnet-16-8");
  EXPECT_NEAR(static_cast<double>(graph::parameters(network)), 11.0e6, 0.05e6);
  const auto parts = [](int size, int limit) { return (size + limit - 1) / limit; };
  int tiles = 0;
  for (const auto& layer : network.layers) {
    const graph::Shape& s = tensor_of(layer, "weight").shape;
    if (s.empty()) continue;
    const int field = s.size() == 4 ? s[2] * s[3] : 1;
    tiles += parts(s[1], 512 / field) * parts(s[0], 512);
  }
  EXPECT_EQ(tiles, 68);
}

// Banbury et al., table 4: 16.4 and 30.6 Mops, two per MAC. Ours count the multiplications with padding too.
TEST(Zoo, MicroNetsHaveAboutThePublishedOperations) {
  EXPECT_NEAR(2e-6 * static_cast<double>(macs_of(built("micronet-kws-s"))), 16.4, 0.02 * 16.4);
  EXPECT_NEAR(2e-6 * static_cast<double>(macs_of(built("micronet-kws-m"))), 30.6, 0.02 * 30.6);
}

// Zhang et al., table of small networks: 5.9 Mops for the basic LSTM with 49 frames; 3.8 for the GRU, which
// has 25 there.
TEST(Zoo, RecurrentKeywordNetworksHaveThePublishedOperations) {
  EXPECT_NEAR(2e-6 * static_cast<double>(macs_of(built("lstm-kws-s"))), 5.9, 0.05);
  const Definition* gru = find("gru-kws-s");
  EXPECT_NEAR(2e-6 * static_cast<double>(macs_of(gru->build_for({25, 10}, 12))), 3.8, 0.05);
}

TEST(Zoo, RecurrentKeywordNetworksTakeASoundsFramesAsTheirSteps) {
  for (const char* name : {"lstm-kws-s", "gru-kws-s"}) {
    EXPECT_EQ(find(name)->build_for({1, 49, 10}, 10).input().shape, (graph::Shape{49, 10})) << name;
    EXPECT_THROW(find(name)->build_for({3, 32, 32}, 10), common::InputError) << name;
  }
}

// Every row of a gate's matrix is an output of its own: variance 2 / 118 for the state's weights.
TEST(Zoo, RecurrentWeightsAreHeNormal) {
  const graph::Network network = built("lstm-kws-s");
  const auto& layer = network.layers[network.find("lstm")];
  for (const auto& [tensor, fan_in] : {std::pair{"input_weight", 10}, std::pair{"state_weight", 118}}) {
    double squares = 0;
    const auto& values = tensor_of(layer, tensor).values;
    for (const double v : values) squares += v * v;
    EXPECT_NEAR(squares / static_cast<double>(values.size()), 2.0 / fan_in, 0.1 * 2.0 / fan_in) << tensor;
  }
}

// The model list of MCUNet: mcunet-10fps-vww has 0.37 M parameters and 6.0 MMAC.
TEST(Zoo, TheMcuNetLikeNetworkHasItsModelsSize) {
  const graph::Network network = built("mcunet-like");
  EXPECT_NEAR(static_cast<double>(graph::parameters(network)), 0.37e6, 0.02 * 0.37e6);
  EXPECT_NEAR(static_cast<double>(macs_of(network)), 6.0e6, 0.03 * 6.0e6);
}

TEST(Zoo, DefinitionsCanBeBuiltForOtherImagesAndClasses) {
  for (const Definition& definition : definitions()) {
    const graph::Shape input = takes_sequences(definition) ? graph::Shape{64, 48} : graph::Shape{1, 64, 48};
    const graph::Network network = definition.build_for(input, 7);
    EXPECT_EQ(network.input().shape, input) << definition.name;
    EXPECT_EQ(network.layers[network.outputs[0]].shape, graph::Shape{7}) << definition.name;
  }
  const graph::Network small = find("resnet8-symmetric")->build_for({1, 28, 28}, 10);
  EXPECT_EQ(macs_of(small), 9345920);  // as the shipped networks' cards say
}

TEST(Zoo, ImagesAreRefusedWhereSequencesAreTaken) {
  try {
    find("lstm-ptb")->build_for({1, 28, 28}, 10);
    FAIL() << "an image through an LSTM";
  } catch (const common::InputError& e) {
    EXPECT_EQ(std::string(e.what()),
              "error: network 'lstm-ptb' takes a sequence (steps x values), not 1x28x28");
  }
}

TEST(Zoo, ImagesTooSmallForADefinitionAreRefused) {
  try {
    find("resnet9")->build_for({1, 28, 28}, 10);
    FAIL() << "a 4x4 pool over 3x3 pixels";
  } catch (const common::InputError& e) {
    EXPECT_EQ(std::string(e.what()),
              "error: network 'resnet9' cannot be built for images of 1x28x28: layer 'pool' does not fit");
  }
}

TEST(Zoo, DefinitionsAreTheSameEveryTimeAndDependOnTheSeed) {
  const graph::Network once = built("resnet8"), again = built("resnet8");
  const graph::Network other = graph::with_random_weights(once, 1);
  const auto stem = [](const graph::Network& network) {
    return tensor_of(network.layers[network.find("stem")], "weight").values;
  };
  EXPECT_EQ(stem(once), stem(again));
  EXPECT_NE(stem(once), stem(other));
}

// He-normal: variance 2 / fan-in. 36,864 weights: the estimate's standard error is 0.7 %.
TEST(Zoo, WeightsAreHeNormal) {
  const graph::Network network = built("resnet8");
  const auto& values = tensor_of(network.layers[network.find("block3.conv2")], "weight").values;
  ASSERT_EQ(values.size(), 36864u);
  double sum = 0, squares = 0;
  for (const double v : values) {
    sum += v;
    squares += v * v;
  }
  const double count = static_cast<double>(values.size()), variance = 2.0 / 576;
  EXPECT_NEAR(sum / count, 0, 4 * std::sqrt(variance / count));
  EXPECT_NEAR(squares / count, variance, 0.03 * variance);
}

TEST(Zoo, ADefinitionSurvivesOnnx) {
  for (const char* name :
       {"resnet8", "ds-cnn", "mcunet-like", "kwt-1", "vit-lite-6-4", "lstm-kws-s", "gru-kws-s"}) {
    const graph::Network network = built(name);
    const graph::Network read = onnx::parse(onnx::serialize(network), name);
    graph::Batch input{1, network.input().shape, {}};
    input.values.resize(static_cast<std::size_t>(graph::volume(input.shape)));
    for (std::size_t i = 0; i < input.values.size(); ++i)
      input.values[i] = static_cast<float>(i % 17) / 17.0f - 0.5f;
    const auto logits = graph::infer(network, input).at(0).values;
    EXPECT_EQ(logits, graph::infer(read, input).at(0).values) << name;
    EXPECT_TRUE(std::isfinite(logits.at(0))) << name;
    EXPECT_NE(logits.at(0), logits.at(1)) << name;
  }
}

}  // namespace
}  // namespace phasecore::zoo
