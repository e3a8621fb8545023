// A mapping as a file: what each layer of one network is to be on a chip. `phasecore map --out` writes it,
// anybody may edit it, `--mapping` reads it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/config/chip.hpp"

namespace phasecore::config {

struct MappingFile {
  std::string schema;   ///< "phasecore.mapping/1"
  std::string network;  ///< the network that it is of
  common::Location network_where;
  std::string chip;  ///< the chip that it was made for
  std::vector<std::pair<std::string, LayerOverride>> layers;
  void fields(common::FieldVisitor& v);
};

/// Throws InputError with all that is wrong in the file.
MappingFile load_mapping_file(const std::string& path);

/// The chip with the layers of the file on top of its own, and nothing left to choose. Throws InputError
/// where the file is of another network.
Chip with_mapping(Chip chip, const MappingFile& file, const std::string& network);

}  // namespace phasecore::config
