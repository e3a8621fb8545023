#include "models/spaces/resnet_elastic.hpp"

#include <algorithm>
#include <functional>

namespace phasecore::spaces {

namespace {

/// Positions of the genes: four of the whole network, then kPerStage of each stage.
enum : int { kStemWidth, kStemKernel, kStemStride, kStages, kFirstOfStages };
enum : int { kBlocks, kWidth, kKernel, kBranches, kType, kPerStage };

constexpr std::size_t kMostStages = 16;
constexpr int kWidest = 4096, kLargestKernel = 31, kLargestStride = 8, kMostBlocks = 64, kMostBranches = 16;

/// In the order of BlockShape.
const std::vector<std::string> kTypes = {"basic", "bottleneck", "separable"};

bool is_type(const std::string& name) {
  return std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end();
}

BlockShape type_called(const std::string& name) {
  return static_cast<BlockShape>(std::find(kTypes.begin(), kTypes.end(), name) - kTypes.begin());
}

/// Choices from 1 to `most`.
void ascending(common::FieldVisitor& v, const char* key, const char* meaning, int most,
               std::vector<int>& values) {
  v.field({key, "", meaning, 1, static_cast<double>(most)}, values);
  const bool falls = std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) != values.end();
  v.check(!values.empty() && !falls, std::string("'") + key + "' needs ascending numbers, each once", {key});
}

/// Small kernels have the middle of the weights of large ones.
void odd(common::FieldVisitor& v, const char* meaning, std::vector<int>& values) {
  ascending(v, "kernels", meaning, kLargestKernel, values);
  v.check(std::all_of(values.begin(), values.end(), [](int k) { return k % 2 == 1; }),
          "'kernels' needs odd numbers", {"kernels"});
}

void types_of_blocks(common::FieldVisitor& v, std::vector<std::string>& types) {
  v.field({"types", "", "residual blocks: basic, bottleneck or separable"}, types);
  v.check(!types.empty(), "'types' needs at least one type of block", {"types"});
  for (std::size_t i = 0; i < types.size(); ++i) {
    v.check(is_type(types[i]),
            "'" + types[i] + "' is no type of block; allowed are basic, bottleneck, separable" +
                common::did_you_mean(types[i], kTypes),
            {"types." + std::to_string(i)});
    v.check(std::find(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(i), types[i]) ==
                types.begin() + static_cast<std::ptrdiff_t>(i),
            "the type '" + types[i] + "' is given twice", {"types." + std::to_string(i)});
  }
}

Gene type_gene(const std::string& name, const std::vector<std::string>& types, int stage) {
  Gene gene = Gene::categorical(name,
                                "residual blocks: basic (k x k, k x k), bottleneck (1x1, k x k, 1x1) or "
                                "separable (k x k depthwise, 1x1)",
                                types, stage);
  for (std::size_t i = 0; i < types.size(); ++i) gene.values[i] = static_cast<int>(type_called(types[i]));
  return gene;
}

void add_genes(std::vector<Gene>& genes, const ResnetElastic::Stage& stage, int number) {
  const std::string name = "stage" + std::to_string(number) + ".";
  genes.push_back(Gene::integer(name + "blocks", "residual blocks of this stage", stage.blocks, number));
  genes.push_back(Gene::integer(name + "width", "output channels of this stage", stage.widths, number));
  genes.push_back(
      Gene::integer(name + "kernel", "kernel of its spatial convolutions", stage.kernels, number));
  genes.push_back(
      Gene::integer(name + "branches", "parallel branches of each residual block", stage.branches, number));
  genes.push_back(type_gene(name + "type", stage.types, number));
}

}  // namespace

void ResnetElastic::Stem::fields(common::FieldVisitor& v) {
  ascending(v, "widths", "output channels of the first convolution", kWidest, widths);
  odd(v, "kernel of the first convolution", kernels);
  ascending(v, "strides", "stride of the first convolution", kLargestStride, strides);
}

void ResnetElastic::Stage::fields(common::FieldVisitor& v) {
  ascending(v, "blocks", "residual blocks of the stage", kMostBlocks, blocks);
  ascending(v, "widths", "output channels of the stage", kWidest, widths);
  odd(v, "kernel of its spatial convolutions", kernels);
  ascending(v, "branches", "parallel branches of each block", kMostBranches, branches);
  types_of_blocks(v, types);
}

void ResnetElastic::Settings::fields(common::FieldVisitor& v) {
  spaces::Settings::fields(v);
  v.field({"bottleneck_divisor", "", "a bottleneck narrows to width / this many channels", 1, 64},
          bottleneck_divisor);
  v.group({"stem", "", "choices of the first convolution"}, stem);
  v.list({"stages", "", "choices of each stage; every one but the first halves height and width"}, stages);
  v.check(!stages.empty() && stages.size() <= kMostStages, "'stages' needs 1 to 16 stages", {"stages"});
  v.field({"fewest_stages", "", "networks have at least so many of the stages", 1, kMostStages},
          fewest_stages);
  v.check(fewest_stages <= static_cast<int>(stages.size()), "'fewest_stages' is more than there are stages",
          {"fewest_stages", "stages"});
}

std::vector<Gene> ResnetElastic::all_genes(const Settings& settings) {
  std::vector<int> stages;
  for (int n = settings.fewest_stages; n <= static_cast<int>(settings.stages.size()); ++n)
    stages.push_back(n);
  std::vector<Gene> genes = {
      Gene::integer("stem_width", "output channels of the first convolution", settings.stem.widths),
      Gene::integer("stem_kernel", "kernel of the first convolution", settings.stem.kernels),
      Gene::integer("stem_stride", "stride of the first convolution", settings.stem.strides),
      Gene::integer("stages", "stages; every one but the first halves height and width", stages),
  };
  for (std::size_t s = 0; s < settings.stages.size(); ++s)
    add_genes(genes, settings.stages[s], static_cast<int>(s) + 1);
  return genes;
}

ResnetElastic::ResnetElastic(const Settings& settings, std::vector<Gene> genes)
    : ResidualSpace(settings, std::move(genes), kStages),
      bottleneck_divisor_(settings.bottleneck_divisor),
      fewest_stages_(settings.fewest_stages) {}

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
    stage.shapes = {static_cast<BlockShape>(value(genes, first + kType))};
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
  const auto& strides = genes()[kStemStride].values;
  net.stem_stride = *std::min_element(strides.begin(), strides.end());
  net.first_exit = fewest_stages_;
  for (std::size_t s = 0; s < net.stages.size(); ++s) {
    net.stages[s].shapes.clear();
    auto types = genes()[kFirstOfStages + s * kPerStage + kType].values;
    std::sort(types.begin(), types.end());
    for (const int type : types) net.stages[s].shapes.push_back(static_cast<BlockShape>(type));
  }
  // Later stages halve the image, which takes a convolution on the skip in every network.
  net.stages[0].keeps_projection = genes()[kStemWidth].values != genes()[kFirstOfStages + kWidth].values ||
                                   genes()[kStemWidth].values.size() > 1;
  return graph::build(draft_of(net, kind() + "-supernet", input(), classes(), seed));
}

}  // namespace phasecore::spaces
