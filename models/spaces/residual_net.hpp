// The networks that two of the spaces are made of: a stem, stages of residual blocks with parallel branches,
// a classifier. What they cost in closed form, and how they are written down: two roads that tests compare.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "models/spaces/space.hpp"

namespace phasecore::spaces {

enum class BlockShape {
  Basic,       ///< k x k, k x k
  Bottleneck,  ///< 1x1 to width / bottleneck_divisor channels, k x k, 1x1 to width channels
  Separable,   ///< k x k depthwise, 1x1 to width channels
};

/// Every stage but the first halves height and width (rounding up) in its first block's first k x k
/// convolution, depthwise or not. Where the size or the number of channels changes the skip is a 1x1
/// convolution with batch norm, else the identity.
struct ResidualStage {
  int blocks = 1;
  int width = 1;     ///< output channels
  int kernel = 3;    ///< odd
  int branches = 1;  ///< equal in shape, each with weights of its own; their outputs and the skip are added
  /// `branches` branches of each: one shape in a network, several in what a supernet stores.
  std::vector<BlockShape> shapes = {BlockShape::Basic};
  /// false: conv, batch norm, ReLU; the last ReLU follows the sum. true ("inverse order"): conv, ReLU, batch
  /// norm; nothing follows the sum.
  bool relu_before_norm = false;
  /// The first block's skip is a convolution even where nothing changes: what a supernet stores for those of
  /// its networks where something does.
  bool keeps_projection = false;
};

struct ResidualNet {
  int stem_width = 1;
  int stem_kernel = 3;
  int stem_stride = 1;
  int bottleneck_divisor = 4;
  /// 0: one classifier, called "classifier". Else one behind every stage from this one on, each with its own
  /// name, "classifier2" behind the second: what a stage sees and what a classifier reads of it then belong
  /// together in all networks that share weights.
  int first_exit = 0;
  std::vector<ResidualStage> stages;
};

/// Convolutions in a row in the longest branch.
int convolutions(BlockShape shape);

Cost cost_of(const ResidualNet& net, const graph::Shape& input, int classes);

/// Layers "stem", "stage1.block1.branch1.conv1" (basic: conv1, conv2; bottleneck: reduce, conv, expand;
/// separable: depthwise, pointwise),
/// "stage1.block1.shortcut", "classifier" and so on. The last batch norm of a branch starts with scale
/// 1/sqrt(branches * blocks of the network), so that signals stay bounded however deep the untrained network
/// is.
graph::Network draft_of(const ResidualNet& net, const std::string& name, const graph::Shape& input,
                        int classes, std::uint64_t seed);

}  // namespace phasecore::spaces
