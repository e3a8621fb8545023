#include "sim/session/session.hpp"

#include <algorithm>

#include "models/graph/init.hpp"

namespace phasecore::session {
namespace {

/// The data set that the network names was tried, since the user named none: says what to do where it is
/// absent.
[[noreturn]] void refuse_own_data(const std::string& data, const common::InputError& error) {
  auto diagnostics = error.diagnostics();
  diagnostics.back().details +=
      "The network says that it was trained on '" + data +
      "'. --data FORMAT:PLACE says where those images are, --data none leaves the accuracy out.";
  throw common::InputError(diagnostics);
}

run::Data read_images(const Request& request, const data::Reading& reading) try {
  const Settings& s = request.settings;
  if (request.arrays)
    return {data::load(*request.arrays, data::Part::Test, s.samples, reading),
            data::load(*request.arrays, data::Part::Calibration, request.calibration_images, reading)};
  return {data::load(s.data, data::Part::Test, s.samples, reading),
          data::load(s.data, data::Part::Calibration, request.calibration_images, reading)};
} catch (const common::InputError& error) {
  if (!request.names_data) refuse_own_data(request.settings.data, error);
  throw;
}

/// Settings that need images, where there are none.
void check_without_images(const Settings& settings) {
  if (settings.normalise)
    throw common::InputError("--normalise says how the images of --data are normalised: there are none");
  if (settings.functional) throw common::InputError("--functional needs images: give --data");
}

}  // namespace

Session::Session(const Request& request) : Session(request, load_model(request.settings.model)) {}

Session::Session(const Request& request, Model model) : request_(request), model_(std::move(model)) {
  Settings& s = request_.settings;
  if (!request_.repeats.empty() && s.model_sha256 != model_.sha256)
    throw common::InputError(s.model + " is not the model of " + request_.repeats + ": its sha256 is " +
                             model_.sha256 + ", expected " + s.model_sha256);
  s.model_sha256 = model_.sha256;
  choose_weights();
  if (request_.mapping)
    s.chip = config::with_mapping(std::move(s.chip), *request_.mapping, model_.network.name);
}

void Session::choose_weights() {
  Settings& s = request_.settings;
  if (!s.random_weights) {
    require_trained(model_, "give --random-weights");
    if (!request_.names_data) s.data = request_.arrays ? "arrays" : default_data(model_.network);
    return;
  }
  if (s.data != "none" || s.functional)
    throw common::InputError(
        "--random-weights has no accuracy: it cannot be combined with --data or --functional");
  model_.network = graph::with_random_weights(std::move(model_.network), static_cast<std::uint64_t>(s.seed));
}

void Session::load_images() {
  Settings& s = request_.settings;
  if (s.data == "none") return check_without_images(s);
  const graph::Network& network = model_.network;
  data_ = read_images(request_, reading_for(network, chosen_normalisation(s.normalise, network)));
  const int images = data_->test.size();
  if (!request_.counts_samples) s.samples = std::min(s.samples, images);
  if (images < s.samples)
    throw common::InputError("--samples is " + std::to_string(s.samples) + "; the test part of " + s.data +
                             " has " + std::to_string(images) + " images");
}

run::Report Session::simulate(const run::Options& options, run::ChipRunner& chips) const {
  const Settings& s = settings();
  run::Options all = options;
  if (data_) all.promise = promise_of(model_.network, s.data);
  run::Report report = run::simulate(model_.network, s.chip, s.device, data_ ? &*data_ : nullptr, all, chips);
  report.model_sha256 = model_.sha256;
  return report;
}

}  // namespace phasecore::session
