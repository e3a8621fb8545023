#include "nas/sweep/points.hpp"

#include <algorithm>
#include <set>

namespace phasecore::sweep {
namespace {

constexpr std::size_t kMostPoints = 100000;

std::vector<VariedKey> keys_of_axes(const LoadedSettings& loaded) {
  std::vector<VariedKey> keys;
  for (std::size_t a = 0; a < loaded.settings.axes.size(); ++a) {
    const Axis& axis = loaded.settings.axes[a];
    VariedKey key{axis.key, {""}, {loaded.place("axes", a, "key", 0)}};
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
      key.values.push_back(axis.values[i]);
      key.where.push_back(loaded.place("axes", a, "values", i));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

void check_number(std::size_t points) {
  if (points > kMostPoints)
    throw common::InputError("the axes have more than " + std::to_string(kMostPoints) +
                             " combinations; leave values out, or vary them around a base");
}

void add_grid(Points& points) {
  std::size_t all = 1;
  for (const auto& key : points.keys) check_number(all *= key.values.size() - 1);
  std::vector<int> choices(points.keys.size(), 1);
  for (std::size_t n = 0; n < all; ++n) {
    points.choices.push_back(choices);
    for (std::size_t k = choices.size(); k-- > 0;) {
      if (++choices[k] < static_cast<int>(points.keys[k].values.size())) break;
      choices[k] = 1;
    }
  }
}

void add_around(Points& points) {
  points.choices.emplace_back(points.keys.size(), 0);
  for (std::size_t k = 0; k < points.keys.size(); ++k)
    for (std::size_t v = 1; v < points.keys[k].values.size(); ++v) {
      std::vector<int> choices(points.keys.size(), 0);
      choices[k] = static_cast<int>(v);
      points.choices.push_back(std::move(choices));
    }
}

VariedKey& key_called(std::vector<VariedKey>& keys, const std::string& name, const common::Location& where) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.key == name; });
  if (found != keys.end()) return *found;
  keys.push_back({name, {""}, {where}});
  return keys.back();
}

void add_listed(Points& points, const LoadedSettings& loaded, common::Diagnostics& diagnostics) {
  const auto& listed = loaded.settings.points;
  std::vector<std::vector<std::pair<std::string, int>>> chosen(listed.size());
  for (std::size_t p = 0; p < listed.size(); ++p)
    for (std::size_t s = 0; s < listed[p].set.size(); ++s) {
      const std::string& text = listed[p].set[s];
      const std::size_t equals = text.find('=');
      const std::string value = text.substr(equals + 1);
      const common::Location where = loaded.place("points", p, "set", s);
      VariedKey& key = key_called(points.keys, text.substr(0, equals), where);
      auto at = std::find(key.values.begin() + 1, key.values.end(), value);
      if (at == key.values.end()) {
        key.where.push_back(where);
        at = key.values.insert(key.values.end(), value);
      }
      for (const auto& [other, unused] : chosen[p])
        if (other == key.key) diagnostics.add(where, "the point sets '" + key.key + "' twice");
      chosen[p].emplace_back(key.key, static_cast<int>(at - key.values.begin()));
    }
  std::set<std::vector<int>> known;
  for (std::size_t p = 0; p < listed.size(); ++p) {
    std::vector<int> choices(points.keys.size(), 0);
    for (std::size_t k = 0; k < points.keys.size(); ++k)
      for (const auto& [key, value] : chosen[p])
        if (key == points.keys[k].key) choices[k] = value;
    if (!known.insert(choices).second)
      diagnostics.add(loaded.place("points", p, "", 0), "this point is listed twice");
    points.choices.push_back(std::move(choices));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Points::set_by(std::size_t point) const {
  std::vector<std::pair<std::string, std::string>> set;
  for (std::size_t k = 0; k < keys.size(); ++k)
    if (const int v = choices.at(point)[k]; v > 0) set.emplace_back(keys[k].key, keys[k].values[v]);
  return set;
}

Points points_of(const LoadedSettings& loaded) {
  Points points;
  common::Diagnostics diagnostics;
  points.keys = keys_of_axes(loaded);
  switch (loaded.settings.mode) {
    case Mode::Grid:
      add_grid(points);
      break;
    case Mode::Around:
      add_around(points);
      break;
    case Mode::List:
      add_listed(points, loaded, diagnostics);
      break;
  }
  diagnostics.raise_if_any();
  return points;
}

}  // namespace phasecore::sweep
