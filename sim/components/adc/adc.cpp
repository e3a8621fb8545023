#include "sim/components/adc/adc.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::adc {

std::unique_ptr<Type> Types::make(const std::string& name) const {
  const auto found = prototypes_.find(name);
  common::ensure(found != prototypes_.end(), "adc: no converter is called '" + name + "'");
  return found->second->clone();
}

std::vector<std::string> Types::names() const {
  std::vector<std::string> names;
  for (const auto& [name, prototype] : prototypes_) names.push_back(name);
  return names;
}

}  // namespace phasecore::adc
