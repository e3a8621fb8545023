// What topologies are put together from. Inside fabric/ only.
#pragma once

#include <vector>

#include "sim/config/chip.hpp"
#include "sim/program/platform.hpp"

namespace phasecore::fabric {

/// Rows of cores, numbered along them, and the size of the network's flits.
program::Platform grid_of_cores(const config::Chip& chip);

/// A link of the network at the chip's clock, width and latencies, with a buffer where it enters a router.
program::Link network_link(const config::Chip& chip, program::LinkKind kind, int from, int to);

/// The links to and from the host, by the core or the router they lead to and come from.
class HostWays {
 public:
  /// Adds one port at the router that the chip's file names (at its place in the order of `port`), or a link
  /// of its own for every core.
  HostWays(program::Platform& platform, const config::Chip& chip, int port);
  /// Do packets to and from this core take a link of its own?
  bool direct() const { return direct_; }
  /// The router of the host's port.
  int router() const { return router_; }
  /// The links to and from a core, or the router with the port.
  int in(int at) const { return in_[direct_ ? at : 0]; }
  int out(int at) const { return out_[direct_ ? at : 0]; }

 private:
  bool direct_ = false;
  int router_ = 0;
  std::vector<int> in_, out_;
};

}  // namespace phasecore::fabric
