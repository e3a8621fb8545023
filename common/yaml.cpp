#include "common/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>
#include <unordered_map>

#include "common/files.hpp"
#include "common/text.hpp"

namespace phasecore::common {
namespace {

constexpr std::size_t kLargestText = std::size_t{4} << 20;
constexpr std::size_t kMostNodes = 200'000;  // aliases of aliases grow exponentially

/// Reading cannot go on; everything known so far has been reported.
struct Abandoned {};

/// Builds YamlNodes from yaml-cpp's events. The events show what its Node class hides: duplicate keys,
/// aliases, tags.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file, Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {
    root_.where = {file_, 1, 1};
  }

  YamlNode take() { return std::move(root_); }
  /// What was read before the reading stopped.
  YamlNode take_broken() {
    while (!stack_.empty()) close();
    root_.broken = true;
    return std::move(root_);
  }
  Location place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ < 2) return;
    const bool announced = text_at(mark).substr(0, 3) == "---";
    diagnostics_.add(place(mark), announced
                                      ? "a second document; a file holds one"
                                      : "text after the end of the document (is the indentation right?)");
    throw Abandoned{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.where = place(mark);
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      diagnostics_.add(place(mark), "an alias of a value that contains it");
      throw Abandoned{};
    }
    YamlNode copy = known->second;
    count(size_of(copy), mark);
    if (stack_.size() + depth_of(copy) > kDeepestYaml) too_deep(mark);
    add(std::move(copy), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::Scalar;
    node.scalar = value;
    node.quoted = tag == "!";  // yaml-cpp's mark of quoted and block scalars; plain ones have "?"
    node.where = place(mark);
    if (node.quoted) {
      check_quotes(mark);
    } else {
      refuse_tag(mark, tag);
    }
    if (value.find('\0') != std::string::npos) diagnostics_.add(place(mark), "a text with a zero byte");
    count(1, mark);
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::Sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::Map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< a key was read, its value comes next
    bool dropped = false;  ///< the value belongs to a key that was refused
    std::string key;
    Location key_where;
    std::unordered_map<std::string, int> first_lines;  ///< of the keys so far
  };

  static std::size_t size_of(const YamlNode& node) {
    std::size_t n = 1;
    for (const YamlNode& item : node.items) n += size_of(item);
    for (const YamlNode::Member& member : node.members) n += size_of(member.value);
    return n;
  }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ <= kMostNodes) return;
    diagnostics_.add(place(mark), fmt::format("too many values; allowed are {}", kMostNodes));
    throw Abandoned{};
  }

  [[noreturn]] void too_deep(const YAML::Mark& mark) {
    diagnostics_.add(place(mark), fmt::format("nested too deep; allowed are {} levels", kDeepestYaml));
    throw Abandoned{};
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?")
      diagnostics_.add(place(mark), fmt::format("a tag ('{}'); tags are not allowed", tag));
  }

  std::string_view text_at(const YAML::Mark& mark) const {
    return text_.substr(std::min(text_.size(), static_cast<std::size_t>(std::max(0, mark.pos))));
  }

  /// yaml-cpp takes a quote that nobody closes as text up to the end of the file. Quoted text of several
  /// lines is hardly ever meant, so it must end on its line.
  void check_quotes(const YAML::Mark& mark) {
    std::string_view rest = text_at(mark);
    if (!rest.empty() && rest[0] == '&') {  // the mark is that of the anchor
      rest.remove_prefix(std::min(rest.size(), rest.find_first_of(" \t\r\n")));
      rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t\r\n")));
    }
    const char quote = rest.empty() ? '\0' : rest[0];
    if (quote == '!') refuse_tag(mark, "!");
    if (quote != '\'' && quote != '"') return;
    for (std::size_t i = 1; i < rest.size() && rest[i] != '\n'; ++i) {
      const bool escaped = (quote == '"' && rest[i] == '\\') ||
                           (quote == '\'' && rest[i] == '\'' && i + 1 < rest.size() && rest[i + 1] == '\'');
      if (escaped) {
        ++i;
      } else if (rest[i] == quote) {
        return;
      }
    }
    diagnostics_.add(place(mark), "a quoted text that does not end on its line");
    throw Abandoned{};
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    count(1, mark);
    if (stack_.size() >= kDeepestYaml) too_deep(mark);
    Open frame;
    frame.node.kind = kind;
    frame.node.where = place(mark);
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void close() {
    Open frame = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(frame.node), frame.anchor);
  }

  /// A complete value: the root, an item, a key or a key's value.
  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.kind == YamlNode::Kind::Sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      add_key(parent, node);
    } else {
      parent.has_key = false;
      if (!parent.dropped)
        parent.node.members.push_back({std::move(parent.key), std::move(parent.key_where), std::move(node)});
    }
  }

  void add_key(Open& parent, const YamlNode& key) {
    parent.has_key = true;
    parent.dropped = true;
    parent.key = key.scalar;
    parent.key_where = key.where;
    if (key.kind != YamlNode::Kind::Scalar) {
      diagnostics_.add(key.where, "a key that is not a text");
    } else if (key.scalar == "<<" && !key.quoted) {
      diagnostics_.add(key.where, "a merge key '<<'; merge keys are not allowed");
    } else if (key.scalar.empty()) {
      diagnostics_.add(key.where, "an empty key");
    } else if (const auto [first, is_new] = parent.first_lines.try_emplace(key.scalar, key.where.line);
               !is_new) {
      diagnostics_.add(key.where, fmt::format("duplicate key '{}'; first given at line {}",
                                              path_to(key.scalar), first->second));
    } else {
      parent.dropped = false;
    }
  }

  /// "adc.bits": the keys of the open maps, then `key`.
  std::string path_to(const std::string& key) const {
    std::string path;
    for (std::size_t i = 0; i + 1 < stack_.size(); ++i) {
      const Open& frame = stack_[i];
      const bool is_map = frame.node.kind == YamlNode::Kind::Map;
      if (is_map) path += (path.empty() ? "" : ".") + frame.key;
      if (!is_map) path += fmt::format("[{}]", frame.node.items.size());
    }
    return path + (path.empty() ? "" : ".") + key;
  }

  std::string_view text_;
  std::string file_;
  Diagnostics& diagnostics_;
  YamlNode root_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

