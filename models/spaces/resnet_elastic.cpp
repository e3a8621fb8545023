#include "models/spaces/resnet_elastic.hpp"

#include <algorithm>

namespace phasecore::spaces {

namespace {

/// Positions of the genes: four of the whole network, then kPerStage of each stage.
enum : int { kStemWidth, kStemKernel, kStemStride, kStages, kFirstOfStages };
enum : int { kBlocks, kWidth, kKernel, kBranches, kType, kPerStage };

/// Widths of the stages. ResNet-8 (16, 32, 64) is a member, and the supernet's weights stay below 20 MB.
const std::vector<std::vector<int>> kWidths = {{16, 32, 48}, {32, 48, 64}, {32, 48, 64}, {48, 56, 64}};
constexpr int kFewestStages = 2;

}  // namespace

void ResnetElastic::Settings::fields(common::FieldVisitor& v) {
  spaces::Settings::fields(v);
  v.field({"bottleneck_divisor", "", "a bottleneck narrows to width / this many channels", 1, 64},
          bottleneck_divisor);
}

std::vector<Gene> ResnetElastic::all_genes() {
  std::vector<Gene> genes = {
      Gene::integer("stem_width", "output channels of the first convolution", {8, 16, 32}),
      Gene::integer("stem_kernel", "kernel of the first convolution", {3, 5}),
      Gene::integer("stem_stride", "stride of the first convolution", {1, 2}),
      Gene::integer("stages", "stages; every one but the first halves height and width", {2, 3, 4}),
  };
  for (int s = 1; s <= static_cast<int>(kWidths.size()); ++s) {
    const std::string stage = "stage" + std::to_string(s) + ".";
    genes.push_back(Gene::integer(stage + "blocks", "residual blocks of this stage", {1, 2}, s));
    genes.push_back(Gene::integer(stage + "width", "output channels of this stage", kWidths[s - 1], s));
    genes.push_back(Gene::integer(stage + "kernel", "kernel of its spatial convolutions", {3, 5}, s));
    genes.push_back(
        Gene::integer(stage + "branches", "parallel branches of each residual block", {1, 2, 3}, s));
    genes.push_back(Gene::categorical(stage + "type",
                                      "basic (k x k, k x k) or bottleneck (1x1, k x k, 1x1) residual blocks",
                                      {"basic", "bottleneck"}, s));
  }
  return genes;
}

ResnetElastic::ResnetElastic(const Settings& settings, std::vector<Gene> genes)
    : ResidualSpace(settings, std::move(genes), kStages), bottleneck_divisor_(settings.bottleneck_divisor) {}

ResidualNet ResnetElastic::structure(const Genes& genes) const {
  ResidualNet net;
  net.stem_width = value(genes, kStemWidth);
  net.stem_kernel = value(genes, kStemKernel);
  net.stem_stride = value(genes, kStemStride);
  net.first_exit = stages(genes);
  net.bottleneck_divisor = bottleneck_divisor_;
  for (int s = 0; s < stages(genes); ++s) {
    const int first = kFirstOfStages + s * kPerStage;
    ResidualStage stage;
    stage.blocks = value(genes, first + kBlocks);
    stage.width = value(genes, first + kWidth);
    stage.kernel = value(genes, first + kKernel);
    stage.branches = value(genes, first + kBranches);
    stage.shape = static_cast<BlockShape>(value(genes, first + kType));
    net.stages.push_back(stage);
  }
  return net;
}

graph::Network ResnetElastic::supernet(std::uint64_t seed) const {
  Genes largest;
  for (const Gene& gene : genes())
    largest.push_back(
        static_cast<int>(std::max_element(gene.values.begin(), gene.values.end()) - gene.values.begin()));
  ResidualNet net = structure(largest);
  net.stem_stride = 1;
  net.first_exit = kFewestStages;
  for (ResidualStage& stage : net.stages) stage.shape = BlockShape::Both;
  return graph::build(draft_of(net, kind() + "-supernet", input(), classes(), seed));
}

}  // namespace phasecore::spaces
