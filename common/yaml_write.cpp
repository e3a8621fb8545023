#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "common/yaml.hpp"

namespace phasecore::common {
namespace {

/// Can stand without quotes and means the same text to every YAML reader.
bool is_plain(const std::string& text) {
  const auto is_word_character = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
  };
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text[0])) == 0) return false;
  if (!std::all_of(text.begin(), text.end(), is_word_character)) return false;
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* reserved : {"null", "true", "false", "yes", "no", "on", "off"})
    if (lower == reserved) return false;
  return true;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string text_of(const std::string& text) {
  return is_plain(text) ? text : quoted(text);
}

/// A key before its colon may have 1,024 characters; a longer one needs a question mark.
constexpr std::size_t kLongestPlainKey = 1000;

bool is_flat(const YamlNode& sequence) {
  return std::all_of(sequence.items.begin(), sequence.items.end(),
                     [](const YamlNode& item) { return item.kind == YamlNode::Kind::Scalar; });
}

/// Numbers, names and words, which every reader takes for what they are.
bool is_ordinary(const std::string& text) {
  const auto is_ordinary_character = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("_./+-@= ", c) != nullptr;
  };
  return !text.empty() && (std::isalnum(static_cast<unsigned char>(text[0])) != 0 || text[0] == '.') &&
         text.back() != ' ' && text.find('\0') == std::string::npos &&
         std::all_of(text.begin(), text.end(), is_ordinary_character);
}

/// Where a text stands; what it needs quotes for depends on it.
enum class Place { Whole, Value, List };  ///< the whole document, after "key:" or "-", in a [list]

/// Does `text` read back as it is without quotes?
bool survives(const std::string& text, Place place) {
  if (place != Place::Whole && is_ordinary(text)) return true;
  // Depends on the place: line ends, and a byte order mark, which a reader drops at the start of a text.
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(text.begin(), text.end(), is_control) || text.find("\xEF\xBB\xBF") != std::string::npos)
    return false;
  Diagnostics diagnostics;
  const std::string written = place == Place::Whole   ? text
                              : place == Place::Value ? "- " + text
                                                      : "[" + text + "]";
  const YamlNode root = parse_yaml(written, "", diagnostics);
  if (!diagnostics.empty()) return false;
  const bool one = root.kind == YamlNode::Kind::Sequence && root.items.size() == 1;
  if (place != Place::Whole && !one) return false;
  const YamlNode& read = place == Place::Whole ? root : root.items[0];
  return read.kind == YamlNode::Kind::Scalar && !read.quoted && read.scalar == text;
}

/// Unquoted text is written as it was, so that a number stays one; in quotes where it would be read as
/// something else: text over several lines, with a byte order mark, in a [list] with the list's own
/// characters.
std::string scalar_text(const YamlNode& node, Place place) {
  return !node.quoted && survives(node.scalar, place) ? node.scalar : text_of(node.scalar);
}

void write(const YamlNode& node, std::size_t indent, std::string& out);

/// The value after "key:" or "-".
void write_value(const YamlNode& node, std::size_t indent, std::string& out) {
  const bool map = node.kind == YamlNode::Kind::Map;
  const bool sequence = node.kind == YamlNode::Kind::Sequence;
  if (node.kind == YamlNode::Kind::Null) {
    out += " null\n";
  } else if (node.kind == YamlNode::Kind::Scalar) {
    out += ' ' + scalar_text(node, Place::Value) + '\n';
  } else if (map && node.members.empty()) {
    out += " {}\n";
  } else if (sequence && is_flat(node)) {
    out += " [";
    for (std::size_t i = 0; i < node.items.size(); ++i)
      out += (i == 0 ? "" : ", ") + scalar_text(node.items[i], Place::List);
    out += "]\n";
  } else {
    out += '\n';
    write(node, indent + 2, out);
  }
}

void write(const YamlNode& node, std::size_t indent, std::string& out) {
  for (const YamlNode::Member& member : node.members) {
    const std::string key = text_of(member.key);
    const std::string margin(indent, ' ');
    out += key.size() <= kLongestPlainKey ? margin + key + ':' : margin + "? " + key + '\n' + margin + ':';
    write_value(member.value, indent, out);
  }
  for (const YamlNode& item : node.items) {
    out += std::string(indent, ' ') + '-';
    if (item.kind == YamlNode::Kind::Map && !item.members.empty()) {
      std::string block;  // the first key stands beside the dash
      write(item, indent + 2, block);
      out += ' ' + block.substr(indent + 2);
    } else {
      write_value(item, indent, out);
    }
  }
}

}  // namespace

std::string write_yaml(const YamlNode& node) {
  std::string out;
  if ((node.kind == YamlNode::Kind::Map && !node.members.empty()) ||
      (node.kind == YamlNode::Kind::Sequence && !is_flat(node))) {
    write(node, 0, out);
  } else if (node.kind == YamlNode::Kind::Scalar) {
    out = scalar_text(node, Place::Whole) + '\n';
  } else {
    write_value(node, 0, out);
    out.erase(0, 1);
  }
  return out;
}

}  // namespace phasecore::common
