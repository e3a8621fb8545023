// Settings of which a file says what it changes: it lies over its kind's defaults.yaml, assignments over
// that.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/settings_text.hpp"

namespace phasecore::common {

/// The settings and the tree that they were read from. `Loaded` has both: `settings` and `root`.
template <class Loaded>
class OnDefaults {
 public:
  /// Before a file's own keys are merged into those of the defaults; may be none.
  using Prepare = std::function<void(YamlNode& defaults, const YamlNode& own)>;

  explicit OnDefaults(const SettingsKind& kind, Prepare prepare = {})
      : kind_(kind), prepare_(std::move(prepare)) {}

  /// A shipped name or a file. Throws InputError with everything that is wrong.
  Loaded of(const std::string& name_or_file, const std::vector<std::string>& assignments) const {
    Diagnostics diagnostics;
    Loaded loaded = laid(merged_settings(kind_, name_or_file), assignments, diagnostics);
    diagnostics.raise_if_any();
    return loaded;
  }

  /// A program's own text, YAML or JSON; `name` stands where messages name a file, and problems are placed by
  /// key. Throws InputError with everything that is wrong.
  Loaded of_text(const std::string& text, const std::string& name,
                 const std::vector<std::string>& assignments) const {
    Diagnostics diagnostics;
    Loaded loaded = laid(settings_of_text(kind_, text, name, diagnostics), assignments, diagnostics);
    if (!diagnostics.empty()) throw placed_by_key(loaded.root, name, InputError(diagnostics.list()));
    return loaded;
  }

 private:
  Loaded laid(const YamlNode& own, const std::vector<std::string>& assignments,
              Diagnostics& diagnostics) const {
    Loaded loaded;
    loaded.root = merged_settings(kind_, "defaults");
    if (prepare_) prepare_(loaded.root, own);
    merge_yaml(loaded.root, own);
    for (const auto& assignment : assignments) set_yaml(loaded.root, assignment, diagnostics);
    load_fields(loaded.root, loaded.settings, diagnostics);
    return loaded;
  }

  SettingsKind kind_;
  Prepare prepare_;
};

}  // namespace phasecore::common
