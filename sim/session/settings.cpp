#include "sim/session/settings.hpp"

#include <algorithm>

#include "common/units.hpp"
#include "common/yaml.hpp"

namespace phasecore::session {

void Settings::fields(common::FieldVisitor& v) {
  v.field({"schema", "", "phasecore.simulate-settings/1"}, schema);
  v.check(schema == "phasecore.simulate-settings/1",
          "'schema' is '" + schema + "'; expected phasecore.simulate-settings/1", {"schema"});
  v.field({"model", "", "network: FILE.onnx or zoo:NAME"}, model);
  v.field({"model_sha256", "", "of the model's file; another file is refused"}, model_sha256);
  v.field({"random_weights", "", "replace the weights by random ones of the same shapes"}, random_weights);
  v.field({"data", "", "data set, or none"}, data);
  v.field(
      {"normalise", "",
       "MEAN,..:STD,.. per channel in place of the set's own normalisation; absent = the model's metadata, "
       "or the set's own"},
      normalise);
  v.field({"samples", "", "test images", 1, 1e9}, samples);
  v.field({"times", "", "readout times after programming, such as 1s, 1h, 1d, 30d"}, times);
  v.field({"instances", "", "programming instances", 1, 10000}, instances);
  v.field({"compensation", "", "drift compensation: none, gdc, gdc-column, adabs"}, compensation);
  v.field({"layer_figures", "", "accuracy degradation per layer"}, layer_figures);
  v.field({"layer_samples", "", "test images for the layer figures", 1, 1e9}, layer_samples);
  v.field({"layer_instances", "", "programming instances for the layer figures", 1, 10000}, layer_instances);
  v.field({"layer_time", "", "readout time of the layer figures"}, layer_time);
  v.choice({"engine", "", "cycle-level chip, or analytic lower bound"}, engine, {"chip", "analytic"});
  v.field({"functional", "", "carry values through the chip and compare its logits"}, functional);
  v.field({"seed", "", "seed of every random number", 0, 2147483647}, seed);
  v.group({"device", "", "PCM devices"}, device);
  v.group({"chip", "", "the chip"}, chip);
}

// What a Monte Carlo is asked for unless somebody says otherwise stands in monte_carlo::Request.
Settings default_settings() {
  const monte_carlo::Request usual;
  Settings s;
  s.schema = "phasecore.simulate-settings/1";
  s.data = "none";
  s.samples = 1000;
  for (const double time : usual.times_s) s.times.push_back(common::format_duration(time));
  s.instances = usual.instances;
  s.compensation = analog::name_of(usual.compensation);
  s.layer_figures = usual.layer_figures;
  s.layer_samples = usual.layer_samples;
  s.layer_instances = usual.layer_instances;
  s.layer_time = common::format_duration(usual.layer_time_s);
  return s;
}

Settings load_settings(const std::string& path) {
  common::Diagnostics diagnostics;
  const common::YamlNode root = common::read_yaml(path, diagnostics);
  diagnostics.raise_if_any();
  Settings settings;
  common::load_fields(root, settings, diagnostics);
  diagnostics.raise_if_any();
  return settings;
}

run::Options to_options(const Settings& s) {
  run::Options options;
  options.engine = s.engine;
  options.seed = static_cast<std::uint64_t>(s.seed);
  options.functional = s.functional;
  options.accuracy.times_s.clear();
  common::Diagnostics diagnostics;
  const auto parse = [&](const std::string& time) {
    try {
      return common::parse_duration_s(time);
    } catch (const common::InputError& e) {
      for (const auto& d : e.diagnostics()) diagnostics.add(d);
      return 0.0;
    }
  };
  for (const auto& time : s.times) {
    const double seconds = parse(time);
    auto& times = options.accuracy.times_s;
    if (std::find(times.begin(), times.end(), seconds) != times.end() && seconds > 0)
      diagnostics.add({}, "the time '" + time + "' is given twice");
    times.push_back(seconds);
  }
  if (s.times.empty()) diagnostics.add({}, "no times are given; expected a list such as 1s,1h,1d,30d");
  options.accuracy.layer_time_s = parse(s.layer_time);
  try {
    options.accuracy.compensation = analog::parse_compensation(s.compensation);
  } catch (const common::InputError& e) {
    for (const auto& d : e.diagnostics()) diagnostics.add(d);
  }
  diagnostics.raise_if_any();
  options.accuracy.instances = s.instances;
  options.accuracy.layer_figures = s.layer_figures;
  options.accuracy.layer_samples = s.layer_samples;
  options.accuracy.layer_instances = s.layer_instances;
  return options;
}

}  // namespace phasecore::session
