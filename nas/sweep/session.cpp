#include "nas/sweep/session.hpp"

#include <fmt/format.h>

#include "common/version.hpp"
#include "nas/sweep/evaluator.hpp"
#include "sim/session/models.hpp"

namespace phasecore::sweep {
namespace {

using OnNotes = std::function<void(const std::vector<std::string>&)>;

Loaded load_network(const std::string& name, const std::optional<std::string>& given,
                    const Settings& settings, const OnNotes& on_notes) {
  session::Model model = session::load_model(name);
  if (on_notes) on_notes(model.notes);
  Loaded loaded{std::move(model.network), model.sha256, std::nullopt};
  const std::string data = given.value_or(session::default_data(loaded.network));
  if (data == "none") return loaded;
  if (!model.trained) throw common::InputError(name + " has no trained weights; give data: none");
  const data::Reading reading =
      session::reading_for(loaded.network, session::chosen_normalisation(std::nullopt, loaded.network));
  const data::Part part = settings.on_test ? data::Part::Test : data::Part::Validation;
  loaded.data = {data::load(data, part, settings.samples, reading),
                 data::load(data, data::Part::Calibration, 0, reading)};
  if (loaded.data->test.size() < settings.samples)
    throw common::InputError(fmt::format("'samples' is {}; the {} part of {} has {} images", settings.samples,
                                         data::name_of(part), data, loaded.data->test.size()));
  return loaded;
}

Problem posed(const LoadedSettings& loaded, const OnNotes& on_notes) {
  return pose(loaded, [&](const std::string& name, const std::optional<std::string>& data,
                          const Settings& settings) { return load_network(name, data, settings, on_notes); });
}

}  // namespace

Session::Session(const LoadedSettings& loaded, const SessionOptions& options)
    : options_(options), problem_(posed(loaded, options.on_notes)) {
  if (options_.resume && options_.out.empty())
    throw common::InputError("--resume needs --out: the directory that holds the archive");
  const archive::Mode mode = options_.resume ? archive::Mode::Resume : archive::Mode::Fresh;
  if (!options_.out.empty()) out_ = std::make_unique<results::ResultDirectory>(options_.out, mode);
  const auto evaluator = std::make_shared<const PointEvaluator>(problem_);
  pool_ = std::make_unique<evaluate::Pool>(
      [&] { return evaluator; }, options_.workers,
      evaluate::JobLimits{problem_.settings.cpu_seconds, problem_.settings.still_seconds});
  archive_ = std::make_unique<archive::Archive>(
      out_ ? out_->archive_path() : ":memory:", problem_.identity, mode,
      fmt::format("seed {}, phasecore {}", problem_.settings.seed, common::git_revision()));
}

Session::~Session() = default;

Result Session::run(const std::function<void(std::size_t done)>& progress,
                    const std::function<bool()>& stop) {
  try {
    return sweep::run(problem_, *archive_, *pool_, progress, stop);
  } catch (const evaluate::Interrupted&) {
    if (out_) archive_->close();
    throw;
  }
}

void Session::publish(const std::map<std::string, std::string>& files) {
  if (!out_) return;
  out_->check_in_place(*archive_);
  archive_->close();
  out_->publish(files);
}

}  // namespace phasecore::sweep
