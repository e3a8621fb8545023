// The 2-D mesh: routers, the links between them and the cores' entries.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "sim/chip/router.hpp"

namespace phasecore::chip {

class Mesh : public PacketSink {
 public:
  Mesh(RunState& run, const std::vector<std::unique_ptr<Core>>& cores);

  void reset();
  Router& router(int id) { return *routers_[id]; }
  const std::vector<std::unique_ptr<Router>>& routers() const { return routers_; }
  bool empty() const;

  bool may_start(int core, int packet, Picoseconds now) override;
  Picoseconds start(int core, int packet, Picoseconds now, bool head_only) override;
  void finish(int core, int packet, Picoseconds end) override;

 private:
  RunState& run_;
  const std::vector<std::unique_ptr<Core>>& cores_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::deque<Credits> entries_;  ///< each core's knowledge of its router's local buffer
};

}  // namespace phasecore::chip
