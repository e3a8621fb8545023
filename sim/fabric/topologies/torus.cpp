// A 2-D torus: every row and every column of three or more routers is closed to a ring. Packets go along the
// row first, the shorter way round, then along the column.
//
// Packets of a ring could wait for each other all around it. So links in rings have two virtual channels: a
// packet starts on channel 0 and takes channel 1 from the link that closes the ring (the dateline) on. No
// packet passes that link on channel 0, and none comes to it again on channel 1, since its way is shorter
// than the ring; neither channel closes a circle, and nothing goes back from channel 1 to 0 of the same ring.
#include "sim/fabric/router_grid.hpp"

namespace phasecore::fabric {
namespace {

class Torus : public RouterGrid {
 public:
  explicit Torus(const config::Chip& chip) : RouterGrid(chip) {
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < columns(); ++x) {
        const int router = y * columns() + x;
        if (x + 1 < columns() || is_ring(columns()))
          join(router, kEast, y * columns() + (x + 1) % columns(), channels(columns()));
        if (y + 1 < rows() || is_ring(rows()))
          join(router, kSouth, (y + 1) % rows() * columns() + x, channels(rows()));
      }
  }

 private:
  /// Two routers would be joined twice.
  static bool is_ring(int length) { return length >= 3; }
  static int channels(int length) { return is_ring(length) ? 2 : 1; }

  void walk(int from, int to, program::Route& way) const override {
    const int corner = from / columns() * columns() + to % columns();
    around(from, corner, columns(), 1, kEast, kWest, way);
    around(corner, to, rows(), columns(), kSouth, kNorth, way);
  }

  /// Along a row or column of `length` routers whose numbers are `stride` apart.
  void around(int from, int to, int length, int stride, Port up, Port down, program::Route& way) const {
    const auto position = [&](int router) { return router / stride % length; };
    const int upwards = (position(to) - position(from) + length) % length;
    const bool goes_up = is_ring(length) ? 2 * upwards <= length : position(from) < position(to);
    const int dateline = goes_up ? length - 1 : 0;  // the link that leaves here closes the ring
    int channel = 0;
    for (int at = from; at != to;) {
      if (is_ring(length) && position(at) == dateline) channel = 1;
      at = step(at, goes_up ? up : down, channel, way);
    }
  }
};

}  // namespace

void register_torus(Topologies& topologies) {
  topologies.add("torus", [](const config::Chip& chip) { return std::make_unique<Torus>(chip); });
}

}  // namespace phasecore::fabric
