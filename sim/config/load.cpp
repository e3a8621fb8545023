// From a name to a checked struct: where files are, `base:` chains, assignments.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common/yaml.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"

namespace phasecore::config {
namespace {

namespace fs = std::filesystem;

bool looks_like_file(const std::string& text) {
  const auto ends_with = [&](const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
  };
  return text.find('/') != std::string::npos || ends_with(".yaml") || ends_with(".yml");
}

/// The file a name or a path stands for; a relative path counts from `folder` ("" = where the program runs).
std::string locate(const std::string& kind, const std::string& name_or_file, const fs::path& folder,
                   const common::Location& where) {
  if (looks_like_file(name_or_file)) return (folder / name_or_file).lexically_normal().string();
  const auto names = shipped(kind);
  if (std::find(names.begin(), names.end(), name_or_file) != names.end())
    return (fs::path(config_directory()) / kind / (name_or_file + ".yaml")).string();
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  const std::string singular = kind == "searches"   ? "search"
                               : kind == "training" ? "training recipe"
                                                    : kind.substr(0, kind.size() - 1);
  throw common::InputError({{where, "there is no " + singular + " '" + name_or_file + "'; shipped: " + list +
                                        "; a file's name ends in .yaml or has a slash" +
                                        common::did_you_mean(name_or_file, names)}});
}

/// A file on top of its bases. `chain`: the files that led here.
common::YamlNode read_chain(const std::string& kind, const std::string& path, std::vector<std::string> chain,
                            const common::Location& where, common::Diagnostics& diagnostics) {
  const std::string identity = fs::weakly_canonical(path).string();
  if (std::find(chain.begin(), chain.end(), identity) != chain.end()) {
    diagnostics.add(where, "base: '" + path + "' leads back to itself");
    common::YamlNode nothing;
    nothing.broken = true;  // so that its missing keys are not reported one by one
    return nothing;
  }
  chain.push_back(identity);
  common::YamlNode node = common::read_yaml(path, diagnostics);
  const auto member = std::find_if(node.members.begin(), node.members.end(),
                                   [](const common::YamlNode::Member& m) { return m.key == "base"; });
  if (member == node.members.end()) return node;
  const common::YamlNode base_name = member->value;
  node.members.erase(member);
  if (base_name.kind != common::YamlNode::Kind::Scalar || base_name.scalar.empty()) {
    diagnostics.add(base_name.where, "base must be a shipped name or a file");
    node.broken = true;
    return node;
  }
  const auto base_path = locate(kind, base_name.scalar, fs::path(path).parent_path(), base_name.where);
  common::YamlNode base = read_chain(kind, base_path, chain, base_name.where, diagnostics);
  common::merge_yaml(base, node);
  return base;
}

template <class S>
S load(const std::string& kind, const std::string& name_or_file,
       const std::vector<std::string>& assignments) {
  common::Diagnostics diagnostics;
  const std::string path = locate(kind, name_or_file, {}, {});
  common::YamlNode root = read_chain(kind, path, {}, {path, 0, 0}, diagnostics);
  for (const auto& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  S out;
  common::load_fields(root, out, diagnostics);
  diagnostics.raise_if_any();
  return out;
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

std::vector<std::string> shipped(const std::string& kind) {
  const fs::path folder = fs::path(config_directory()) / kind;
  std::error_code failure;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  if (failure)
    throw common::EnvironmentError("cannot list the shipped " + kind + " in " + folder.string() + ": " +
                                   failure.message());
  std::sort(names.begin(), names.end());
  return names;
}

Chip load_chip(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return load<Chip>("chips", name_or_file, assignments);
}

Device load_device(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return load<Device>("devices", name_or_file, assignments);
}

std::string settings_file(const std::string& kind, const std::string& name_or_file) {
  return locate(kind, name_or_file, {}, {});
}

common::YamlNode merged_settings(const std::string& kind, const std::string& name_or_file) {
  common::Diagnostics diagnostics;
  const std::string path = locate(kind, name_or_file, {}, {});
  common::YamlNode root = read_chain(kind, path, {}, {path, 0, 0}, diagnostics);
  diagnostics.raise_if_any();
  return root;
}

}  // namespace phasecore::config
