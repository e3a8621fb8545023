#include "nas/search/given.hpp"

#include "models/spaces/given.hpp"
#include "sim/session/models.hpp"

namespace phasecore::search {
namespace {

GivenNetwork load_one(const LoadedSettings& loaded, std::size_t index) {
  const Settings& s = loaded.settings;
  const NetworkEntry& entry = s.networks[index];
  GivenNetwork given;
  given.name = entry.model.rfind("zoo:", 0) == 0 ? entry.model.substr(4) : entry.model;
  given.weight = entry.weight.value_or(1);
  session::Model model = session::load_model(entry.model);
  session::require_trained(model, "a search measures accuracies");
  given.sha256 = model.sha256;
  given.network = std::make_shared<const graph::Network>(std::move(model.network));
  const std::string set = s.data == "none" ? session::default_data(*given.network) : s.data;
  if (set == "none")
    throw common::InputError("network '" + given.name + "' names no data set; 'data' has to be given");
  given.images = load_images(
      loaded, set,
      session::reading_for(*given.network, session::chosen_normalisation(s.normalise, *given.network)));
  return given;
}

}  // namespace

Images load_images(const LoadedSettings& loaded, const std::string& set, const data::Reading& reading) {
  const EvaluatorSettings& e = loaded.settings.evaluator;
  const auto load = [&](data::Part part, int most) {
    return loaded.placed("data", "", [&] { return data::load(set, part, most, reading); });
  };
  return {load(data::Part::Calibration, e.calibration_images),
          load(data::Part::Validation, e.monte_carlo.images + e.confirm.images),
          load(data::Part::Test, e.final.images)};
}

std::vector<GivenNetwork> load_given(const LoadedSettings& loaded) {
  std::vector<GivenNetwork> all;
  std::vector<common::Diagnostic> problems;
  for (std::size_t i = 0; i < loaded.settings.networks.size(); ++i) try {
      const std::string place = "networks." + std::to_string(i) + ".model";
      all.push_back(loaded.placed(place, "", [&] { return load_one(loaded, i); }));
    } catch (const common::InputError& e) {
      problems.insert(problems.end(), e.diagnostics().begin(), e.diagnostics().end());
    }
  if (!problems.empty()) throw common::InputError(std::move(problems));
  return all;
}

std::shared_ptr<const spaces::Space> space_of(const std::vector<GivenNetwork>& given) {
  std::string name;
  for (const GivenNetwork& one : given) name += (name.empty() ? "" : " + ") + one.name;
  return std::make_shared<const spaces::Given>(*given.at(0).network, name);
}

}  // namespace phasecore::search
