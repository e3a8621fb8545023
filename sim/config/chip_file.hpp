// A chip's file, read once for many chips that differ in assignments.
#pragma once

#include <string>
#include <vector>

#include "sim/config/chip.hpp"

namespace phasecore::config {

class ChipFile {
 public:
  /// A shipped name or a file. Throws InputError for an unknown name; what is wrong in the file is said with
  /// what is wrong with a chip.
  explicit ChipFile(const std::string& name_or_file);
  /// As load_chip().
  Chip chip(const std::vector<std::string>& assignments) const;

 private:
  common::Diagnostics found_;
  common::YamlNode root_;
};

}  // namespace phasecore::config
