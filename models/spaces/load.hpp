// Spaces by file: configs/spaces/*.yaml.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/settings_files.hpp"
#include "models/spaces/space.hpp"

namespace phasecore::spaces {

constexpr common::SettingsKind space_files{"spaces", "space"};

/// Reads a space file and lays the `--set` assignments over it. Throws InputError with everything that is
/// wrong.
std::unique_ptr<Space> load(const std::string& path, const std::vector<std::string>& assignments = {});

/// The same from YAML read before. Problems become diagnostics; then the result is null.
std::unique_ptr<Space> make(const common::YamlNode& root, common::Diagnostics& diagnostics);

/// The keys of a space file of this kind, for documentation. Throws InputError for an unknown kind.
std::vector<common::FieldDoc> describe(const std::string& kind);

}  // namespace phasecore::spaces
