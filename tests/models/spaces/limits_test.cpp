// What exists, what is refused, and that a refusal costs nothing.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>

#include "models/graph/infer.hpp"
#include "models/spaces/residual_space.hpp"
#include "tests/models/spaces/shipped.hpp"

namespace phasecore::spaces {
namespace {

using test::shipped;

Genes largest(const Space& space) {
  Genes genes;
  for (const Gene& gene : space.genes()) genes.push_back(static_cast<int>(gene.choices.size()) - 1);
  return genes;
}

TEST(Limits, RefuseTheLargestNetworkBeforeAnythingIsAllocated) {
  const auto space = shipped("analognas");
  Genes genes = largest(*space);
  const std::string reason = space->refusal(genes);
  EXPECT_NE(reason.find(" parameters exceed max_parameters = 1000000"), std::string::npos) << reason;
  // 240 TB of weights could not be allocated.
  EXPECT_GT(space->parameters(genes), 60000000000000LL);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(test::input_error([&] { space->network(genes, 1); }),
            "error: analognas: there is no such network: " + reason);
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LE(after.ru_maxrss - before.ru_maxrss, 4096) << "KiB grown while refusing";
}

TEST(Limits, HoldExactlyAtTheirValue) {
  const auto all = shipped("resnet-elastic");
  const Genes genes = all->sample({}, 3);
  const Cost cost = all->cost(genes);
  const auto with = [&](long long parameters, long long macs) {
    return shipped("resnet-elastic",
                   {"max_parameters=" + std::to_string(parameters), "max_macs=" + std::to_string(macs)})
        ->refusal(genes);
  };
  EXPECT_EQ(with(cost.parameters, cost.macs), "");
  EXPECT_EQ(with(cost.parameters - 1, cost.macs),
            std::to_string(cost.parameters) +
                " parameters exceed max_parameters = " + std::to_string(cost.parameters - 1));
  EXPECT_EQ(
      with(cost.parameters, cost.macs - 1),
      std::to_string(cost.macs) + " multiply-accumulates exceed max_macs = " + std::to_string(cost.macs - 1));
}

TEST(Limits, CountConvolutionsInARow) {
  const auto space = shipped("analognas", {"max_parameters=100000000"});
  Genes genes(space->genes().size(), 0);
  genes[test::gene_called(*space, "main_blocks")] = 4;
  for (int m = 1; m <= 5; ++m)
    genes[test::gene_called(*space, "block" + std::to_string(m) + ".residual_blocks")] = 15;
  EXPECT_TRUE(space->exists(genes)) << space->refusal(genes);
  EXPECT_EQ(space->depth(genes), 240 + 2);  // stem and classifier
  const auto shallow = shipped("analognas", {"max_path_convolutions=239"});
  EXPECT_EQ(shallow->refusal(genes), "240 convolutions in a row exceed max_path_convolutions = 239");
}

TEST(Limits, RefuseMalformedGenes) {
  const auto space = shipped("nasbench201");
  EXPECT_EQ(space->refusal({0, 0}), "has 2 genes; the space nasbench201 has 6");
  EXPECT_EQ(space->refusal({0, 0, 5, 0, 0, 0}), "gene 'edge14' takes choice 5; it has choices 0 to 4");
  EXPECT_EQ(space->refusal({0, 0, 0, -1, 0, 0}), "gene 'edge23' takes choice -1; it has choices 0 to 4");
  EXPECT_NE(test::internal_error([&] { space->canonical({}); }), "");
}

TEST(ResnetElastic, SpansFiveThousandToAMillionParametersBelowEightyMegaMacs) {
  const auto space = shipped("resnet-elastic");
  ASSERT_EQ(space->input(), (graph::Shape{1, 28, 28}));
  // Cost grows with every ordered gene but the stem's width and stride (next test), so the smallest is a
  // corner; types and stem widths are tried.
  long long least = 1LL << 60;
  for (int types = 0; types < 16; ++types) {
    Genes low(space->genes().size(), 0);
    for (int s = 0; s < 2; ++s)
      low[test::gene_called(*space, "stage" + std::to_string(s + 1) + ".type")] = types >> s & 1;
    low[test::gene_called(*space, "stem_width")] = types >> 2 & 1;
    EXPECT_TRUE(space->exists(low));
    least = std::min(least, space->parameters(low));
  }
  EXPECT_GE(least, 4000);
  EXPECT_LE(least, 6000);
  Cost most;
  for (int i = 0; i < 5000; ++i) {
    const Cost cost = space->cost(space->sample({}, i));
    most.parameters = std::max(most.parameters, cost.parameters);
    most.macs = std::max(most.macs, cost.macs);
  }
  EXPECT_GE(most.parameters, 900000);
  EXPECT_LE(most.parameters, 1000000);
  EXPECT_GE(most.macs, 20000000);
  EXPECT_LE(most.macs, 80000000);
}

TEST(ResnetElastic, HasMoreThanTenMillionNetworksWithinItsLimits) {
  const auto all = shipped("resnet-elastic", {"max_macs=1.0e+12", "max_parameters=100000000"});
  const auto limited = shipped("resnet-elastic");
  int existing = 0;
  for (int i = 0; i < 2000; ++i) existing += limited->exists(all->sample({}, i)) ? 1 : 0;
  // Sampling draws the number of stages first; most genotypes have four, of which the fewest keep the limits.
  EXPECT_GE(existing / 2000.0, 0.3);
  EXPECT_GE(static_cast<double>(*limited->size().exact) * existing / 2000, 1e7);
}

TEST(ResnetElastic, HasResNet8AmongItsNetworks) {
  const auto space = shipped("resnet-elastic");
  std::string text = "stem_width=16 stem_kernel=3 stem_stride=1 stages=3";
  for (const char* stage : {"stage1.width=16 stage1", "stage2.width=32 stage2", "stage3.width=64 stage3"}) {
    const std::string prefix = std::string(stage).substr(std::string(stage).find(' ') + 1);
    text += " " + std::string(stage) + ".blocks=1";
    for (const char* rest : {".kernel=3", ".branches=1", ".type=basic"}) text += " " + prefix + rest;
  }
  // 77,418 weights and biases with batch norms folded (docs/baselines.md), 9 batch norms with two values for
  // one bias each.
  EXPECT_EQ(space->parameters(space->parse(text)), 77418 + 16 * 3 + 32 * 3 + 64 * 3);
  EXPECT_EQ(test::input_error([&] { space->parse(text + " stages=3"); }),
            "error: genes: 'stages' is given twice");
  EXPECT_EQ(test::input_error([&] { space->parse("stages"); }),
            "error: genes: 'stages' is not of the form name=choice");
}

TEST(ResnetElastic, CostsMoreWithEveryOrderedGeneButTheStemsWidthAndStride) {
  // A wider stem may make the first skip an identity, which saves a 1x1 convolution.
  const auto space = shipped("resnet-elastic");
  const int stem_width = test::gene_called(*space, "stem_width");
  const int stem_stride = test::gene_called(*space, "stem_stride");
  int compared = 0;
  for (int i = 0; i < 500; ++i) {
    const Genes genes = space->sample({}, i);
    for (int g = 0; g < static_cast<int>(genes.size()); ++g) {
      if (g == stem_width || g == stem_stride || !space->genes()[g].ordered ||
          genes[g] + 1 >= static_cast<int>(space->genes()[g].choices.size()))
        continue;
      const Genes more = space->mutated(genes, g, genes[g] + 1);
      if (more == genes) continue;
      ++compared;
      EXPECT_GT(space->parameters(more), space->parameters(genes)) << space->genes()[g].name;
      EXPECT_GT(space->macs(more), space->macs(genes)) << space->genes()[g].name;
    }
  }
  EXPECT_GT(compared, 2000);
}

TEST(Networks, HaveTheSameWeightsInLayersOfTheSameNameAndShape) {
  const auto space = shipped("resnet-elastic");
  Genes small(space->genes().size(), 0);
  const Genes wide = space->mutated(small, test::gene_called(*space, "stage2.width"), 1);
  const auto a = space->network(small, 7), b = space->network(wide, 7), c = space->network(small, 8);
  const auto stem = [](const graph::Network& network) {
    return test::tensor_of(network.layers[network.find("stem")], "weight").values;
  };
  EXPECT_EQ(stem(a), stem(b));
  EXPECT_NE(stem(a), stem(c));
  EXPECT_EQ(test::fingerprint(a), test::fingerprint(c));
}

TEST(Networks, StartWithHeNormalWeights) {
  const auto space = shipped("resnet-elastic", {"max_macs=1.0e+12", "max_parameters=100000000"});
  const auto network = space->network(largest(*space), 1);
  int layers = 0;
  for (const auto& layer : network.layers) {
    const graph::Tensor& weights = test::tensor_of(layer, "weight");
    const auto& w = weights.values;
    if (w.size() < 1000) continue;
    ++layers;
    double sum = 0, squares = 0;
    for (const float value : w) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
    const double n = static_cast<double>(w.size());
    const double expected = 2.0 * weights.shape[0] / n;
    // 6 standard errors of a mean and of a variance.
    EXPECT_NEAR(sum / n, 0, 6 * std::sqrt(expected / n)) << layer.name;
    EXPECT_NEAR(squares / n, expected, 6 * expected * std::sqrt(2 / n)) << layer.name;
  }
  EXPECT_GE(layers, 40);
}

/// Logits of one made-up image.
std::vector<float> logits(const graph::Network& network) {
  graph::Batch image{1, network.input().shape, {}};
  for (long long i = 0; i < graph::volume(image.shape); ++i)
    image.values.push_back(static_cast<float>(std::sin(0.37 * static_cast<double>(i))));
  return graph::infer(network, image).at(0).values;
}

TEST(Networks, ComputeBoundedDifferentLogitsBeforeTraining) {
  for (const char* kind : {"analognas", "nasbench201", "resnet-elastic"}) {
    const auto space = shipped(kind, {"max_macs=2.0e+7"});
    for (int i = 0; i < 10; ++i) {
      const auto out = logits(space->network(space->sample({}, i), 1));
      for (const float value : out) EXPECT_LT(std::abs(value), 1e9) << kind << " sample " << i;
      EXPECT_NE(out[0], out[1]) << kind << " sample " << i;
    }
  }
}

TEST(Networks, StayBoundedHoweverDeepTheyAre) {
  const auto space = shipped("analognas", {"input=[1, 8, 8]"});
  for (int type = 0; type < 4; ++type) {
    Genes genes(space->genes().size(), 0);
    genes[test::gene_called(*space, "main_blocks")] = 4;
    for (int m = 1; m <= 5; ++m) {
      const std::string block = "block" + std::to_string(m);
      genes[test::gene_called(*space, block + ".residual_blocks")] = 15;
      genes[test::gene_called(*space, block + ".branches")] = 3;
      genes[test::gene_called(*space, block + ".type")] = type;
    }
    for (const float value : logits(space->network(genes, 1))) EXPECT_LT(std::abs(value), 1000) << type;
  }
}

TEST(AnalogNasTypes, OrderBatchNormAndReluAsTableOneSays) {
  const auto space = shipped("analognas");
  const int type = test::gene_called(*space, "block1.type");
  const auto input_op = [](const graph::Network& n, const std::string& layer) {
    return n.layers[n.layers[n.find(layer)].inputs[0]].op().name();
  };
  for (int t = 0; t < 4; ++t) {
    Genes genes(space->genes().size(), 0);
    genes[type] = t;
    const auto network = space->network(genes, 1);
    const std::string first = t % 2 == 0 ? "reduce" : "conv1";
    const std::string unit = "stage1.block1.branch1." + first;
    ASSERT_GE(network.find(unit), 0) << t;
    EXPECT_EQ(input_op(network, unit + ".relu"), t < 2 ? "BatchNormalization" : "Conv") << t;
    EXPECT_EQ(input_op(network, unit + ".norm"), t < 2 ? "Conv" : "Relu") << t;
    EXPECT_EQ(network.find("stage1.block1.relu") >= 0, t < 2);
    EXPECT_EQ(network.find("stage1.block1.shortcut"), -1) << "the size does not change";
    EXPECT_EQ(space->depth(genes), t % 2 == 0 ? 5 : 4);
  }
}

TEST(AnalogNasWidths, AreMultipliedByEveryMainBlock) {
  const auto space = shipped("analognas");
  Genes genes(space->genes().size(), 0);
  genes[test::gene_called(*space, "main_blocks")] = 2;
  genes[test::gene_called(*space, "block1.widening")] = 1;
  genes[test::gene_called(*space, "block3.widening")] = 2;
  const auto net = dynamic_cast<const ResidualSpace&>(*space).structure(genes);
  ASSERT_EQ(net.stages.size(), 3u);
  EXPECT_EQ(net.stages[0].width, 16);
  EXPECT_EQ(net.stages[1].width, 16);
  EXPECT_EQ(net.stages[2].width, 48);
  const auto network = space->network(genes, 1);
  EXPECT_GE(network.find("stage1.block1.shortcut"), 0);  // 8 -> 16 channels
  EXPECT_GE(network.find("stage2.block1.shortcut"), 0);  // 32x32 -> 16x16
  EXPECT_EQ(network.layers[network.find("pool")].inputs.size(), 1u);
  EXPECT_EQ(network.layers[network.layers[network.find("pool")].inputs[0]].shape, (graph::Shape{48, 8, 8}));
}

}  // namespace
}  // namespace phasecore::spaces
