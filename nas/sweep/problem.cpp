#include "nas/sweep/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/files.hpp"
#include "common/units.hpp"
#include "common/version.hpp"
#include "models/data/fingerprint.hpp"
#include "nas/figures/names.hpp"
#include "sim/config/chip_file.hpp"

namespace phasecore::sweep {
namespace {

constexpr const char* kDeviceKey = "device.";

std::string messages_of(const common::InputError& error) {
  std::string all;
  for (const auto& d : error.diagnostics()) all += (all.empty() ? "" : "; ") + d.message;
  return all;
}

using Assignments = std::vector<std::pair<std::string, std::string>>;

/// Says each problem once, at the value to blame for it.
class Problems {
 public:
  /// Why there is no point that sets these keys; "" if there is.
  using Refusal = std::function<std::string(const Assignments& set)>;

  Problems(const Points& points, Refusal refusal) : points_(points), refusal_(std::move(refusal)) {}

  void add(std::size_t point, const std::string& message) { by_message_[message].push_back(point); }

  void raise_if_any() const {
    common::Diagnostics diagnostics;
    for (const auto& [message, where] : by_message_) {
      std::string set;
      for (const auto& [key, value] : points_.set_by(where.front()))
        set += (set.empty() ? "" : ", ") + key + "=" + value;
      std::string text = fmt::format("no point has {}: {}", set.empty() ? "these settings" : set, message);
      if (where.size() > 1) text += fmt::format(" (and {} other points)", where.size() - 1);
      diagnostics.add(place_of(where, message), text);
    }
    diagnostics.raise_if_any();
  }

 private:
  /// Of the values that all these points share: one that is refused for the same reason alone; else one
  /// without which the first of them is not refused for it; else any.
  common::Location place_of(const std::vector<std::size_t>& these, const std::string& message) const {
    const auto& first = points_.choices[these.front()];
    std::optional<std::size_t> needed, shared, any;
    for (std::size_t k = 0; k < first.size(); ++k) {
      if (first[k] == 0) continue;
      if (!any) any = k;
      if (std::any_of(these.begin(), these.end(),
                      [&](std::size_t p) { return points_.choices[p][k] != first[k]; }))
        continue;
      if (!shared) shared = k;
      const std::string& key = points_.keys[k].key;
      if (refusal_({{key, points_.keys[k].values[first[k]]}}) == message) return where(k, first);
      if (!needed && refusal_(without(points_.set_by(these.front()), key)) != message) needed = k;
    }
    for (const auto& blamed : {needed, shared, any})
      if (blamed) return where(*blamed, first);
    return {};
  }

  static Assignments without(Assignments set, const std::string& key) {
    set.erase(std::remove_if(set.begin(), set.end(), [&](const auto& one) { return one.first == key; }),
              set.end());
    return set;
  }

  common::Location where(std::size_t key, const std::vector<int>& choices) const {
    return points_.keys[key].where[choices[key]];
  }

