// Routers in rows and columns, one beside each core: what mesh and torus have in common.
#pragma once

#include <array>
#include <vector>

#include "sim/fabric/fabric.hpp"
#include "sim/fabric/parts.hpp"

namespace phasecore::fabric {

class RouterGrid : public Fabric {
 public:
  program::Route route(int from, int to) const final;

 protected:
  /// In the order in which routers serve them.
  enum Port { kEast, kWest, kNorth, kSouth, kLocal, kHostPort };

  /// The links between cores, routers and the host; those between routers are added with join().
  explicit RouterGrid(const config::Chip& chip);

  /// Links in both directions between two routers: `to` lies in direction `port` of `from`.
  void join(int from, Port port, int to, int channels);
  /// Appends the link that leaves a router in a direction; returns the router where it ends.
  int step(int router, Port port, int channel, program::Route& way) const;
  int columns() const { return columns_; }
  int rows() const { return rows_; }

  /// Appends the links from one router to another.
  virtual void walk(int from, int to, program::Route& way) const = 0;

 private:
  void add_hop(int from, Port port, int to, Port back, int channels);

  const config::Chip chip_;
  const int columns_, rows_;
  std::vector<int> inject_, eject_;       ///< links, by core
  std::vector<std::array<int, 4>> hops_;  ///< links, by router and direction
  HostWays host_;
};

}  // namespace phasecore::fabric
