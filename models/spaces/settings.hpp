// The keys that every file in configs/spaces has.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/fields.hpp"

namespace phasecore::spaces {

struct Gene;

/// A gene narrowed to some of its choices.
struct Only {
  std::vector<std::string> choices;
  void fields(common::FieldVisitor& v);
};

struct Settings {
  std::string kind;
  std::vector<int> input;
  int classes = 0;
  int max_parameters = 0;
  double max_macs = 0;
  std::vector<std::pair<std::string, Only>> only;
  void fields(common::FieldVisitor& v);
};

/// The genes with the choices that `only` leaves. Unknown genes and choices become diagnostics at their
/// places in `root`, the file that `only` was read from.
std::vector<Gene> narrowed(std::vector<Gene> genes, const std::vector<std::pair<std::string, Only>>& only,
                           const common::YamlNode& root, common::Diagnostics& diagnostics);

}  // namespace phasecore::spaces