/// What yaml-cpp would silently reinterpret: bytes that are not UTF-8, control characters, tabs as
/// indentation.
bool check_characters(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  int line = 1;
  int column = 1;
  bool in_indentation = true;
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text[0]);
    const std::size_t length = utf8_length(text);
    const bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
    if (length == 0 || control) {
      diagnostics.add({file, line, column},
                      fmt::format("byte 0x{:02x} is not allowed; expected UTF-8 text", c));
      return false;
    }
    if (c == '\t' && in_indentation) {
      diagnostics.add({file, line, column}, "a tab in the indentation; use spaces");
      return false;
    }
    in_indentation = c == '\n' || (in_indentation && c == ' ');
    line += c == '\n' ? 1 : 0;
    column = c == '\n' ? 1 : column + static_cast<int>(length);  // bytes, as yaml-cpp counts
    text.remove_prefix(length);
  }
  return true;
}

/// Gives all of `node` a rank higher by `by`.
void raise(YamlNode& node, int by) {
  node.rank += by;
  for (YamlNode& item : node.items) raise(item, by);
  for (YamlNode::Member& member : node.members) raise(member.value, by);
}

void merge_raised(YamlNode& base, const YamlNode& over, int by) {
  const bool broken = base.broken || over.broken;
  if (base.kind != YamlNode::Kind::Map || over.kind != YamlNode::Kind::Map) {
    base = over;
    base.broken = broken;
    raise(base, by);
    return;
  }
  base.broken = broken;
  base.where = over.where;
  base.rank = over.rank + by;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < base.members.size(); ++i) places.emplace(base.members[i].key, i);
  for (const YamlNode::Member& member : over.members) {
    if (const auto existing = places.find(member.key); existing != places.end()) {
      YamlNode::Member& old = base.members[existing->second];
      old.where = member.where;
      merge_raised(old.value, member.value, by);
    } else {
      base.members.push_back(member);
      raise(base.members.back().value, by);
    }
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

YamlNode* YamlNode::find(std::string_view key) {
  for (Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

std::size_t depth_of(const YamlNode& node) {
  std::size_t deepest = 0;
  for (const YamlNode& item : node.items) deepest = std::max(deepest, depth_of(item));
  for (const YamlNode::Member& member : node.members) deepest = std::max(deepest, depth_of(member.value));
  return deepest + 1;
}

YamlNode parse_yaml(std::string_view text, const std::string& file_name, Diagnostics& diagnostics) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // byte order mark
  Builder builder(text, file_name, diagnostics);
  if (text.size() > kLargestText) {
    diagnostics.add({file_name},
                    fmt::format("the text has {} bytes; allowed are {}", text.size(), kLargestText));
    return builder.take_broken();
  }
  if (!check_characters(text, file_name, diagnostics)) return builder.take_broken();
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Abandoned&) {
  } catch (const YAML::Exception& e) {
    diagnostics.add(e.mark.is_null() ? Location{file_name} : builder.place(e.mark),
                    "not valid YAML: " + e.msg);
  }
  return builder.take_broken();
}

YamlNode read_yaml(const std::string& path, Diagnostics& diagnostics) {
  return parse_yaml(read_file(path, {kLargestText}), path, diagnostics);
}

int highest_rank(const YamlNode& root) {
  int highest = root.rank;
  for (const YamlNode& item : root.items) highest = std::max(highest, highest_rank(item));
  for (const YamlNode::Member& member : root.members) highest = std::max(highest, highest_rank(member.value));
  return highest;
}

void merge_yaml(YamlNode& base, const YamlNode& over) {
  merge_raised(base, over, highest_rank(base) + 1);
}

}  // namespace phasecore::common
