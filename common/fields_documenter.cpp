#include "common/fields.hpp"
#include "common/fields_text.hpp"

namespace phasecore::common {
namespace {

std::string value_text(bool value) {
  return value ? "true" : "false";
}
std::string value_text(int value) {
  return std::to_string(value);
}
std::string value_text(double value) {
  return number_text(value);
}
std::string value_text(const std::string& value) {
  return value;
}

template <class T>
std::string value_text(const std::vector<T>& values) {
  std::string text = "[";
  for (const T& value : values) text += (text.size() == 1 ? "" : ", ") + value_text(value);
  return text + "]";
}

template <class T>
std::string value_text(const std::optional<T>& value) {
  return value ? value_text(*value) : "";
}

class FieldDocumenter : public FieldVisitor {
 public:
  std::vector<FieldDoc> take() { return std::move(docs_); }

  void field(const Field& f, bool& value) override { add(f, "switch", value_text(value)); }
  void field(const Field& f, int& value) override { add(f, "integer", value_text(value)); }
  void field(const Field& f, double& value) override { add(f, "number", value_text(value)); }
  void field(const Field& f, std::string& value) override { add(f, "text", value_text(value)); }
  void field(const Field& f, std::vector<int>& values) override {
    add(f, "list of integers", value_text(values));
  }
  void field(const Field& f, std::vector<double>& values) override {
    add(f, "list of numbers", value_text(values));
  }
  void field(const Field& f, std::vector<std::string>& values) override {
    add(f, "list of texts", value_text(values));
  }
  void field(const Field& f, std::optional<bool>& value) override {
    add(f, "optional switch", value_text(value));
  }
  void field(const Field& f, std::optional<int>& value) override {
    add(f, "optional integer", value_text(value));
  }
  void field(const Field& f, std::optional<double>& value) override {
    add(f, "optional number", value_text(value));
  }
  void field(const Field& f, std::optional<std::string>& value) override {
    add(f, "optional text", value_text(value));
  }
  void check(bool, const std::string&, const std::vector<std::string>&) override {}
  void other_choice(const char* chooser, const std::string& value,
                    const std::function<void(FieldVisitor&)>& visit) override {
    for (FieldDoc& doc : visit_documenting(visit)) {
      doc.path = path_to(doc.path);
      doc.meaning = std::string("with ") + chooser + ": " + value + ": " + doc.meaning;
      doc.value.clear();
      doc.applies = false;
      docs_.push_back(std::move(doc));
    }
  }

 protected:
  void choice_index(const Field& f, int& index, const std::vector<std::string>& names) override {
    add(f, listed(names), names.at(static_cast<std::size_t>(index)));
  }
  void choice_index(const Field& f, std::optional<int>& index,
                    const std::vector<std::string>& names) override {
    add(f, "optional " + listed(names), index ? names.at(static_cast<std::size_t>(*index)) : "");
  }
  bool present(const Field& f, bool given) override {
    if (!given) add(f, "optional group", "");
    return given;
  }
  bool enter(const Field& f) override { return open(f, "group", ""); }
  int enter_list(const Field& f, int) override {
    open(f, "list of groups", "[]");
    return -1;
  }
  void enter_map(const Field& f, std::vector<std::string>&) override { open(f, "map of groups", ".<name>"); }
  bool enter_item(int) override { return open_entry(); }
  bool enter_key(const std::string&) override { return open_entry(); }
  bool wants_item_description() const override { return true; }
  void leave() override { stack_.pop_back(); }

 private:
  struct Open {
    std::string path;
    std::string entry_suffix;  ///< how a list's or map's entries are called
    bool described = false;    ///< one entry is enough: all have the same fields
  };

  static std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " | ") + name;
    return text;
  }

  std::string path_to(const std::string& name) const {
    return stack_.empty() ? name : stack_.back().path + "." + name;
  }

  void add(const Field& f, const std::string& type, const std::string& value) {
    docs_.push_back({path_to(f.name), type, f.unit, range_text(f), f.meaning, value});
  }

  bool open(const Field& f, const std::string& type, const std::string& entry_suffix) {
    add(f, type, "");
    stack_.push_back({path_to(f.name), entry_suffix});
    return true;
  }

  bool open_entry() {
    const bool first = !stack_.back().described;
    stack_.back().described = true;
    stack_.push_back({stack_.back().path + stack_.back().entry_suffix, ""});
    return first;
  }

  std::vector<FieldDoc> docs_;
  std::vector<Open> stack_;
};

}  // namespace

std::vector<FieldDoc> visit_documenting(const std::function<void(FieldVisitor&)>& visit) {
  FieldDocumenter documenter;
  visit(documenter);
  return documenter.take();
}

}  // namespace phasecore::common
