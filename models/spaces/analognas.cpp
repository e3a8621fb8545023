#include "models/spaces/analognas.hpp"

#include <fmt/format.h>

#include <numeric>

namespace phasecore::spaces {

namespace {

constexpr int kMainBlocks = 5;
/// Positions of the genes: three of the whole network, then kPerBlock of each main block.
enum : int { kFirstChannels, kFirstKernel, kMainBlocksGene, kFirstOfBlocks };
enum : int { kResidualBlocks, kBranches, kType, kWidening, kPerBlock };

std::vector<int> from_to(int first, int last) {
  std::vector<int> values(last - first + 1);
  std::iota(values.begin(), values.end(), first);
  return values;
}

}  // namespace

void AnalogNas::Settings::fields(common::FieldVisitor& v) {
  spaces::Settings::fields(v);
  v.field({"max_path_convolutions", "", "most convolutions in a row in the main blocks (Table I allows 240)",
           1, 240},
          max_path_convolutions);
  v.field({"bottleneck_divisor", "", "a bottleneck narrows to width / this many channels", 1, 64},
          bottleneck_divisor);
}

std::vector<Gene> AnalogNas::all_genes(const Settings&) {
  std::vector<Gene> genes = {
      Gene::integer("first_channels", "output channels of the first convolution", from_to(8, 128)),
      Gene::integer("first_kernel", "kernel of the first convolution", from_to(3, 7)),
      Gene::integer("main_blocks", "main blocks M", from_to(1, kMainBlocks)),
  };
  for (int m = 1; m <= kMainBlocks; ++m) {
    const std::string block = "block" + std::to_string(m) + ".";
    genes.push_back(
        Gene::integer(block + "residual_blocks", "residual blocks of this main block", from_to(1, 16), m));
    genes.push_back(
        Gene::integer(block + "branches", "parallel branches of each residual block", from_to(1, 12), m));
    genes.push_back(Gene::categorical(block + "type",
                                      "A bottleneck (1x1-3x3-1x1), B basic (3x3-3x3), C and D the same with "
                                      "batch norm and ReLU in inverse order",
                                      {"A", "B", "C", "D"}, m));
    genes.push_back(Gene::integer(
        block + "widening", "output channels as a multiple of the main block before", from_to(1, 4), m));
  }
  return genes;
}

AnalogNas::AnalogNas(const Settings& settings, std::vector<Gene> genes)
    : ResidualSpace(settings, std::move(genes), kMainBlocksGene),
      max_path_convolutions_(settings.max_path_convolutions),
      bottleneck_divisor_(settings.bottleneck_divisor) {}

ResidualNet AnalogNas::structure(const Genes& genes) const {
  ResidualNet net;
  net.stem_width = value(genes, kFirstChannels);
  net.stem_kernel = value(genes, kFirstKernel);
  net.bottleneck_divisor = bottleneck_divisor_;
  int width = net.stem_width;
  for (int m = 0; m < stages(genes); ++m) {
    const int first = kFirstOfBlocks + m * kPerBlock;
    const int type = value(genes, first + kType);
    ResidualStage stage;
    stage.blocks = value(genes, first + kResidualBlocks);
    stage.branches = value(genes, first + kBranches);
    stage.shapes = {type % 2 == 0 ? BlockShape::Bottleneck : BlockShape::Basic};
    stage.relu_before_norm = type >= 2;
    stage.width = width *= value(genes, first + kWidening);
    net.stages.push_back(stage);
  }
  return net;
}

std::string AnalogNas::own_refusal(const Genes& canonical) const {
  int path = 0;
  for (const ResidualStage& stage : structure(canonical).stages)
    path += stage.blocks * convolutions(stage.shapes.front());
  if (path <= max_path_convolutions_) return "";
  return fmt::format("{} convolutions in a row exceed max_path_convolutions = {}", path,
                     max_path_convolutions_);
}

}  // namespace phasecore::spaces
