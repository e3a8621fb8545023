// What a chip cannot compute of a network, collected so that all of it is said at once. Inside mapping/ only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/mapping/lowering.hpp"

namespace phasecore::mapping {

class Refusals {
 public:
  void add(const graph::Layer& layer, const std::string& why);
  /// Is it the last one of its operator that was added?
  bool has(const graph::Layer& layer) const;
  /// Throws InputError with one line per operator: its first layer, why that one, and how many there are.
  void raise_if_any(const graph::Network& network) const;

 private:
  struct Refused {
    const graph::Layer* first;
    const graph::Layer* last;  ///< a layer may be refused for several reasons, but counts once
    std::string why;
    std::size_t layers;
  };

  std::vector<Refused> operators_;
  std::map<std::string, std::size_t> places_;  ///< by operator
};

/// "values of 4 dimensions (2x3x4x5); the chip has ..."
std::string without_raster(const graph::Shape& shape);

/// Applies the rule to a layer whose inputs cannot be had, as if each were there in its own shape: the rule
/// may refuse it, but makes no stage.
void try_rule(const Rule& rule, const graph::Network& network, int layer, Refusals& refusals);

}  // namespace phasecore::mapping
