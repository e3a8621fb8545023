// Settings that stand in no file: a program's own text, YAML or JSON (which is YAML).
#pragma once

#include <string>
#include <vector>

#include "common/settings_files.hpp"

namespace phasecore::common {

/// The text on top of what its `base:` keys name; relative paths count from where the program runs. `name`
/// stands where messages name a file. Problems go to `diagnostics`.
YamlNode settings_of_text(const SettingsKind& kind, const std::string& text, const std::string& name,
                          Diagnostics& diagnostics);

/// Problems in a text that no person wrote: instead of by line and column of `name` they are placed by key,
/// "adc.bits: is 99; ...". Others stay as they are.
InputError placed_by_key(const YamlNode& root, const std::string& name, const InputError& error);

/// That text as a checked struct, after assignments like "adc.bits=6". Throws InputError with all problems,
/// placed by key.
template <class S>
S load_settings_text(const SettingsKind& kind, const std::string& text, const std::string& name,
                     const std::vector<std::string>& assignments) {
  Diagnostics diagnostics;
  YamlNode root = settings_of_text(kind, text, name, diagnostics);
  for (const auto& assignment : assignments) set_yaml(root, assignment, diagnostics);
  S out;
  load_fields(root, out, diagnostics);
  hint_at_base(kind, root, diagnostics);
  if (!diagnostics.empty()) throw placed_by_key(root, name, InputError(diagnostics.list()));
  return out;
}

}  // namespace phasecore::common