  const Points& points_;
  Refusal refusal_;
  std::map<std::string, std::vector<std::size_t>> by_message_;
};

/// Where the text of a value in a tree of settings is; "" where there is none.
std::string value_at(const common::YamlNode& root, const std::string& path) {
  const common::YamlNode* node = &root;
  for (std::size_t at = 0; node != nullptr && at <= path.size();) {
    const std::size_t dot = std::min(path.find('.', at), path.size());
    node = node->find(path.substr(at, dot - at));
    at = dot + 1;
  }
  if (node == nullptr) return "";
  std::string text = node->kind == common::YamlNode::Kind::Scalar ? node->scalar : common::write_yaml(*node);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

common::YamlNode tree_of(const std::string& yaml) {
  common::Diagnostics none;
  return common::parse_yaml(yaml, "settings", none);
}

class Builder {
 public:
  Builder(const LoadedSettings& loaded, const Loader& load)
      : loaded_(loaded), s_(loaded.settings), load_(load) {}

  Point point(const Assignments& set) {
    Point point;
    std::string chip = s_.chip, compensation = s_.compensation;
    std::optional<std::string> data = s_.data, model;
    std::vector<std::string> on_chip = s_.chip_set, on_device;
    for (const auto& [key, value] : set) {
      if (key == "chip")
        chip = value;
      else if (key == "compensation")
        compensation = value;
      else if (key == "data")
        data = value;
      else if (key == "model")
        model = value;
      else if (key.rfind(kDeviceKey, 0) == 0)
        on_device.push_back(key.substr(std::string(kDeviceKey).size()) + "=" + value);
      else
        on_chip.push_back(key + "=" + value);
    }
    point.compensation = analog::parse_compensation(compensation);
    point.chip = std::make_shared<const config::Chip>(file(chip).chip(on_chip));
    point.device = on_device.empty() ? config::device_of(*point.chip)
                                     : config::load_device(point.chip->device, on_device);
    point.members = members(model, data);
    return point;
  }

  /// Why there is no such point; "" if there is.
  std::string refusal(const Assignments& set) {
    try {
      (void)point(set);
    } catch (const common::InputError& e) {
      return messages_of(e);
    }
    return "";
  }

  /// The base's value of a key, in words.
  std::string base_word(const std::string& key, const Point& base) const {
    if (key == "chip") return s_.chip;
    if (key == "compensation") return s_.compensation;
    if (key == "data") return s_.data.value_or("each network's");
    if (key == "model") return s_.networks[0].model;
    if (key.rfind(kDeviceKey, 0) == 0)
      return value_at(tree_of(common::dump_fields(base.device)), key.substr(std::string(kDeviceKey).size()));
    const std::string word = value_at(tree_of(common::dump_fields(*base.chip)), key);
    return word.empty() ? "base" : word;
  }

  /// Everything that was loaded, as hashes.
  void add_identity(archive::Identity& identity) const {
    for (const auto& [name, loaded] : networks_) {
      identity.emplace_back("network " + name.first, loaded->sha256);
      if (!loaded->data) continue;
      const std::string what = name.first + (name.second.empty() ? "" : " on " + name.second);
      identity.emplace_back("images of " + what, data::fingerprint(loaded->data->test));
      identity.emplace_back("calibration images of " + what, data::fingerprint(loaded->data->calibration));
    }
  }

 private:
  const config::ChipFile& file(const std::string& name) {
    auto& known = files_[name];
    if (!known) known = std::make_unique<config::ChipFile>(name);
    return *known;
  }

  std::vector<Member> members(const std::optional<std::string>& model,
                              const std::optional<std::string>& data) {
    std::vector<NetworkEntry> entries = s_.networks;
    if (model) {
      if (entries.size() > 1)
        throw common::InputError("'model' varies, and 'networks' has several: one of them is enough");
      entries[0].model = *model;
    }
    std::vector<Member> members;
    for (const NetworkEntry& entry : entries) {
      auto& known = networks_[{entry.model, data.value_or("")}];
      if (!known) known = std::make_shared<const Loaded>(load_(entry.model, data, s_));
      std::string name = entry.model;
      if (name.rfind("zoo:", 0) == 0) name = name.substr(4);
      members.push_back({name, known, entry.weight.value_or(1)});
    }
    return members;
  }

  const LoadedSettings& loaded_;
  const Settings& s_;
  const Loader& load_;
  std::map<std::string, std::unique_ptr<config::ChipFile>> files_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Loaded>> networks_;
};

std::vector<double> times_of(const LoadedSettings& loaded, common::Diagnostics& diagnostics) {
  std::set<double> times;
  for (std::size_t i = 0; i < loaded.settings.times.size(); ++i) try {
      times.insert(common::parse_duration_s(loaded.settings.times[i]));
    } catch (const common::InputError& e) {
      diagnostics.add(loaded.place("times", i, "", 0), messages_of(e));
    }
  for (const auto& objective : loaded.settings.objectives) {
    if (objective == "avm_pp") times.insert({1, 2592000});  // what it is the difference of: 1 s and 30 d
    if (const auto time = figures::figure_time_s(objective)) times.insert(*time);
  }
  if (times.empty())
    diagnostics.add(loaded.root.where, "no times are given; expected a list such as [1s, 1d]");
  return {times.begin(), times.end()};
}

void check_settings(const LoadedSettings& loaded, const figures::Catalogue& catalogue,
                    common::Diagnostics& diagnostics) {
  const Settings& s = loaded.settings;
  std::set<std::string> models;
  for (std::size_t i = 0; i < s.networks.size(); ++i) {
    if (!models.insert(s.networks[i].model).second)
      diagnostics.add(loaded.place("networks", i, "model", 0), "the network stands there twice");
    if (s.networks[i].weight && s.over_networks != Over::Weighted)
      diagnostics.add(loaded.place("networks", i, "weight", 0), "'weight' is for 'over_networks: weighted'");
  }
  for (std::size_t i = 0; i < s.objectives.size(); ++i) {
    std::vector<std::string> known;
    for (const auto& kind : catalogue.kinds()) known.push_back(kind.name);
    if (catalogue.find(s.objectives[i]) == nullptr)
      diagnostics.add(loaded.place("objectives", i, "", 0),
                      fmt::format("'{}' is no figure; figures are {}{}", s.objectives[i],
                                  fmt::join(known, ", "), common::did_you_mean(s.objectives[i], known)));
    if (s.data && *s.data == "none" && figures::is_accuracy(s.objectives[i]))
      diagnostics.add(loaded.place("objectives", i, "", 0),
                      fmt::format("'{}' needs images; 'data' is none", s.objectives[i]));
  }
}

/// Everything that the figures depend on.
archive::Identity identity_of(const Problem& problem, const Builder& builder) {
  Settings timeless = problem.settings;
  timeless.cpu_seconds = timeless.still_seconds = 1;  // decide what is lost, not what is found
  std::string points;
  for (std::size_t p = 0; p < problem.built.size(); ++p)
    points += common::dump_fields(*problem.built[p].chip) + common::dump_fields(problem.built[p].device);
  archive::Identity identity = {{"phasecore", common::version()},
                                {"sweep", common::dump_fields(timeless)},
                                {"chips.sha256", common::sha256(points)}};
  builder.add_identity(identity);
  return identity;
}

bool is_same(const Point& a, const Point& b) {
  if (a.compensation != b.compensation || a.members.size() != b.members.size()) return false;
  for (std::size_t m = 0; m < a.members.size(); ++m)
    if (a.members[m].loaded != b.members[m].loaded) return false;
  return common::dump_fields(*a.chip) == common::dump_fields(*b.chip) &&
         common::dump_fields(a.device) == common::dump_fields(b.device);
}

/// An axis may list the base's own value, written as it likes; the first point stands for it.
void drop_repeated_base(Problem& problem) {
  for (std::size_t p = problem.built.size(); p-- > 1;) {
    if (!is_same(problem.built[p], problem.built[0])) continue;
    problem.built.erase(problem.built.begin() + static_cast<std::ptrdiff_t>(p));
    problem.points.choices.erase(problem.points.choices.begin() + static_cast<std::ptrdiff_t>(p));
  }
}

}  // namespace

Problem pose(const LoadedSettings& loaded, const Loader& load, const Instruments& instruments) {
  Problem problem;
  problem.settings = loaded.settings;
  problem.catalogue = instruments.catalogue;
  problem.measures = instruments.measures;
  common::Diagnostics diagnostics;
  check_settings(loaded, problem.catalogue, diagnostics);
  problem.times_s = times_of(loaded, diagnostics);
  diagnostics.raise_if_any();
  problem.points = points_of(loaded);

  Builder builder(loaded, load);
  std::optional<Point> base;
  std::string base_refusal;
  try {
    base = builder.point({});
  } catch (const common::InputError& e) {
    base_refusal = messages_of(e);  // only a base that is a point, or is asked for a value, has to be right
  }
  Problems problems(problem.points, [&](const Assignments& set) { return builder.refusal(set); });
  for (std::size_t p = 0; p < problem.points.choices.size(); ++p) try {
      Point point = builder.point(problem.points.set_by(p));
      for (std::size_t k = 0; k < problem.points.keys.size(); ++k) {
        const VariedKey& key = problem.points.keys[k];
        const int choice = problem.points.choices[p][k];
        if (choice == 0 && !base) throw common::InputError("the base cannot be built: " + base_refusal);
        point.words.push_back(choice > 0 ? key.values[choice] : builder.base_word(key.key, *base));
      }
      problem.built.push_back(std::move(point));
    } catch (const common::InputError& e) {
      problems.add(p, messages_of(e));
    }
  problems.raise_if_any();
  if (problem.settings.mode == Mode::Around) drop_repeated_base(problem);
  problem.identity = identity_of(problem, builder);
  return problem;
}

}  // namespace phasecore::sweep
