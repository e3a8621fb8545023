// Chips in a row, each with the fabric of one: neighbours are joined by a link in each direction.
#pragma once

#include <memory>
#include <vector>

#include "sim/fabric/fabric.hpp"

namespace phasecore::fabric {

/// Hops have twice the virtual channels: a packet that has come from another chip takes one of the second
/// half. Otherwise what comes in at a gate could wait for what goes out there: on the ring of a column they
/// share links.
///
/// Cores are numbered chip by chip. The links leave from the last router of a row and end at the first router
/// of that row on the next chip, and the other way round. The host's port, if it has one, is on the first
/// chip.
class SeveralChips : public Fabric {
 public:
  /// `one`: of a single chip, with routers.
  SeveralChips(const config::Chip& chip, std::unique_ptr<const Fabric> one);

  /// On each chip the way that a single one has between the places where the packet comes in and goes out.
  program::Route route(int from, int to) const override;

 private:
  void add_chip(int chip);
  void join(const config::Chip& chip, int from, int to);
  int chip_of(int end, int other) const;
  int local(int end) const;
  /// Appends a chip's part of a way: between places on it, from a gate (`came`) or to one (`goes`).
  void append(program::Route& way, int chip, int from, int to, bool came, bool goes) const;

  const std::unique_ptr<const Fabric> one_;
  const int cores_, first_gate_, last_gate_;  ///< of one chip
  std::vector<int> inject_, eject_;           ///< of each core of one chip: its links from and to the router
  std::vector<std::vector<int>> links_;       ///< of each chip: the single one's links here
  std::vector<int> upwards_, downwards_;      ///< links from chip i to i + 1, and from i + 1 to i
};

}  // namespace phasecore::fabric
