#include "sim/validate/measure.hpp"

#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::validate {

const tile::Characterisation& Shared::characterisation(const std::string& key, const tile::Request& request) {
  const auto known = characterisations_.find(key);
  if (known != characterisations_.end()) return known->second;
  return characterisations_.emplace(key, tile::characterise(request)).first->second;
}

std::vector<std::string> Measures::names() const {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers_) names.push_back(name);
  return names;
}

void ChipChoice::fields(common::FieldVisitor& v) {
  v.field({"chip", "", "a shipped chip"}, name);
  v.field({"set", "", "keys of the chip that differ, as for --set"}, assignments);
}

config::Chip ChipChoice::load() const {
  return config::load_chip(name, assignments);
}

void NetworkChoice::fields(common::FieldVisitor& v) {
  v.field({"network", "", "a network's definition, as in zoo:NAME"}, name);
  v.field({"input", "", "shape of its images; empty: as published", 1, 4096}, input);
}

graph::Network NetworkChoice::build() const {
  const zoo::Definition* definition = zoo::find(name);
  if (definition == nullptr) {
    std::vector<std::string> known;
    for (const zoo::Definition& d : zoo::definitions()) known.push_back(d.name);
    throw common::InputError("there is no definition of a network '" + name + "'" +
                             common::did_you_mean(name, known));
  }
  return input.empty() ? definition->build() : definition->build_for({input.begin(), input.end()}, 0);
}

}  // namespace phasecore::validate
