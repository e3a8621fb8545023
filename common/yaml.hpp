// Strict YAML: what yaml-cpp lets pass silently is an error here.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/diagnostics.hpp"

namespace phasecore::common {

/// A parsed YAML value that knows where it stood. Maps keep the file's order.
struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Map };
  Kind kind = Kind::Null;
  std::string scalar;   ///< text of a Scalar as written
  bool quoted = false;  ///< the scalar was quoted, so it is a string whatever it looks like
  std::vector<YamlNode> items;
  struct Member;
  std::vector<Member> members;
  Location where;
  int rank = 0;  ///< how late it was written: a file ranks above its base, --set above files
  bool broken =
      false;  ///< at the root: the text could not be read to its end, so what is missing says nothing

  /// The member called `key`, or nullptr.
  const YamlNode* find(std::string_view key) const;
  YamlNode* find(std::string_view key);
};

struct YamlNode::Member {
  std::string key;
  Location where;  ///< of the key
  YamlNode value;
};

/// Levels of a document that is read: no settings of ours come near, and a stack would not hold any number.
inline constexpr std::size_t kDeepestYaml = 64;

/// Levels of `node`: 1 for a single value.
std::size_t depth_of(const YamlNode& node);

/// Parses one document. Duplicate keys, alias cycles, merge keys, tags, a second document, syntax errors:
/// each becomes a diagnostic with its place. Returns what could be read (Null for an empty text), marked
/// `broken` if reading had to stop.
YamlNode parse_yaml(std::string_view text, const std::string& file_name, Diagnostics& diagnostics);

/// Reads and parses a file. Throws InputError if there is no such file, EnvironmentError if it cannot be
/// read.
YamlNode read_yaml(const std::string& path, Diagnostics& diagnostics);

/// Lays `over` on `base`: maps merge key by key, everything else replaces. What comes from `over` ranks above
/// all of `base`, and a map that both wrote stands where `over` wrote it.
void merge_yaml(YamlNode& base, const YamlNode& over);

/// Applies "key.path=value" (value in YAML syntax) as a `--set` option does. A path that does not exist yet
/// is created (the field list will refuse what it does not know). Layer patterns with dots are quoted:
/// a."b.*".c=1. The value ranks above all that stood there. `where`: who assigns, if it is not the user.
void set_yaml(YamlNode& root, std::string_view assignment, Diagnostics& diagnostics,
              const Location& where = {"--set", 0, 0});

/// The highest rank in the tree.
int highest_rank(const YamlNode& root);

/// The value as YAML text that parse_yaml() reads back to the same value. Scalars are written as they are,
/// quoted ones with quotes where a reader needs them.
std::string write_yaml(const YamlNode& node);

}  // namespace phasecore::common
