// A torus that the library does not know: packets go east along their row, then south along their column, and
// never back.
#pragma once

#include "sim/fabric/router_grid.hpp"

namespace phasecore::test {

class OneWayTorus : public fabric::RouterGrid {
 public:
  /// `datelines`: packets change to the second virtual channel where a ring closes. Without, they could wait
  /// for each other all around it.
  explicit OneWayTorus(const config::Chip& chip, bool datelines = true)
      : RouterGrid(chip), datelines_(datelines) {
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < columns(); ++x) {
        join(y * columns() + x, kEast, y * columns() + (x + 1) % columns(), 2);
        join(y * columns() + x, kSouth, (y + 1) % rows() * columns() + x, 2);
      }
  }

 private:
  void walk(int from, int to, program::Route& way) const override {
    int at = from;
    for (int channel = 0; at % columns() != to % columns();) {
      if (datelines_ && at % columns() == columns() - 1) channel = 1;
      at = step(at, kEast, channel, way);
    }
    for (int channel = 0; at != to;) {
      if (datelines_ && at / columns() == rows() - 1) channel = 1;
      at = step(at, kSouth, channel, way);
    }
  }

  const bool datelines_;
};

}  // namespace phasecore::test
