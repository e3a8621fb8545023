#include "common/settings_files.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"

namespace phasecore::config {

Chip load_chip(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return common::load_settings<Chip>(chip_files, name_or_file, assignments);
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
