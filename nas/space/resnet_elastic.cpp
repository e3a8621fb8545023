#include "nas/space/resnet_elastic.hpp"

namespace phasecore::space {

namespace {

/// Positions of the genes: three of the whole network, then kPerStage of each stage.
enum : int { kStemWidth, kStemKernel, kStages, kFirstOfStages };
enum : int { kBlocks, kWidth, kKernel, kBranches, kType, kPerStage };

/// Widths of the stages. Together with the other genes they keep the largest network below 1 M parameters and
/// 80 MMAC at 1x28x28 and the smallest near 5 k parameters.
const std::vector<std::vector<int>> kWidths = {{10, 12}, {16, 18, 20}, {24, 28, 32}, {32, 36, 40, 44}};

}  // namespace

void ResnetElastic::Settings::fields(common::FieldVisitor& v) {
  space::Settings::fields(v);
  v.field({"bottleneck_divisor", "", "a bottleneck narrows to width / this many channels", 1, 64},
          bottleneck_divisor);
}

std::vector<Gene> ResnetElastic::all_genes() {
  std::vector<Gene> genes = {
      Gene::integer("stem_width", "output channels of the first convolution", {8, 12}),
      Gene::integer("stem_kernel", "kernel of the first convolution", {3, 5}),
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

}  // namespace phasecore::space
