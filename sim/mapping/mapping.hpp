// A network on a chip: stages (an MVM layer with what its digital units do afterwards, or a purely digital
// layer), cut into sub-matrices, placed on cores. Pure data, shared by accuracy, the program builder, reports
// and `inspect`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::mapping {

constexpr int kNetworkInput = -1;  ///< as Stage::input: the image itself

enum class StageKind {
  Mvm,      ///< Conv or Gemm in crossbars (or, with digital = true, in the digital unit)
  Digital,  ///< what could not be fused: Add, Relu, Clip (once per pixel) or a pool (once per pooled pixel)
};

enum class ActivationKind { None, Relu, Clip };
struct Activation {
  ActivationKind kind = ActivationKind::None;
  float low = 0, high = 0;  ///< Clip
};

/// A pool executed on the INT8-bound outputs of a stage.
struct Pool {
  graph::Op op = graph::Op::MaxPool;  ///< MaxPool, AveragePool, GlobalAveragePool
  graph::Window window;               ///< for GlobalAveragePool the whole plane
  std::string name;                   ///< of the network's layer
};

/// Rows [row_begin, row_end) x columns [col_begin, col_end) of a stage's weight matrix, in one core.
/// Sub-matrices with equal columns form a chain of partial sums in the order of `chain position` = 0, 1, ...
struct SubMatrix {
  int row_begin = 0, row_end = 0, col_begin = 0, col_end = 0;
  int chain_position = 0;
  int core = -1;
};

/// out = pool(act(first_act(W x + b) + skip)), every piece optional. Values between stages are INT8 codes.
/// A Digital stage has the input itself in place of W x + b. It either works on single values (op Add: skip
/// is set; op Relu, Clip: only the activation; no pool; fires once per pixel) or is a pool (op MaxPool, ...:
/// no skip; fires once per pixel of out_shape). A pool fused into an Mvm stage (on the chip only) emits at
/// the firing that completes a window, one window at a time, in raster order; GlobalAveragePool at the last
/// one.
struct Stage {
  std::string name;  ///< the network layer it is reported as (the Conv or Gemm; for Digital the Add or pool)
  graph::Op op = graph::Op::Conv;
  StageKind kind = StageKind::Mvm;
  bool digital = false;  ///< an Mvm stage computed exactly by digital units (per-layer override)
  int adc_bits = 0;
  int input = kNetworkInput;  ///< stage index
  std::optional<int> skip;    ///< stage index (or kNetworkInput) whose codes are added after first_act
  graph::Shape in_shape;   ///< {C,H,W} or {F}; of `input` after its pool. A Gemm may read {C,H,W}: row r is
                           ///< the value r in C order, so Flatten needs no stage
  graph::Shape mvm_shape;  ///< before the pool: {C_out, H, W} or {F}
  graph::Shape out_shape;  ///< after the pool
  graph::Window window;    ///< of the convolution
  int groups = 1;
  int rows = 0, cols = 0;  ///< weight matrix: rows = C_in*kh*kw (channel-major: c, ky, kx), cols = C_out
  /// rows x cols, row-major. Grouped convolutions: block-diagonal, zeros outside the blocks.
  std::vector<float> weights;
  std::vector<float> bias;      ///< cols, never empty for Mvm
  Activation first_activation;  ///< before the skip is added
  Activation activation;
  std::optional<Pool> pool;
  std::vector<SubMatrix> submatrices;  ///< sorted by (col_begin, chain position); empty for digital stages
  int core = -1;  ///< of a digital stage or digital layer; kHost (-1) when the host does it
  /// Network layer (batch norms folded) whose output range describes this stage's output codes (after
  /// activation, add, pool).
  std::string range_name;
  int positions() const;  ///< MVMs per image: H*W of mvm_shape, or 1
  long long macs = 0;     ///< logical MACs per image
};

struct Mapping {
  std::string network;
  graph::Shape input_shape;  ///< as the chip receives it: {F} when the network only reads its image flattened
  std::string input_name;    ///< network input layer, for its range
  std::vector<Stage> stages;           ///< topological order; the last one gives the logits
  std::vector<std::string> host_tail;  ///< layers after the logits that the host does exactly (Softmax)
  int cores_available = 0, cores_used = 0;
  double utilization = 0;  ///< logical weights in crossbars / cells of the used crossbars
};

/// Even split of `size` into ceil(size / limit) parts (sizes ceil(size / n), the last one smaller): LG's
/// `equal`, aihwkit's even split; or full parts of `limit` and a rest: `ceil`. Returns the boundaries, first
/// 0, last `size`.
std::vector<int> split(config::TilingRule rule, int size, int limit);

/// Number of crossbars a rows x cols matrix takes.
int crossbars(config::TilingRule rule, int rows, int cols, int limit_rows, int limit_cols);

/// Fuses, cuts and places. Folds batch norms first. Throws InputError: a layer the chip cannot execute (name,
/// operator, why), or a network that does not fit, with the table layer / cores needed / cores left.
Mapping map(const graph::Network& network, const config::Chip& chip);

}  // namespace phasecore::mapping
