// Settings as JSON, typed as the strict loader would read them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/yaml.hpp"

namespace phasecore::report {

/// Maps, sequences and scalars; unquoted true/false, integers and numbers become JSON's, everything else
/// text.
nlohmann::ordered_json yaml_to_json(const common::YamlNode& node);

}  // namespace phasecore::report
