#include "sim/mapping/stages/recurrent.hpp"

namespace phasecore::mapping {

std::vector<UnitWork> RecurrentWork::units_behind(const Stage& /*stage*/, int submatrix) const {
  return {gates.at(static_cast<std::size_t>(submatrix))};
}

long long RecurrentWork::weights_in(const SubMatrix& part) const {
  const long long part_rows = part.row_end - part.row_begin, columns = part.col_end - part.col_begin;
  // Of a GRU's candidate one column is of what comes in, one of the state alone.
  const bool splits_last = kind == graph::Recurrent::Kind::Gru;
  return part_rows * (splits_last ? columns / cell_columns * (cell_columns - 1) : columns);
}

std::vector<std::uint8_t> RecurrentWork::emits(const Stage& /*stage*/) const {
  if (!last_step_only) return {};
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(positions()), 0);
  mask.back() = 1;
  return mask;
}

}  // namespace phasecore::mapping
