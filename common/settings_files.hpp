// Settings files: where the shipped ones are, `base:` chains, assignments on top.
#pragma once

#include <string>
#include <vector>

#include "common/fields.hpp"
#include "common/yaml.hpp"

namespace phasecore::common {

/// Folder of the shipped settings files: PHASECORE_CONFIGS, where the program is installed, or the source
/// tree.
std::string config_directory();

/// What one kind of settings file is called, in the plural as its folder ("chips") and in the singular for
/// messages ("chip").
struct SettingsKind {
  const char* folder;
  const char* singular;
};

/// A shipped file that describes a part of something, of any kind of settings, to lie on top of others:
/// "digital_units/ldpu" is digital_units/ldpu.yaml in config_directory().
bool is_shipped_part(const std::string& name);

/// Names of the shipped files of a kind, sorted. Throws EnvironmentError when the folder cannot be listed.
std::vector<std::string> shipped(const SettingsKind& kind);

/// The file that a shipped name or a path stands for. Throws InputError for an unknown name.
std::string settings_file(const SettingsKind& kind, const std::string& name_or_file);

/// That file and those that its `base:` keys lead to. Throws InputError where one cannot be read.
std::vector<std::string> settings_chain(const SettingsKind& kind, const std::string& name_or_file);

/// Reads that file on top of its bases; problems go to `diagnostics`.
YamlNode read_settings(const SettingsKind& kind, const std::string& name_or_file, Diagnostics& diagnostics);

/// The content of that file on top of what its `base:` keys name, one name or a list of which later ones lie
/// on top of earlier ones. Throws InputError with all problems.
YamlNode merged_settings(const SettingsKind& kind, const std::string& name_or_file);

/// Says before all else that `base:` exists, where so many keys of a file are missing that its writer did not
/// know.
void hint_at_base(const SettingsKind& kind, const YamlNode& root, Diagnostics& diagnostics);

/// That file as a checked struct, after assignments like "adc.bits=6".
template <class S>
S load_settings(const SettingsKind& kind, const std::string& name_or_file,
                const std::vector<std::string>& assignments) {
  Diagnostics diagnostics;
  YamlNode root = read_settings(kind, name_or_file, diagnostics);
  for (const auto& assignment : assignments) set_yaml(root, assignment, diagnostics);
  S out;
  load_fields(root, out, diagnostics);
  hint_at_base(kind, root, diagnostics);
  diagnostics.raise_if_any();
  return out;
}

}  // namespace phasecore::common
