// Which layers a chip executes as one step, and where values become codes: said once, for training, mapping
// and calibration. Batch norms may be folded or not: the steps are the same.
#pragma once

#include <vector>

#include "models/graph/interlayer.hpp"
#include "models/graph/network.hpp"

namespace phasecore::graph {

constexpr int kImage = -1;  ///< as a step: none, the image itself

enum class StepKind {
  Product,      ///< a convolution (transposed or not), a Gemm, or a batch norm that has neither before it
  Elementwise,  ///< a sum, product, ... of two values, a clamp or another function of single values, that
                ///< nothing before it could take in
  Pool,
  Normalisation,  ///< with statistics of a pixel's channels or of the image; a Softmax
  Move,           ///< a Concat, a Slice, ...: nothing is computed, codes go to other places
  Alone,          ///< any other operator: nothing joins it
};

/// Layers that work as one: between them values are as exact as the digital unit computes, behind them they
/// are codes.
struct Step {
  StepKind kind = StepKind::Alone;
  std::vector<int> layers;  ///< in order; the first one starts it. Reshapings are where their values are
  std::vector<int> inputs;  ///< steps (or kImage) that it reads; a product's second one is added to its sums
  int sums = -1;        ///< of a product: the layer behind which its sums are complete, its batch norm if any
  int rounded = -1;     ///< the layer whose values become codes; -1: they are the codes of what it reads
  int range = -1;       ///< the layer whose static range these codes have; -1 where nothing is rounded
  bool logits = false;  ///< its values leave the chip at the end
};

struct Steps {
  std::vector<Step> steps;  ///< in the order in which they start
  std::vector<int> of;      ///< by layer: the step whose values it delivers, or kImage
  /// Layers whose codes have one range, the largest of theirs: steps, or the image, which a Concat joins.
  std::vector<std::vector<int>> shared_ranges;
  std::vector<int>
      host_tail;  ///< layers behind the logits that the host computes: a Softmax and its reshapings

  /// Does the layer go on with the step that makes its input `source`?
  bool joins(int layer, int source) const {
    const int step = of[layer];
    return step != kImage && step == of[source] && steps[step].layers.front() != layer;
  }
};

/// A layer joins the step before it if nobody else reads what that step ends in, and
///  - a batch norm, if it stands directly behind a convolution or Gemm;
///  - a clamp, unless the step averages: it commutes with a maximum only;
///  - any other function of single values, unless the step pools; between steps of the host not into a
///    product, whose cores have clamps alone;
///  - between steps of the network (not of the host): an Add of equal shapes, neither of which is a constant,
///    into the later of the two steps that feed it, if that is a product which neither adds nor pools yet; a
///    pool, into a product without one, if the pixels complete its windows one at a time and in order.
/// What only moves values is never rounded: it delivers the codes that it reads.
/// Codes have the range of the layer they belong to, or, if the network has none for it, that of a reshaping
/// behind it.
Steps steps(const Network& network, Interlayer interlayer);

}  // namespace phasecore::graph
