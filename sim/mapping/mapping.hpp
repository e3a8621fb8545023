// A network on a chip: stages (an MVM layer with what its digital units do afterwards, or a purely digital
// layer), cut into sub-matrices, placed on cores. Pure data, shared by numerics, the program builder, reports
// and `inspect`.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "models/graph/fold.hpp"
#include "models/graph/network.hpp"
#include "sim/config/chip.hpp"
#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {

struct Mapping {
  std::string network;
  graph::Shape input_shape;  ///< as the chip receives it: {F} when the network only reads its image flattened
  bool takes_steps = false;  ///< the network's {steps, width} come step by step, as {width, steps}
  std::string input_name;    ///< network input layer, for its range
  std::vector<Stage> stages;  ///< topological order; the last one gives the logits
  /// Ranges (Stage::range_name, input_name) that are one: the largest of them.
  std::vector<std::vector<std::string>> shared_ranges;
  std::vector<std::string> host_tail;  ///< layers after the logits that the host does exactly (Softmax)
  int cores_available = 0, cores_used = 0;
  double utilization = 0;  ///< logical weights in crossbars / cells of the used crossbars
};

/// Does any layer share out its pixels to replicas or in tiles?
bool is_shared_out(const Mapping& mapping);

/// Even split of `size` into ceil(size / limit) parts (sizes ceil(size / n), the last one smaller): LG's
/// `equal`, aihwkit's even split; or full parts of `limit` and a rest: `ceil`. Returns the boundaries, first
/// 0, last `size`.
std::vector<int> split(config::TilingRule rule, int size, int limit);

/// A dense weight matrix as tiling sees it.
struct MatrixSize {
  int rows = 0, cols = 0;
  int rows_per_channel = 1;  ///< of an input channel
  bool operator<(const MatrixSize& o) const {
    return std::tie(rows, cols, rows_per_channel) < std::tie(o.rows, o.cols, o.rows_per_channel);
  }
};
/// Its rows: as split(), or full parts of whole channels and a rest: `ceil-channels`, where a channel fits.
std::vector<int> split_rows(config::TilingRule rule, const MatrixSize& matrix, int limit);

/// Number of crossbars it takes.
int crossbars(config::TilingRule rule, const MatrixSize& matrix, int limit_rows, int limit_cols);

/// Fuses, cuts and places. Throws InputError: a layer the chip cannot execute (name,
/// operator, why), or a network that does not fit, with the table layer / cores needed / cores left. `rules`:
/// how operators become stages.
Mapping map(const graph::FoldedNetwork& network, const config::Chip& chip,
            const Rules& rules = lowering_rules());

}  // namespace phasecore::mapping
