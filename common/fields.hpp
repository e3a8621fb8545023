// One list of fields per settings struct: it loads, checks, dumps and documents.
//
//   struct Adc {
//     int bits = 0;
//     double energy_pj = 0;
//     void fields(FieldVisitor& v) {
//       v.field({"bits", "bit", "resolution of one conversion", 1, 16}, bits);
//       v.field({"energy_pj", "pJ", "one conversion", 0}, energy_pj);
//     }
//   };
//
// The key in the file is the field's name, unit last; British and American spellings of keys and choices are
// both read (spelling.hpp). Every key must be present in the (merged) file: no
// default hides in code; only std::optional fields may be absent.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/yaml.hpp"

namespace phasecore::common {

/// Name, unit, meaning and closed range of one field.
struct Field {
  const char* name;
  const char* unit;     ///< "" for pure numbers, names and switches
  const char* meaning;  ///< one sentence for `phasecore describe`
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  virtual void field(const Field&, bool&) = 0;
  virtual void field(const Field&, int&) = 0;
  virtual void field(const Field&, double&) = 0;
  virtual void field(const Field&, std::string&) = 0;
  virtual void field(const Field&, std::vector<int>&) = 0;
  virtual void field(const Field&, std::vector<double>&) = 0;
  virtual void field(const Field&, std::vector<std::string>&) = 0;
  virtual void field(const Field&, std::optional<bool>&) = 0;
  virtual void field(const Field&, std::optional<int>&) = 0;
  virtual void field(const Field&, std::optional<double>&) = 0;
  virtual void field(const Field&, std::optional<std::string>&) = 0;

  /// An enum class whose values 0, 1, 2, ... are written as `names` in the file.
  template <class E>
  void choice(const Field& f, E& value, const std::vector<std::string>& names) {
    int index = static_cast<int>(value);
    choice_index(f, index, names);
    value = static_cast<E>(index);
  }
  template <class E>
  void choice(const Field& f, std::optional<E>& value, const std::vector<std::string>& names) {
    std::optional<int> index;
    if (value) index = static_cast<int>(*value);
    choice_index(f, index, names);
    value.reset();
    if (index) value = static_cast<E>(*index);
  }

  /// A name that is one of `names`.
  void choice(const Field& f, std::string& value, const std::vector<std::string>& names) {
    int index = 0;
    for (int i = 0; i < static_cast<int>(names.size()); ++i)
      if (names[i] == value) index = i;
    choice_index(f, index, names);
    value = names[index];
  }

  /// A nested struct with its own fields().
  template <class S>
  void group(const Field& f, S& value) {
    if (enter(f)) value.fields(*this);
    leave();
  }

  /// A nested struct that the file may leave out.
  template <class S>
  void group(const Field& f, std::optional<S>& value) {
    if (!present(f, value.has_value())) return value.reset();
    if (!value) value.emplace();
    group(f, *value);
  }

  /// A sequence of structs (entries in order).
  template <class S>
  void list(const Field& f, std::vector<S>& entries) {
    const int n = enter_list(f, static_cast<int>(entries.size()));
    if (n >= 0) entries.resize(n);
    for (int i = 0; i < static_cast<int>(entries.size()); ++i) {
      if (enter_item(i)) entries[i].fields(*this);
      leave();
    }
    if (entries.empty()) describe_item<S>();
    leave();
  }

  /// A map from free names (such as layer patterns) to structs, in the file's order.
  template <class S>
  void map(const Field& f, std::vector<std::pair<std::string, S>>& entries) {
    std::vector<std::string> keys;
    for (const auto& e : entries) keys.push_back(e.first);
    enter_map(f, keys);
    std::unordered_map<std::string_view, const S*> known;
    for (const auto& e : entries) known[e.first] = &e.second;
    std::vector<std::pair<std::string, S>> out;
    for (const auto& key : keys) {
      const auto old = known.find(key);
      S value = old != known.end() ? *old->second : S{};
      if (enter_key(key)) value.fields(*this);
      leave();
      out.emplace_back(key, std::move(value));
    }
    entries = std::move(out);
    if (entries.empty()) describe_item<S>();
    leave();
  }

