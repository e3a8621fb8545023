#include "common/settings_files.hpp"
#include "sim/config/chip_file.hpp"
#include "sim/config/device.hpp"

namespace phasecore::config {

ChipFile::ChipFile(const std::string& name_or_file)
    : root_(common::read_settings(chip_files, name_or_file, found_)) {}

Chip ChipFile::chip(const std::vector<std::string>& assignments) const {
  common::Diagnostics diagnostics = found_;
  common::YamlNode root = root_;
  for (const std::string& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  Chip chip;
  common::load_fields(root, chip, diagnostics);
  common::hint_at_base(chip_files, root, diagnostics);
  diagnostics.raise_if_any();
  return chip;
}

Chip load_chip(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return ChipFile(name_or_file).chip(assignments);
}

Device device_of(const Chip& chip) {
  try {
    return load_device(chip.device);
  } catch (const common::InputError& e) {
    throw common::placed_at(chip.device_where, e);
  }
}

Device load_device(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return common::load_settings<Device>(device_files, name_or_file, assignments);
}

}  // namespace phasecore::config
