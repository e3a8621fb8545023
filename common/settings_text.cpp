#include "common/settings_text.hpp"

namespace phasecore::common {
namespace {

bool same_place(const Location& a, const Location& b) {
  return a.file == b.file && a.line == b.line && a.column == b.column;
}

/// The path of the key, or of the value, that stands at `where`; "" if there is none.
std::string key_at(const YamlNode& node, const Location& where) {
  const auto below = [&](const std::string& name, const YamlNode& value) {
    const std::string path = key_at(value, where);
    return path.empty() || path.front() == '[' ? name + path : name + "." + path;
  };
  for (const YamlNode::Member& member : node.members) {
    if (same_place(member.where, where) || same_place(member.value.where, where)) return member.key;
    if (const std::string path = below(member.key, member.value); path != member.key) return path;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string name = "[" + std::to_string(i) + "]";
    if (same_place(node.items[i].where, where)) return name;
    if (const std::string path = below(name, node.items[i]); path != name) return path;
  }
  return "";
}

}  // namespace

InputError placed_by_key(const YamlNode& root, const std::string& name, const InputError& error) {
  std::vector<Diagnostic> problems = error.diagnostics();
  for (Diagnostic& problem : problems) {
    if (problem.where.file != name) continue;
    const std::string key = key_at(root, problem.where);
    if (key.empty() && problem.where.line > 0 && !same_place(problem.where, root.where))
      continue;  // a key that is gone
    problem.where = {key.empty() ? name : name + ": " + key, 0, 0};
  }
  return InputError(problems);
}

}  // namespace phasecore::common
