#include <nlohmann/json.hpp>

#include "app/library/inside.hpp"
#include "common/json_text.hpp"
#include "common/settings_text.hpp"
#include "sim/report/yaml_json.hpp"

namespace phasecore {
inline namespace v1 {

using library::translated;

namespace {

template <class Settings>
std::string json_of(const Settings& settings) {
  common::Diagnostics none;
  return common::json_text(
      report::yaml_to_json(common::parse_yaml(common::dump_fields(settings), "settings", none)), 1);
}

}  // namespace

Chip::Chip(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Chip Chip::load(const std::string& name_or_file, const Assignments& set) {
  return translated([&] {
    return Chip(std::make_shared<const Impl>(Impl{config::load_chip(name_or_file, set), name_or_file}));
  });
}

Chip Chip::parse(const std::string& text, const Assignments& set) {
  return translated([&] {
    config::Chip chip = common::load_settings_text<config::Chip>(config::chip_files, text, "chip", set);
    const std::string name = chip.name;
    return Chip(std::make_shared<const Impl>(Impl{std::move(chip), name}));
  });
}

std::vector<std::string> Chip::names() {
  return translated([] { return common::shipped(config::chip_files); });
}

std::string Chip::name() const {
  return impl_->chip.name;
}
int Chip::cores() const {
  return impl_->chip.cores();
}
std::string Chip::yaml() const {
  return common::dump_fields(impl_->chip);
}
std::string Chip::json() const {
  return json_of(impl_->chip);
}

Device::Device(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Device Device::load(const std::string& name_or_file, const Assignments& set) {
  return translated(
      [&] { return Device(std::make_shared<const Impl>(Impl{config::load_device(name_or_file, set)})); });
}

Device Device::parse(const std::string& text, const Assignments& set) {
  return translated([&] {
    return Device(std::make_shared<const Impl>(
        Impl{common::load_settings_text<config::Device>(config::device_files, text, "device", set)}));
  });
}

std::vector<std::string> Device::names() {
  return translated([] { return common::shipped(config::device_files); });
}

std::string Device::name() const {
  return impl_->device.name;
}
std::string Device::yaml() const {
  return common::dump_fields(impl_->device);
}
std::string Device::json() const {
  return json_of(impl_->device);
}

}  // namespace v1
}  // namespace phasecore
