#include "nas/sweep/settings.hpp"

#include <algorithm>
#include <set>

#include "common/settings_on_defaults.hpp"
#include "nas/figures/names.hpp"

namespace phasecore::sweep {
namespace {

constexpr const char* kSchema = "phasecore.sweep-settings/1";

bool has_duplicates(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) != texts.end();
}

}  // namespace

void Axis::fields(common::FieldVisitor& v) {
  v.field({"key", "",
           "what is varied: a key of the chip as --set takes it (adc.bits), chip, device.KEY, compensation, "
           "model or data"},
          key);
  v.field({"values", "", "the values it takes, in YAML"}, values);
  v.check(!values.empty(), "there are no values", {"values"});
  v.check(!has_duplicates(values), "a value is given twice", {"values"});
}

void ListedPoint::fields(common::FieldVisitor& v) {
  v.field({"set", "", "what differs from the base, as key=value; [] is the base itself"}, set);
  v.check(std::all_of(set.begin(), set.end(),
                      [](const std::string& text) { return text.find('=') != std::string::npos; }),
          "expected is key=value", {"set"});
}

void NetworkEntry::fields(common::FieldVisitor& v) {
  v.field({"model", "", "network: FILE.onnx or zoo:NAME"}, model);
  v.field({"weight", "", "its share in over_networks: weighted; absent = 1", 1e-9, 1e9}, weight);
}

void Settings::fields(common::FieldVisitor& v) {
  v.field({"schema", "", kSchema}, schema);
  v.check(schema == kSchema, "'schema' is '" + schema + "'; expected " + kSchema, {"schema"});
  v.field({"name", "", "what the results are called"}, name);
  v.field({"question", "", "what the sweep is to answer, for its page"}, question);
  v.list({"networks", "", "every point is measured with each of them"}, networks);
  v.check(!networks.empty(), "there are no networks", {"networks"});
  v.choice({"over_networks", "", "what a figure of several networks on one chip is"}, over_networks,
           {"worst", "mean", "weighted"});
  v.field({"chip", "", "the base: a shipped chip or FILE.yaml"}, chip);
  v.field({"chip_set", "", "keys of the base, as key=value"}, chip_set);
  v.field({"compensation", "", "drift compensation: none, gdc, gdc-column, adabs"}, compensation);
  v.field({"data", "", "data set, or none (no accuracy); absent = the one that each network names"}, data);
  v.field({"on_test", "",
           "images of the test part instead of the validation part; whoever chooses by it has no test left"},
          on_test);
  v.field({"samples", "", "images", 1, 1e6}, samples);
  v.field({"instances", "", "programming instances", 1, 10000}, instances);
  v.field({"times", "", "readout times after programming; those of objectives are added"}, times);
  v.choice({"engine", "", "cycle-level chip, or analytic lower bound"}, engine, {"chip", "analytic"});
  v.choice({"mode", "",
            "grid: every combination of the axes; around: the base, and each value alone; list: `points`"},
           mode, {"grid", "around", "list"});
  v.list({"axes", "", "what grid and around vary"}, axes);
  v.list({"points", "", "the points of a list"}, points);
  v.check((mode == Mode::List) == axes.empty(),
          mode == Mode::List ? "'mode: list' has 'points', no 'axes'" : "there are no 'axes'",
          {"axes", "mode"});
  v.check((mode == Mode::List) != points.empty(),
          mode == Mode::List ? "there are no 'points'" : "'points' belong to 'mode: list'",
          {"points", "mode"});
  std::vector<std::string> keys;
  for (const Axis& axis : axes) keys.push_back(axis.key);
  v.check(!has_duplicates(keys), "two axes have the same key", {"axes"});
  v.field({"objectives", "", "figures whose front is shown; which way is better stands in the catalogue"},
          objectives);
  v.check(!objectives.empty() && !has_duplicates(objectives),
          objectives.empty() ? "there are no objectives" : "an objective is given twice", {"objectives"});
  v.field({"cpu_seconds", "s", "CPU time after which a point is given up", 0.1, 1e9}, cpu_seconds);
  v.field({"still_seconds", "s", "time without any use of the CPU after which it is given up", 0.1, 1e6},
          still_seconds);
  v.field({"seed", "", "seed of every random number", 0, 2147483647}, seed);
}

common::Location LoadedSettings::place(const std::string& list, std::size_t index, const std::string& key,
                                       std::size_t entry) const {
  const common::YamlNode* node = root.find(list);
  if (node == nullptr) return root.where;
  if (index >= node->items.size()) return node->where;
  node = &node->items[index];
  if (const common::YamlNode* member = key.empty() ? nullptr : node->find(key)) node = member;
  return entry < node->items.size() ? node->items[entry].where : node->where;
}

namespace {

const common::OnDefaults<LoadedSettings>& loader() {
  static const common::OnDefaults<LoadedSettings> kLoader(sweep_files);
  return kLoader;
}

LoadedSettings completed(LoadedSettings loaded) {
  for (auto& objective : loaded.settings.objectives) objective = figures::canonical_figure(objective);
  return loaded;
}

}  // namespace

LoadedSettings load_settings(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return completed(loader().of(name_or_file, assignments));
}

LoadedSettings load_settings_text(const std::string& text, const std::string& name,
                                  const std::vector<std::string>& assignments) {
  return completed(loader().of_text(text, name, assignments));
}

}  // namespace phasecore::sweep
