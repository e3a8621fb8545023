// The space that has one network: what is searched then is its chip.
#pragma once

#include "models/spaces/space.hpp"

namespace phasecore::spaces {

/// One gene, `network`, with one choice; network() is the one given, weights and all.
class Given : public Space {
 public:
  /// Throws InputError for a network whose input is not {C, H, W}.
  Given(graph::Network network, const std::string& name);

  Size size() const override { return {1, 0}; }
  Genes canonical(const Genes& genes) const override { return genes; }
  Cost cost(const Genes& genes) const override;

 protected:
  bool has_effect(const Genes&, int) const override { return true; }
  std::string own_refusal(const Genes&) const override { return ""; }
  graph::Network draft(const Genes&, std::uint64_t) const override { return network_; }

 private:
  graph::Network network_;
};

}  // namespace phasecore::spaces
