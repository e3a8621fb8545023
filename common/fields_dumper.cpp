#include "common/diagnostics.hpp"
#include "common/fields.hpp"
#include "common/table.hpp"

namespace phasecore::common {
namespace {

using Kind = YamlNode::Kind;

YamlNode node_of(Kind kind) {
  YamlNode node;
  node.kind = kind;
  return node;
}

YamlNode scalar(std::string text, bool is_text = false) {
  YamlNode node = node_of(Kind::Scalar);
  node.scalar = std::move(text);
  node.quoted = is_text;
  return node;
}

YamlNode value_node(bool value) {
  return scalar(value ? "true" : "false");
}
YamlNode value_node(int value) {
  return scalar(std::to_string(value));
}
YamlNode value_node(double value) {
  return scalar(format_double(value));
}
YamlNode value_node(const std::string& value) {
  return scalar(value, true);
}

class FieldDumper : public FieldVisitor {
 public:
  FieldDumper() { stack_.push_back({"", node_of(Kind::Map)}); }

  std::string finish() {
    ensure(stack_.size() == 1, "FieldDumper: a group was not left");
    return write_yaml(stack_.back().node);
  }

  void field(const Field& f, bool& value) override { put(f.name, value_node(value)); }
  void field(const Field& f, int& value) override { put(f.name, value_node(value)); }
  void field(const Field& f, double& value) override { put(f.name, value_node(value)); }
  void field(const Field& f, std::string& value) override { put(f.name, value_node(value)); }
  void field(const Field& f, std::vector<int>& values) override { put_list(f, values); }
  void field(const Field& f, std::vector<double>& values) override { put_list(f, values); }
  void field(const Field& f, std::vector<std::string>& values) override { put_list(f, values); }
  void field(const Field& f, std::optional<bool>& value) override { put_optional(f, value); }
  void field(const Field& f, std::optional<int>& value) override { put_optional(f, value); }
  void field(const Field& f, std::optional<double>& value) override { put_optional(f, value); }
  void field(const Field& f, std::optional<std::string>& value) override { put_optional(f, value); }
  void check(bool, const std::string&, const std::vector<std::string>&) override {}

 protected:
  void choice_index(const Field& f, int& index, const std::vector<std::string>& names) override {
    ensure(index >= 0 && index < static_cast<int>(names.size()),
           std::string("no name for a value of ") + f.name);
    put(f.name, value_node(names[static_cast<std::size_t>(index)]));
  }
  void choice_index(const Field& f, std::optional<int>& index,
                    const std::vector<std::string>& names) override {
    if (index) choice_index(f, *index, names);
  }
  bool present(const Field&, bool given) override { return given; }
  bool enter(const Field& f) override { return open(f.name, Kind::Map); }
  int enter_list(const Field& f, int) override {
    open(f.name, Kind::Sequence);
    return -1;
  }
  void enter_map(const Field& f, std::vector<std::string>&) override { open(f.name, Kind::Map); }
  bool enter_item(int) override { return open("", Kind::Map); }
  bool enter_key(const std::string& key) override { return open(key, Kind::Map); }
  void leave() override {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    put(done.name, std::move(done.node));
  }

 private:
  struct Open {
    std::string name;
    YamlNode node;
  };

  bool open(const std::string& name, Kind kind) {
    stack_.push_back({name, node_of(kind)});
    return true;
  }

  void put(const std::string& name, YamlNode value) {
    YamlNode& parent = stack_.back().node;
    if (parent.kind == Kind::Sequence) {
      parent.items.push_back(std::move(value));
    } else {
      parent.members.push_back({name, {}, std::move(value)});
    }
  }

  template <class T>
  void put_list(const Field& f, const std::vector<T>& values) {
    YamlNode list = node_of(Kind::Sequence);
    for (const T& value : values) list.items.push_back(value_node(value));
    put(f.name, std::move(list));
  }

  template <class T>
  void put_optional(const Field& f, const std::optional<T>& value) {
    if (value) put(f.name, value_node(*value));
  }

  std::vector<Open> stack_;
};

}  // namespace

std::string visit_dumping(const std::function<void(FieldVisitor&)>& visit) {
  FieldDumper dumper;
  visit(dumper);
  return dumper.finish();
}

}  // namespace phasecore::common
