// The chip of a candidate: a base chip with the choices of the chip genes laid over it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"
#include "sim/config/chip_file.hpp"

namespace phasecore::evaluate {

/// A key path that `--set` accepts, and the values it may take, as they would be written there.
struct ChipGene {
  std::string key;  ///< "adc.bits"
  std::vector<std::string> choices;
  common::Location where = {};  ///< of the choices in the settings
};

class Chips {
 public:
  /// `base`: shipped name or file; `assignments` hold for every candidate. Throws InputError with all
  /// problems: a base that is wrong by itself, choices that suit neither the base nor any combination tried,
  /// no combination at all that can be built.
  Chips(const std::string& base, const std::vector<std::string>& assignments, std::vector<ChipGene> genes);

  const std::vector<ChipGene>& genes() const { return genes_; }
  /// The first combination that can be built.
  const std::vector<int>& buildable() const { return buildable_; }
  /// One choice per chip gene. Throws InputError when the choices do not go together. The reference stays
  /// good.
  const config::Chip& chip(const std::vector<int>& choices) const;

 private:
  void check_choice(std::size_t gene, int choice, common::Diagnostics& diagnostics) const;
  std::optional<std::vector<int>> find_buildable(const std::map<std::size_t, int>& fixed) const;
  std::string assignment(std::size_t gene, int choice) const;

  config::ChipFile base_;
  std::vector<std::string> assignments_;
  std::vector<ChipGene> genes_;
  std::vector<int> buildable_;
  mutable std::map<std::vector<int>, std::shared_ptr<const config::Chip>> known_;  ///< read once each
};

}  // namespace phasecore::evaluate
