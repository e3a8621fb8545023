// A 2-D mesh with XY routes: along the row first, then along the column. No two packets can wait for each
// other in a circle, since none ever turns from a column into a row.
#include "sim/fabric/router_grid.hpp"

namespace phasecore::fabric {
namespace {

class Mesh : public RouterGrid {
 public:
  explicit Mesh(const config::Chip& chip) : RouterGrid(chip) {
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < columns(); ++x) {
        const int router = y * columns() + x;
        if (x + 1 < columns()) join(router, kEast, router + 1, 1);
        if (y + 1 < rows()) join(router, kSouth, router + columns(), 1);
      }
  }

 private:
  void walk(int at, int to, program::Route& way) const override {
    while (at % columns() != to % columns())
      at = step(at, at % columns() < to % columns() ? kEast : kWest, 0, way);
    while (at != to) at = step(at, at < to ? kSouth : kNorth, 0, way);
  }
};

}  // namespace

void register_mesh(Topologies& topologies) {
  topologies.add("mesh", [](const config::Chip& chip) { return std::make_unique<Mesh>(chip); });
}

}  // namespace phasecore::fabric
