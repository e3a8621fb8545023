#include "sim/mapping/stages/mvm.hpp"

#include <algorithm>

namespace phasecore::mapping {

int MvmWork::positions() const {
  return raster_of(plane).pixels();
}

int MvmWork::rows_per_channel(const Stage& stage) const {
  return window ? window->kernel_h * window->kernel_w : raster_of(stage.inputs.at(0).shape).pixels();
}

bool MvmWork::ends_chain(std::size_t submatrix) const {
  return submatrix + 1 == submatrices.size() || submatrices[submatrix + 1].chain_position == 0;
}

long long MvmWork::weights_in(const SubMatrix& part) const {
  const long long part_rows = part.row_end - part.row_begin;
  const long long part_cols = part.col_end - part.col_begin;
  const int rows_per_group = rows / groups;
  // Whole groups lie on the diagonal; a part of one group is dense.
  const long long whole_groups = std::max(1LL, part_rows / rows_per_group);
  return part_rows * part_cols / whole_groups;
}

int MvmWork::firings(const Stage& /*stage*/) const {
  return positions();
}

Reads MvmWork::reads(const Stage& stage, int input) const {
  if (input > 0) return pixel_reads(positions());
  const Raster in = raster_of(stage.inputs.at(0).shape);
  return window ? window_reads(in, spread, *window, raster_of(plane)) : whole_reads(in);
}

std::vector<std::uint8_t> MvmWork::emits(const Stage& stage) const {
  if (!pool) return {};
  auto mask = completions(raster_of(plane), pool->window, raster_of(stage.out_shape));
  common::ensure(mask.has_value(), "mapping: a pool was fused that cannot emit in order");
  return std::move(*mask);
}

DigitalDemand MvmWork::demand(const Stage& stage) const {
  DigitalDemand demand;
  demand.loaded_bytes = rows;
  demand.pooled = pool ? pool->values(stage.out_shape) / positions() : 0;
  demand.macs = stage.macs / positions();
  add_demand(first_activation, cols, demand);
  add_demand(activation, cols, demand);
  return demand;
}

const MvmWork* in_crossbars(const Stage& stage) {
  const MvmWork* mvm = stage.as<MvmWork>();
  return mvm != nullptr && !mvm->digital ? mvm : nullptr;
}

MvmWork* in_crossbars(Stage& stage) {
  MvmWork* mvm = stage.as<MvmWork>();
  return mvm != nullptr && !mvm->digital ? mvm : nullptr;
}

const std::vector<SubMatrix>& submatrices_of(const Stage& stage) {
  static const std::vector<SubMatrix> kNone;
  const MvmWork* mvm = in_crossbars(stage);
  return mvm != nullptr ? mvm->submatrices : kNone;
}

}  // namespace phasecore::mapping
