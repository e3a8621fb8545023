// The chip of a candidate: a base chip with the choices of the chip genes laid over it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/config/chip.hpp"

namespace phasecore::evaluate {

/// A key path that `--set` accepts, and the values it may take, as they would be written there.
struct ChipGene {
  std::string key;  ///< "adc.bits"
  std::vector<std::string> choices;
};

class Chips {
 public:
  /// `base`: shipped name or file; `assignments` hold for every candidate. Checks the base and every choice
  /// of every gene on it. Throws InputError with all problems.
  Chips(const std::string& base, const std::vector<std::string>& assignments, std::vector<ChipGene> genes);

  const std::vector<ChipGene>& genes() const { return genes_; }
  /// One choice per chip gene. Throws InputError when the choices do not go together. The reference stays
  /// good.
  const config::Chip& chip(const std::vector<int>& choices) const;

 private:
  std::string base_;
  std::vector<std::string> assignments_;
  std::vector<ChipGene> genes_;
  mutable std::map<std::vector<int>, std::unique_ptr<const config::Chip>> known_;  ///< read once each
};

}  // namespace phasecore::evaluate
