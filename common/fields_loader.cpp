#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>
#include <unordered_map>

#include "common/fields.hpp"
#include "common/fields_text.hpp"
#include "common/spelling.hpp"
#include "common/text.hpp"

namespace phasecore::common {
namespace {

using Kind = YamlNode::Kind;

constexpr const char* kAMap = "a map of keys";

/// Strictly decimal, so that 010, 0x10, 1.0 and 1e3 are refused instead of guessed.
bool parse_integer(const std::string& text, long long& value) {
  const std::size_t digits = text[0] == '-' ? 1 : 0;
  if (text.size() > digits + 1 && text[digits] == '0') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// Decimal, finite; 1, -1.5, .5, 2., 1e-3.
bool parse_number(const std::string& text, double& value) {
  if (text.find_first_not_of("+-.0123456789eE") != std::string::npos) return false;  // from_chars reads "inf"
  const std::size_t sign = text[0] == '+' && text.size() > 1 && text[1] != '-' ? 1 : 0;
  const auto [end, error] = std::from_chars(text.data() + sign, text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// What the file has in place of what was expected, in words.
std::string quoted(const YamlNode& node) {
  switch (node.kind) {
    case Kind::Null:
      return "empty";
    case Kind::Scalar:
      return node.quoted ? fmt::format("the quoted text \"{}\"", node.scalar)
                         : fmt::format("'{}'", node.scalar);
    case Kind::Sequence:
      return "a list";
    case Kind::Map:
      return kAMap;
  }
  throw InternalError("YamlNode: unknown kind");
}

/// The value that was written last in `node`, the first of them where several were.
const YamlNode& latest(const YamlNode& node) {
  const YamlNode* found = &node;
  const auto look = [&](const YamlNode& part) {
    if (const YamlNode& inner = latest(part); inner.rank > found->rank) found = &inner;
  };
  for (const YamlNode& item : node.items) look(item);
  for (const YamlNode::Member& member : node.members) look(member.value);
  return *found;
}

/// The member of a map that is called `name` in one spelling or the other; the later one if both are there.
const YamlNode::Member* find_member(const YamlNode& map, const std::string& name) {
  const bool two_spellings = has_two_spellings(name);
  const YamlNode::Member* found = nullptr;
  for (const YamlNode::Member& member : map.members) {
    if (member.key != name && !(two_spellings && same_word(member.key, name))) continue;
    if (found == nullptr || member.value.rank > found->value.rank) found = &member;
    if (!two_spellings) break;
  }
  return found;
}

/// What stands at a path of keys and places in lists ("pieces.1.upper"), or nullptr.
const YamlNode* at_path(const YamlNode& root, const std::string& path) {
  const YamlNode* node = &root;
  for (std::size_t begin = 0; node != nullptr && begin <= path.size();) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    const std::string part = path.substr(begin, dot - begin);
    long long place = 0;
    if (node->kind == Kind::Sequence) {
      const bool inside =
          parse_integer(part, place) && place >= 0 && place < static_cast<long long>(node->items.size());
      node = inside ? &node->items[static_cast<std::size_t>(place)] : nullptr;
    } else {
      const YamlNode::Member* member = find_member(*node, part);
      node = member == nullptr ? nullptr : &member->value;
    }
    begin = dot + 1;
  }
  return node;
}

/// A broken rule is the fault of what was written last: it met the rest.
Diagnostic blame_latest(const YamlNode& group, std::string message, const std::vector<std::string>& keys) {
  struct Part {
    const std::string* key;
    const YamlNode* node;
  };
  std::vector<Part> parts;
  const YamlNode* last = nullptr;
  for (const std::string& key : keys) {
    const YamlNode* node = at_path(group, key);
    if (node == nullptr) continue;
    parts.push_back({&key, &latest(*node)});
    if (last == nullptr || parts.back().node->rank > last->rank) last = parts.back().node;
  }
  if (last == nullptr) return {group.where, std::move(message)};
  std::string others;
  for (const Part& part : parts) {
    const Location& where = part.node->where;
    if (where.file == last->where.file && where.line == last->where.line) continue;
    const std::string value = part.node->kind == Kind::Scalar ? " = " + part.node->scalar : std::string();
    others +=
        (others.empty() ? "" : "\n") + printable(fmt::format("  with {}{} from {}", *part.key, value,
                                                             to_string(Location{where.file, where.line, 0})));
  }
  return {last->where, std::move(message), std::move(others)};
}

class FieldLoader : public FieldVisitor {
 public:
  using FieldVisitor::check;

  FieldLoader(const YamlNode& root, Diagnostics& diagnostics)
      : diagnostics_(diagnostics), broken_(root.broken) {
    Frame frame;
    frame.node = root.kind == Kind::Map || root.kind == Kind::Null ? &root : nullptr;
    frame.first_problem = diagnostics_.list().size();
    if (frame.node == nullptr && !broken_)
      diagnostics_.add(root.where, fmt::format("found {}; expected {}", quoted(root), kAMap));
    stack_.push_back(std::move(frame));
  }

  void finish() { leave(); }

  void field(const Field& f, bool& value) override { load(f, value); }
  void field(const Field& f, int& value) override { load(f, value); }
  void field(const Field& f, double& value) override { load(f, value); }
  void field(const Field& f, std::string& value) override { load(f, value); }
  void field(const Field& f, std::vector<int>& values) override {
    load_list(f, values, "a list of integers");
  }
  void field(const Field& f, std::vector<double>& values) override {
    load_list(f, values, "a list of numbers");
  }
  void field(const Field& f, std::vector<std::string>& values) override {
    load_list(f, values, "a list of texts");
  }
  void field(const Field& f, std::optional<bool>& value) override { load_optional(f, value); }
  void field(const Field& f, std::optional<int>& value) override { load_optional(f, value); }
  void field(const Field& f, std::optional<double>& value) override { load_optional(f, value); }
  void field(const Field& f, std::optional<std::string>& value) override { load_optional(f, value); }

  void check(bool ok, const std::string& message_if_not, const std::vector<std::string>& keys) override {
    const Frame& frame = stack_.back();
    if (ok || broken_ || frame.node == nullptr || diagnostics_.list().size() != frame.first_problem) return;
    failed_checks_.push_back({stack_.size(), about(frame.path, message_if_not), keys});
  }

  void moved(const char* name, const char* now) override {
    const YamlNode* node = find(name);
    if (node != nullptr)
      complain(*node, path_to(name), fmt::format("is called '{}' now", now));
    else
      stack_.back().known.pop_back();  // nobody is to be pointed at it
  }

  void other_choice(const char* chooser, const std::string& value,
                    const std::function<void(FieldVisitor&)>& visit) override {
    const Frame& frame = stack_.back();
    if (frame.node == nullptr) return;
    const YamlNode::Member* choice = find_member(*frame.node, chooser);
    for (const FieldDoc& doc : visit_documenting(visit)) {
      const auto& known = frame.known;
      if (std::find(known.begin(), known.end(), doc.path) != known.end()) continue;
      const YamlNode* node = find(doc.path.c_str());
      if (node == nullptr) {
        stack_.back().known.pop_back();  // nobody is to be pointed at it
      } else if (choice != nullptr && node->rank >= choice->value.rank) {
        complain(
            *node, path_to(doc.path),
            fmt::format("is a key of {}: {}, not of {}: {}", chooser, value, chooser, choice->value.scalar));
      }
    }
  }

  void place(const std::string& name, Location& where) override {
    const YamlNode* group = stack_.back().node;
    const YamlNode* node = group == nullptr || name.empty() ? group : at_path(*group, name);
    if (node != nullptr) where = node->where;
  }

 protected:
  void choice_index(const Field& f, int& index, const std::vector<std::string>& names) override {
    if (const YamlNode* node = find_required(f)) index = read_choice(f, *node, names).value_or(index);
  }
  void choice_index(const Field& f, std::optional<int>& index,
                    const std::vector<std::string>& names) override {
    const YamlNode* node = find(f.name);
    index.reset();
    if (node != nullptr && node->kind != Kind::Null) index = read_choice(f, *node, names);
  }

  bool present(const Field& f, bool /*given*/) override {
    const YamlNode* node = find(f.name);
    return node != nullptr && node->kind != Kind::Null;
  }

  bool enter(const Field& f) override {
    const YamlNode* node = expect(f, Kind::Map, kAMap);
    push(node, path_to(f.name));
    return node != nullptr;
  }

  int enter_list(const Field& f, int) override {
    const YamlNode* node = expect(f, Kind::Sequence, "a list");
    push(node, path_to(f.name));
    return node == nullptr ? 0 : static_cast<int>(node->items.size());
  }

  void enter_map(const Field& f, std::vector<std::string>& keys) override {
    const YamlNode* node = expect(f, Kind::Map, kAMap);
    push(node, path_to(f.name));
    stack_.back().free_names = true;
    keys.clear();
    if (node == nullptr) return;
    for (const YamlNode::Member& member : node->members) keys.push_back(member.key);
  }

  bool enter_item(int index) override {
    const YamlNode& item = stack_.back().node->items.at(static_cast<std::size_t>(index));
    return enter_entry(item, fmt::format("{}[{}]", stack_.back().path, index));
  }

  bool enter_key(const std::string& key) override {
    Frame& frame = stack_.back();
    const auto& members = frame.node->members;
    const std::size_t next = frame.known.size();  // keys are entered in the file's order
    ensure(next < members.size() && members[next].key == key, "fields: a key out of order");
    frame.known.push_back(key);
    return enter_entry(members[next].value, path_to(key));
  }

  void leave() override {
    report_unknown(stack_.back());
    // A rule is only worth saying when all it speaks about was readable, and what follows it is known only
    // now.
    const bool readable = diagnostics_.list().size() == stack_.back().first_problem;
    const std::size_t level = stack_.size();
    for (const FailedCheck& failed : failed_checks_)
      if (failed.level == level && readable) diagnostics_.add(broken_rule(*stack_.back().node, failed));
    failed_checks_.erase(std::remove_if(failed_checks_.begin(), failed_checks_.end(),
                                        [&](const FailedCheck& failed) { return failed.level == level; }),
                         failed_checks_.end());
    stack_.pop_back();
  }

 private:
  struct Frame {
    const YamlNode* node = nullptr;  ///< nullptr: absent or not what was expected, already reported
    std::string path;
    std::vector<std::string> known;
    std::size_t first_problem = 0;  ///< number of diagnostics when this frame was entered
    bool free_names = false;        ///< its keys are names of the user's, "colour" another than "color"
  };
  struct FailedCheck {
    std::size_t level;
    std::string message;
    std::vector<std::string> keys;
  };

  /// Looking for what was written last takes as long as the values are many: only for what is shown.
  Diagnostic broken_rule(const YamlNode& group, const FailedCheck& failed) const {
    if (diagnostics_.list().size() >= kMostShown) return {group.where, failed.message};
    return blame_latest(group, failed.message, failed.keys);
  }

  static std::string about(const std::string& path, const std::string& message) {
    return path.empty() ? message : fmt::format("'{}': {}", path, message);
  }

  std::string path_to(const std::string& name) const {
    const std::string& parent = stack_.back().path;
    return parent.empty() ? name : parent + "." + name;
  }

  void complain(const YamlNode& node, const std::string& path, const std::string& message) {
    diagnostics_.add(node.where, fmt::format("'{}' {}", path, message));
  }

  void push(const YamlNode* node, std::string path) {
    Frame frame;
    frame.node = node;
    frame.path = std::move(path);
    frame.first_problem = diagnostics_.list().size();
    stack_.push_back(std::move(frame));
  }

  bool enter_entry(const YamlNode& entry, std::string path) {
    const bool is_map = entry.kind == Kind::Map;
    if (!is_map) complain(entry, path, fmt::format("is {}; expected {}", quoted(entry), kAMap));
    push(is_map ? &entry : nullptr, std::move(path));
    return is_map;
  }

  const YamlNode* find(const char* name) {
    Frame& frame = stack_.back();
    frame.known.emplace_back(name);
    if (frame.node == nullptr) return nullptr;
    const YamlNode::Member* found = find_member(*frame.node, name);
    return found == nullptr ? nullptr : &found->value;
  }

  const YamlNode* find_required(const Field& f) {
    const YamlNode* node = find(f.name);
    if (node == nullptr && stack_.back().node != nullptr && !broken_)
      diagnostics_.add(stack_.back().node->where, fmt::format("{}'{}'", kMissingKey, path_to(f.name)));
    return node;
  }

  /// The place of the name that was chosen; none, and a diagnostic, for any other text.
  std::optional<int> read_choice(const Field& f, const YamlNode& node,
                                 const std::vector<std::string>& names) {
    const auto is_it = [&](const std::string& name) { return same_word(name, node.scalar); };
    const auto found =
        node.kind == Kind::Scalar ? std::find_if(names.begin(), names.end(), is_it) : names.end();
    if (found != names.end()) return static_cast<int>(found - names.begin());
    std::string allowed;
    for (const std::string& name : names) allowed += (allowed.empty() ? "" : ", ") + name;
    complain(node, path_to(f.name),
             fmt::format("is {}; allowed is one of {}{}", quoted(node), allowed,
                         did_you_mean(node.scalar, names)));
    return std::nullopt;
  }

  const YamlNode* expect(const Field& f, Kind kind, const char* expected) {
    const YamlNode* node = find_required(f);
    if (node == nullptr || node->kind == kind) return node;
    complain(*node, path_to(f.name), fmt::format("is {}; expected {}", quoted(*node), expected));
    return nullptr;
  }

  void report_unknown(const Frame& frame) {
    if (frame.node == nullptr) return;
    std::unordered_map<std::string, const YamlNode::Member*> known;  // and the member that has the value
    for (const std::string& name : frame.known) known.emplace(one_spelling(name), nullptr);
    for (const YamlNode::Member& member : frame.node->members) {
      if (const auto same = known.find(one_spelling(member.key)); same != known.end()) {
        if (!frame.free_names) refuse_second(member, same->second);
        same->second = &member;
        continue;
      }
      const std::string path = frame.path.empty() ? member.key : frame.path + "." + member.key;
      const bool shown = diagnostics_.list().size() < kMostShown;  // looking for the nearest name takes long
      diagnostics_.add(member.where, fmt::format("unknown key '{}'{}", path,
                                                 shown ? did_you_mean(member.key, frame.known) : ""));
    }
  }

  /// A key that the same file gives in both spellings.
  void refuse_second(const YamlNode::Member& second, const YamlNode::Member* first) {
    if (first != nullptr && first->value.rank == second.value.rank)
      diagnostics_.add(second.where, fmt::format("duplicate key '{}'; given as '{}' at line {}", second.key,
                                                 first->key, first->where.line));
  }

  template <class T>
  void load(const Field& f, T& value) {
    if (const YamlNode* node = find_required(f)) read(f, *node, path_to(f.name), value);
  }

  template <class T>
  void load_optional(const Field& f, std::optional<T>& value) {
    value.reset();
    const YamlNode* node = find(f.name);
    if (node == nullptr || node->kind == Kind::Null) return;
    T read_value{};
    if (read(f, *node, path_to(f.name), read_value)) value = std::move(read_value);
  }

  template <class T>
  void load_list(const Field& f, std::vector<T>& values, const char* expected) {
    values.clear();
    const YamlNode* node = expect(f, Kind::Sequence, expected);
    if (node == nullptr) return;
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      T value{};
      read(f, node->items[i], fmt::format("{}[{}]", path_to(f.name), i), value);
      values.push_back(std::move(value));
    }
  }

  static bool is_plain(const YamlNode& node) {
    return node.kind == Kind::Scalar && !node.quoted && !node.scalar.empty();
  }

  bool in_range(const Field& f, const YamlNode& node, const std::string& path, double value) {
    if (value >= f.min && value <= f.max) return true;
    complain(node, path,
             fmt::format("is {}; allowed is {}{}{}", node.scalar, range_text(f), *f.unit ? " " : "", f.unit));
    return false;
  }

  bool read(const Field&, const YamlNode& node, const std::string& path, bool& value) {
    if (is_plain(node) && (node.scalar == "true" || node.scalar == "false")) {
      value = node.scalar == "true";
      return true;
    }
    complain(node, path, fmt::format("is {}; expected true or false", quoted(node)));
    return false;
  }

  bool read(const Field& f, const YamlNode& node, const std::string& path, int& value) {
    long long wide = 0;
    if (!is_plain(node) || !parse_integer(node.scalar, wide)) {
      complain(node, path, fmt::format("is {}; expected an integer", quoted(node)));
      return false;
    }
    if (!in_range(f, node, path, static_cast<double>(wide))) return false;
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
      complain(node, path, fmt::format("is {}; it does not fit 32 bits", node.scalar));
      return false;
    }
    value = static_cast<int>(wide);
    return true;
  }

  bool read(const Field& f, const YamlNode& node, const std::string& path, double& value) {
    double number = 0;
    if (!is_plain(node) || !parse_number(node.scalar, number)) {
      complain(node, path, fmt::format("is {}; expected a finite number", quoted(node)));
      return false;
    }
    if (!in_range(f, node, path, number)) return false;
    value = number;
    return true;
  }

  bool read(const Field&, const YamlNode& node, const std::string& path, std::string& value) {
    if (node.kind == Kind::Scalar) {
      value = node.scalar;
      return true;
    }
    complain(node, path, fmt::format("is {}; expected a text", quoted(node)));
    return false;
  }

  Diagnostics& diagnostics_;
  const bool broken_;  ///< the file ended early: no word about what is missing
  std::vector<Frame> stack_;
  std::vector<FailedCheck> failed_checks_;
};

}  // namespace

void visit_loading(const YamlNode& root, Diagnostics& diagnostics,
                   const std::function<void(FieldVisitor&)>& visit) {
  FieldLoader loader(root, diagnostics);
  visit(loader);
  loader.finish();
}

}  // namespace phasecore::common
