#include "sim/config/mapping_file.hpp"

#include "common/fields.hpp"
#include "common/yaml.hpp"

namespace phasecore::config {

void MappingFile::fields(common::FieldVisitor& v) {
  v.field({"schema", "", "format of this file: phasecore.mapping/1"}, schema);
  v.check(schema == "phasecore.mapping/1",
          "schema '" + schema + "' is not known; allowed: phasecore.mapping/1", {"schema"});
  v.field({"network", "", "the network that the layers are of"}, network);
  v.place("network", network_where);
  v.field({"chip", "", "the chip that this was made for"}, chip);
  v.map({"layers", "", "what each layer is, by name or pattern; the last match wins"}, layers);
}

MappingFile load_mapping_file(const std::string& path) {
  common::Diagnostics diagnostics;
  const common::YamlNode root = common::read_yaml(path, diagnostics);
  MappingFile file;
  common::load_fields(root, file, diagnostics);
  diagnostics.raise_if_any();
  return file;
}

Chip with_mapping(Chip chip, const MappingFile& file, const std::string& network) {
  if (file.network != network)
    throw common::InputError({{file.network_where, "the mapping is of network '" + file.network +
                                                       "', the network is '" + network + "'"}});
  chip.layers.insert(chip.layers.end(), file.layers.begin(), file.layers.end());
  chip.mapping.objective = Objective::OneToOne;
  chip.mapping.digital = DigitalLayers::Given;
  return chip;
}

}  // namespace phasecore::config