  /// Reports a rule that spans several fields of the struct being visited. Only the loader listens, and only
  /// if these fields were read without a problem (a rule about values that are not there would mislead).
  /// `keys`: the fields it speaks about, as paths from this struct ("grid.rows", "pieces.1.upper"), the
  /// likeliest to be wrong first. The message points at the one that was written last - a user's --set rather
  /// than his file, his file rather than what it is based on - and says where the others stand.
  virtual void check(bool ok, const std::string& message_if_not, const std::vector<std::string>& keys) = 0;
  /// A rule that no key of the struct breaks alone: the message points at the struct.
  void check(bool ok, const std::string& message_if_not) { check(ok, message_if_not, {}); }

  /// A key that this struct had once, and the path of the one that took its place. Only the loader listens:
  /// whoever still gives the old one is told.
  virtual void moved(const char* /*name*/, const char* /*now*/) {}

  /// The fields of another value of the choice `chooser` than the one made: `visit` visits them. The loader
  /// refuses these keys, but for what a choice written later left behind: in the file that it is based on, or
  /// before its --set.
  virtual void other_choice(const char* /*chooser*/, const std::string& /*value*/,
                            const std::function<void(FieldVisitor&)>& /*visit*/) {}

  /// Where the field `name` of the struct being visited was written ("": the struct itself), for messages
  /// about what is found out later. Only the loader knows; it leaves alone the place of what is not there.
  virtual void place(const std::string& /*name*/, Location& /*where*/) {}

 protected:
  virtual void choice_index(const Field&, int& index, const std::vector<std::string>& names) = 0;
  virtual void choice_index(const Field&, std::optional<int>& index,
                            const std::vector<std::string>& names) = 0;
  /// Is there a group that may be left out (in the file, or in the struct: `given`)?
  virtual bool present(const Field&, bool given) = 0;
  virtual bool enter(const Field&) = 0;                ///< false: the group is absent, skip it
  virtual int enter_list(const Field&, int size) = 0;  ///< number of entries the file has, -1 = keep
  virtual void enter_map(const Field&, std::vector<std::string>& keys) = 0;  ///< loader replaces keys
  virtual bool enter_item(int index) = 0;
  virtual bool enter_key(const std::string& key) = 0;
  virtual bool wants_item_description() const { return false; }
  virtual void leave() = 0;

 private:
  template <class S>
  void describe_item() {
    if (!wants_item_description()) return;
    S example{};
    if (enter_item(0)) example.fields(*this);
    leave();
  }
};

/// Fills a struct from a YAML map. Unknown, missing, ill-typed, out-of-range and NaN values become
/// diagnostics with their place and, for unknown keys, the nearest known one.
template <class S>
void load_fields(const YamlNode& root, S& into, Diagnostics& diagnostics);

/// The struct as YAML text that load_fields() reads back to an equal struct (floats round-trip).
template <class S>
std::string dump_fields(const S& from);

/// One row of `phasecore describe`. Groups, lists and maps have a row of their own before their members'.
struct FieldDoc {
  std::string path;  ///< "adc.bits"; lists as "taps[].x", maps as "layers.<name>.adc_bits"
  std::string type;  ///< "integer", "number", "switch", "text", "a | b | c", "list of integers", "group",
                     ///< ...; "optional ..."
  std::string unit;
  std::string range;
  std::string meaning;
  std::string value;    ///< the example's value
  bool applies = true;  ///< false: a key that the example would have with another choice, see other_choice()
};

/// All fields of a struct in order, with the values it holds.
template <class S>
std::vector<FieldDoc> document_fields(const S& example);

// The three visitors stand in fields_*.cpp; `visit` calls the struct's fields().
void visit_loading(const YamlNode& root, Diagnostics& diagnostics,
                   const std::function<void(FieldVisitor&)>& visit);
std::string visit_dumping(const std::function<void(FieldVisitor&)>& visit);
std::vector<FieldDoc> visit_documenting(const std::function<void(FieldVisitor&)>& visit);

template <class S>
void load_fields(const YamlNode& root, S& into, Diagnostics& diagnostics) {
  visit_loading(root, diagnostics, [&](FieldVisitor& visitor) { into.fields(visitor); });
}
template <class S>
std::string dump_fields(const S& from) {
  S copy = from;
  return visit_dumping([&](FieldVisitor& visitor) { copy.fields(visitor); });
}
template <class S>
std::vector<FieldDoc> document_fields(const S& example) {
  S copy = example;
  return visit_documenting([&](FieldVisitor& visitor) { copy.fields(visitor); });
}

}  // namespace phasecore::common
