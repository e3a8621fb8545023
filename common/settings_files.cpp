#include "common/settings_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common/fields_text.hpp"
#include "common/program.hpp"
#include "common/settings_text.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

bool looks_like_file(const std::string& text) {
  const auto ends_with = [&](const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
  };
  return text.find('/') != std::string::npos || ends_with(".yaml") || ends_with(".yml");
}

/// "folder/name", of letters that no path has to have.
bool is_name_of_part(const std::string& text) {
  const auto slash = text.find('/');
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
  };
  return slash != std::string::npos && slash > 0 && text.find('/', slash + 1) == std::string::npos &&
         std::all_of(text.begin(), text.end(), is_letter);
}

std::string file_of_part(const std::string& name) {
  return (fs::path(config_directory()) / (name + ".yaml")).string();
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// A name that looks like a shipped part's, and is neither one nor a file.
void refuse_unknown_part(const std::string& name, const fs::path& folder, const Location& where) {
  const std::string parts = name.substr(0, name.find('/'));
  std::error_code none;
  if (!is_name_of_part(name) || fs::exists(folder / name, none) ||
      !fs::is_directory(fs::path(config_directory()) / parts, none))
    return;
  const std::vector<std::string> known = shipped({parts.c_str(), ""});
  const std::string last = name.substr(parts.size() + 1);
  throw InputError({{where, "there is no '" + name + "'; shipped in " + parts + ": " + listed(known) +
                                did_you_mean(last, known)}});
}

/// The file a name or a path stands for; a relative path counts from `folder` ("" = where the program runs).
std::string locate(const SettingsKind& kind, const std::string& name_or_file, const fs::path& folder,
                   const Location& where) {
  if (is_shipped_part(name_or_file)) return file_of_part(name_or_file);
  refuse_unknown_part(name_or_file, folder, where);
  if (looks_like_file(name_or_file)) return (folder / name_or_file).lexically_normal().string();
  const auto names = shipped(kind);
  if (std::find(names.begin(), names.end(), name_or_file) != names.end())
    return (fs::path(config_directory()) / kind.folder / (name_or_file + ".yaml")).string();
  throw InputError(
      {{where, std::string("there is no ") + kind.singular + " '" + name_or_file +
                   "'; shipped: " + listed(names) + "; a file's name ends in .yaml or has a slash" +
                   did_you_mean(name_or_file, names)}});
}

/// The files that have been read, and those among them that led to where the reading is.
struct Chain {
  std::vector<std::string> read, way;
};

bool has(const std::vector<std::string>& files, const std::string& path) {
  return std::any_of(files.begin(), files.end(), [&](const std::string& earlier) {
    std::error_code unknown;  // then reading the file says why
    return earlier == path || fs::equivalent(earlier, path, unknown);
  });
}

YamlNode broken_node() {
  YamlNode nothing;
  nothing.broken = true;  // so that its missing keys are not reported one by one
  return nothing;
}

/// What `base:` names; empty, and a diagnostic, if that cannot be.
std::vector<YamlNode> base_names(const YamlNode& base, Diagnostics& diagnostics) {
  const std::vector<YamlNode> names =
      base.kind == YamlNode::Kind::Sequence ? base.items : std::vector<YamlNode>{base};
  const auto is_name = [](const YamlNode& name) {
    return name.kind == YamlNode::Kind::Scalar && !name.scalar.empty();
  };
  if (!names.empty() && std::all_of(names.begin(), names.end(), is_name)) return names;
  diagnostics.add(base.where, "base must be a shipped name or a file, or a list of these");
  return {};
}

YamlNode read_chain(const SettingsKind& kind, const std::string& path, Chain& chain, const Location& where,
                    Diagnostics& diagnostics);

/// What was read on top of its bases, whose relative paths count from `folder`.
YamlNode lay_on_bases(const SettingsKind& kind, YamlNode node, const fs::path& folder, Chain& chain,
                      Diagnostics& diagnostics) {
  const auto member = std::find_if(node.members.begin(), node.members.end(),
                                   [](const YamlNode::Member& m) { return m.key == "base"; });
  if (member == node.members.end()) return node;
  const std::vector<YamlNode> names = base_names(member->value, diagnostics);
  node.members.erase(member);
  YamlNode all;
  all.broken = names.empty();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const YamlNode& name = names[i];
    YamlNode next =
        read_chain(kind, locate(kind, name.scalar, folder, name.where), chain, name.where, diagnostics);
    if (i == 0) {
      all = std::move(next);
      continue;
    }
    all.broken |= next.broken;
    merge_yaml(all, next);
  }
  const bool broken = all.broken || node.broken;
  merge_yaml(all, node);
  all.broken = broken;
  return all;
}

/// A file on top of its bases; it and they are added to `chain`.
YamlNode read_chain(const SettingsKind& kind, const std::string& path, Chain& chain, const Location& where,
                    Diagnostics& diagnostics) {
  if (has(chain.read, path)) {
    diagnostics.add(
        where, "base: '" + path + "' " + (has(chain.way, path) ? "leads back to itself" : "is a base twice"));
    return broken_node();
  }
  chain.read.push_back(path);
  chain.way.push_back(path);
  YamlNode node =
      lay_on_bases(kind, read_yaml(path, diagnostics), fs::path(path).parent_path(), chain, diagnostics);
  chain.way.pop_back();
  return node;
}

}  // namespace

std::string config_directory() {
  if (const char* given = std::getenv("PHASECORE_CONFIGS"); given && *given) return given;
  // A program lies in PREFIX/bin; a library in PREFIX/lib, or in a folder of its architecture below that.
  std::error_code none;
  fs::path prefix = fs::path(own_file()).parent_path();
  for (int up = 0; up < 2 && !prefix.empty(); ++up) {
    prefix = prefix.parent_path();
    const fs::path installed = prefix / "share" / "phasecore" / "configs";
    if (fs::is_directory(installed, none)) return installed.string();
  }
  return PHASECORE_CONFIG_SOURCE;
}

bool is_shipped_part(const std::string& name) {
  std::error_code none;
  return is_name_of_part(name) && fs::is_regular_file(file_of_part(name), none);
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
  Chain chain;
  return read_chain(kind, path, chain, {path, 0, 0}, diagnostics);
}

std::vector<std::string> settings_chain(const SettingsKind& kind, const std::string& name_or_file) {
  const std::string path = locate(kind, name_or_file, {}, {});
  Chain chain;
  Diagnostics diagnostics;
  read_chain(kind, path, chain, {path, 0, 0}, diagnostics);
  diagnostics.raise_if_any();
  return chain.read;
}

YamlNode settings_of_text(const SettingsKind& kind, const std::string& text, const std::string& name,
                          Diagnostics& diagnostics) {
  Chain chain;
  return lay_on_bases(kind, parse_yaml(text, name, diagnostics), {}, chain, diagnostics);
}

void hint_at_base(const SettingsKind& kind, const YamlNode& root, Diagnostics& diagnostics) {
  constexpr int kMany = 4;
  const auto& found = diagnostics.list();
  const auto missing = std::count_if(found.begin(), found.end(), tells_missing_key);
  if (missing < kMany) return;
  Diagnostics all;
  all.add(root.where, std::to_string(missing) + " keys are missing; a line 'base: NAME' in a " +
                          kind.singular + "'s file takes what the file leaves out from another: " +
                          listed(shipped(kind)) + " or a file of your own");
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
