#include "common/settings_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common/fields_text.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

bool looks_like_file(const std::string& text) {
  const auto ends_with = [&](const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
  };
  return text.find('/') != std::string::npos || ends_with(".yaml") || ends_with(".yml");
}

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// The file a name or a path stands for; a relative path counts from `folder` ("" = where the program runs).
std::string locate(const SettingsKind& kind, const std::string& name_or_file, const fs::path& folder,
                   const Location& where) {
  if (looks_like_file(name_or_file)) return (folder / name_or_file).lexically_normal().string();
  const auto names = shipped(kind);
  if (std::find(names.begin(), names.end(), name_or_file) != names.end())
    return (fs::path(config_directory()) / kind.folder / (name_or_file + ".yaml")).string();
  throw InputError(
      {{where, std::string("there is no ") + kind.singular + " '" + name_or_file +
                   "'; shipped: " + joined(names) + "; a file's name ends in .yaml or has a slash" +
                   did_you_mean(name_or_file, names)}});
}

/// A file on top of its bases. `chain`: the files that led here; this one and its bases are added.
YamlNode read_chain(const SettingsKind& kind, const std::string& path, std::vector<std::string>& chain,
                    const Location& where, Diagnostics& diagnostics) {
  const auto is_same = [&](const std::string& earlier) {
    std::error_code unknown;  // then reading the file says why
    return earlier == path || fs::equivalent(earlier, path, unknown);
  };
  if (std::any_of(chain.begin(), chain.end(), is_same)) {
    diagnostics.add(where, "base: '" + path + "' leads back to itself");
    YamlNode nothing;
    nothing.broken = true;  // so that its missing keys are not reported one by one
    return nothing;
  }
  chain.push_back(path);
  YamlNode node = read_yaml(path, diagnostics);
  const auto member = std::find_if(node.members.begin(), node.members.end(),
                                   [](const YamlNode::Member& m) { return m.key == "base"; });
  if (member == node.members.end()) return node;
  const YamlNode base_name = member->value;
  node.members.erase(member);
  if (base_name.kind != YamlNode::Kind::Scalar || base_name.scalar.empty()) {
    diagnostics.add(base_name.where, "base must be a shipped name or a file");
    node.broken = true;
    return node;
  }
  const auto base_path = locate(kind, base_name.scalar, fs::path(path).parent_path(), base_name.where);
  YamlNode base = read_chain(kind, base_path, chain, base_name.where, diagnostics);
  merge_yaml(base, node);
  return base;
}

}  // namespace

std::string config_directory() {
  if (const char* given = std::getenv("PHASECORE_CONFIGS"); given && *given) return given;
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  if (!none) {
    const fs::path installed = program.parent_path().parent_path() / "share" / "phasecore" / "configs";
    if (fs::is_directory(installed, none)) return installed.string();
  }
  return PHASECORE_CONFIG_SOURCE;
}

std::vector<std::string> shipped(const SettingsKind& kind) {
  const fs::path folder = fs::path(config_directory()) / kind.folder;
  std::error_code failure;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  if (failure)
    throw EnvironmentError(std::string("cannot list the shipped ") + kind.folder + " in " + folder.string() +
                           ": " + failure.message());
  std::sort(names.begin(), names.end());
  return names;
}

std::string settings_file(const SettingsKind& kind, const std::string& name_or_file) {
  return locate(kind, name_or_file, {}, {});
}

YamlNode read_settings(const SettingsKind& kind, const std::string& name_or_file, Diagnostics& diagnostics) {
  const std::string path = locate(kind, name_or_file, {}, {});
  std::vector<std::string> chain;
  return read_chain(kind, path, chain, {path, 0, 0}, diagnostics);
}

std::vector<std::string> settings_chain(const SettingsKind& kind, const std::string& name_or_file) {
  const std::string path = locate(kind, name_or_file, {}, {});
  std::vector<std::string> chain;
  Diagnostics diagnostics;
  read_chain(kind, path, chain, {path, 0, 0}, diagnostics);
  diagnostics.raise_if_any();
  return chain;
}

void hint_at_base(const SettingsKind& kind, const YamlNode& root, Diagnostics& diagnostics) {
  constexpr int kMany = 4;
  const auto& found = diagnostics.list();
  const auto missing = std::count_if(found.begin(), found.end(), tells_missing_key);
  if (missing < kMany) return;
  Diagnostics all;
  all.add(root.where, std::to_string(missing) + " keys are missing; a line 'base: NAME' in a " +
                          kind.singular + "'s file takes what the file leaves out from another: " +
                          joined(shipped(kind)) + " or a file of your own");
  for (const Diagnostic& diagnostic : found) all.add(diagnostic);
  diagnostics = std::move(all);
}

YamlNode merged_settings(const SettingsKind& kind, const std::string& name_or_file) {
  Diagnostics diagnostics;
  YamlNode root = read_settings(kind, name_or_file, diagnostics);
  diagnostics.raise_if_any();
  return root;
}

}  // namespace phasecore::common
