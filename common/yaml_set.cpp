// `--set key.path=value`.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "common/text.hpp"
#include "common/yaml.hpp"

namespace phasecore::common {
namespace {

struct Assignment {
  std::vector<std::string> path;
  std::string_view path_text;
  std::string_view value;
};

/// Cuts a."b.*".c=value; nothing if it has not that form.
std::optional<Assignment> cut(std::string_view text) {
  Assignment result;
  std::size_t at = 0;
  while (true) {
    std::string part;
    const bool quoted = at < text.size() && (text[at] == '"' || text[at] == '\'');
    if (quoted) {
      const std::size_t end = text.find(text[at], at + 1);
      if (end == std::string_view::npos) return std::nullopt;
      part = text.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const std::size_t end = std::min(text.find_first_of(".=", at), text.size());
      part = text.substr(at, end - at);
      at = end;
    }
    if (part.empty() || at >= text.size()) return std::nullopt;
    result.path.push_back(std::move(part));
    if (text[at] == '=') break;
    if (text[at] != '.') return std::nullopt;
    ++at;
  }
  result.path_text = text.substr(0, at);
  result.value = text.substr(at + 1);
  return result;
}

/// What is said about the value is said about the option: line 1 of the command line helps nobody.
void move_to_option(YamlNode& node, const Location& option, int rank) {
  node.where = option;
  node.rank = rank;
  for (YamlNode& item : node.items) move_to_option(item, option, rank);
  for (YamlNode::Member& member : node.members) {
    member.where = option;
    move_to_option(member.value, option, rank);
  }
}

YamlNode* item_at(YamlNode& sequence, const std::string& index) {
  std::size_t i = 0;
  const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), i);
  if (error != std::errc{} || end != index.data() + index.size() || i >= sequence.items.size())
    return nullptr;
  return &sequence.items[i];
}

}  // namespace

void set_yaml(YamlNode& root, std::string_view assignment, Diagnostics& diagnostics, const Location& where) {
  const auto cut_assignment = cut(assignment);
  if (!cut_assignment) {
    diagnostics.add(where, fmt::format("'{}' is not of the form key.path=value", assignment));
    return;
  }
  if (!is_utf8(cut_assignment->path_text)) {  // a key that no file could hold
    diagnostics.add(where, fmt::format("'{}' is not UTF-8 text", cut_assignment->path_text));
    return;
  }
  Diagnostics in_value;
  YamlNode value = parse_yaml(cut_assignment->value, where.file, in_value);
  for (const Diagnostic& d : in_value.list())
    diagnostics.add(where, fmt::format("'{}': {}", assignment, d.message));
  if (!in_value.empty()) return;
  if (cut_assignment->path.size() + depth_of(value) > kDeepestYaml) {
    diagnostics.add(where, fmt::format("'{}' is nested too deep; allowed are {} levels",
                                       cut_assignment->path_text, kDeepestYaml));
    return;
  }
  const int rank = highest_rank(root) + 1;
  move_to_option(value, where, rank);

  YamlNode* node = &root;
  std::string walked;
  for (const std::string& key : cut_assignment->path) {
    if (node->kind == YamlNode::Kind::Null) {
      node->kind = YamlNode::Kind::Map;
      node->where = where;
      node->rank = rank;
    }
    if (node->kind == YamlNode::Kind::Sequence) {
      const std::size_t size = node->items.size();
      node = item_at(*node, key);
      if (node == nullptr) {
        diagnostics.add(
            where, fmt::format("'{}': '{}' is a list of {}; '{}' is not one of its places (0 is the first)",
                               cut_assignment->path_text, walked, size, key));
        return;
      }
    } else if (node->kind == YamlNode::Kind::Map) {
      if (node->find(key) == nullptr) {
        YamlNode fresh;
        fresh.where = where;
        fresh.rank = rank;
        node->members.push_back({key, where, std::move(fresh)});
      }
      node = node->find(key);
    } else {
      diagnostics.add(where, fmt::format("'{}': '{}' is a single value and has no '{}'",
                                         cut_assignment->path_text, walked, key));
      return;
    }
    walked += (walked.empty() ? "" : ".") + key;
  }
  *node = std::move(value);
}

}  // namespace phasecore::common
