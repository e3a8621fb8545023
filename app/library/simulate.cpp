#include <nlohmann/json.hpp>

#include "app/library/inside.hpp"
#include "common/json_text.hpp"
#include "models/data/own_arrays.hpp"
#include "sim/report/files.hpp"
#include "sim/report/json.hpp"
#include "sim/report/page.hpp"
#include "sim/report/text.hpp"
#include "sim/session/session.hpp"

namespace phasecore {
inline namespace v1 {

using library::between;
using library::translated;

namespace {

constexpr int kMost = 1'000'000'000;

template <class T, class U>
void take(const std::optional<T>& given, U& into) {
  if (given) into = *given;
}

run::Engine engine_of(const std::string& name) {
  if (name == "chip") return run::Engine::Chip;
  if (name == "analytic") return run::Engine::Analytic;
  throw common::InputError("engine is '" + name + "'; allowed are chip, analytic");
}

session::Settings settings_of(const Network& network, const config::Chip& chip, const SimulateOptions& o) {
  session::Settings s = session::default_settings();
  s.model = network.impl().model.file.empty() ? network.name() : network.impl().model.file;
  s.chip = chip;
  s.device = library::device_or(o.device, chip);
  take(o.data, s.data);
  s.normalise = o.normalise;
  if (o.samples) s.samples = between(*o.samples, 1, kMost, "samples");
  take(o.times, s.times);
  if (o.instances) s.instances = between(*o.instances, 1, library::kMostInstances, "instances");
  take(o.compensation, s.compensation);
  if (o.layer_samples) {
    s.layer_figures = between(*o.layer_samples, 0, kMost, "layer_samples") > 0;
    if (s.layer_figures) s.layer_samples = *o.layer_samples;
  }
  if (o.layer_instances)
    s.layer_instances = between(*o.layer_instances, 1, library::kMostInstances, "layer_instances");
  take(o.layer_time, s.layer_time);
  s.engine = engine_of(o.engine);
  s.functional = o.functional;
  s.random_weights = o.random_weights;
  s.seed = between(o.seed, 0, 2147483647, "seed");
  return s;
}

data::OwnArrays arrays_of(const OwnData& own) {
  data::OwnArrays arrays;
  for (const auto& [name, array] : own.values) arrays.values[name] = library::checked(array, name);
  arrays.labels = own.labels;
  return arrays;
}

config::MappingFile mapping_of(const std::string& text) {
  common::Diagnostics diagnostics;
  const common::YamlNode root = common::parse_yaml(text, "mapping", diagnostics);
  config::MappingFile mapping;
  common::load_fields(root, mapping, diagnostics);
  diagnostics.raise_if_any();
  return mapping;
}

session::Request request_of(const Network& network, const config::Chip& chip, const SimulateOptions& o) {
  if (o.data && o.own_data) throw common::InputError("give either data or own_data");
  session::Request request;
  request.settings = settings_of(network, chip, o);
  request.names_data = o.data.has_value();
  request.counts_samples = o.samples.has_value();
  if (o.own_data) request.arrays = arrays_of(*o.own_data);
  if (!o.mapping.empty()) request.mapping = mapping_of(o.mapping);
  return request;
}

run::Options options_of(const session::Settings& settings, const SimulateOptions& o) {
  run::Options options = session::to_options(settings);
  options.workers = between(o.workers, 1, 4096, "workers");
  options.trace_path = o.trace;
  if (settings.engine == run::Engine::Analytic && (settings.functional || !o.trace.empty()))
    throw common::InputError("functional and trace need the engine chip");
  return options;
}

void watch(run::Options& options, library::Watcher& watcher) {
  if (!watcher.watches()) return;
  options.on_firings = [&](std::size_t ended, std::size_t all) { watcher.tell("chip", ended, all); };
  options.accuracy.on_progress = [&](std::size_t done, std::size_t total) {
    watcher.tell("accuracy", done, total);
  };
}

std::optional<double> accuracy_of(const run::Report& report, double monte_carlo::Result::*figure) {
  return report.accuracy ? std::optional(report.accuracy->result.*figure) : std::nullopt;
}

std::string document(const Report::Impl& impl) {
  return common::json_text(report::to_json(impl.report, {impl.wall_s}), 1);
}

}  // namespace

Report::Report(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

double Report::latency_ns() const {
  return impl_->report.latency_ns;
}
double Report::interval_ns() const {
  return impl_->report.interval_ns;
}
double Report::energy_nj() const {
  return impl_->report.energy_nj;
}
double Report::energy_steady_nj() const {
  return impl_->report.energy_steady_nj;
}
int Report::cores_used() const {
  return impl_->report.cores_used;
}
std::optional<double> Report::float_accuracy() const {
  return accuracy_of(impl_->report, &monte_carlo::Result::float_accuracy);
}
std::optional<double> Report::quantized_accuracy() const {
  return accuracy_of(impl_->report, &monte_carlo::Result::quantized_accuracy);
}

std::vector<AccuracyPoint> Report::accuracy() const {
  std::vector<AccuracyPoint> points;
  if (!impl_->report.accuracy) return points;
  for (const auto& p : impl_->report.accuracy->result.points)
    points.push_back({p.time_s, p.accuracy.mean, p.accuracy.low, p.accuracy.high, p.std});
  return points;
}

std::vector<std::string> Report::warnings() const {
  return impl_->report.warnings;
}
std::string Report::json() const {
  return document(*impl_);
}
std::string Report::text() const {
  return report::to_text(impl_->report);
}
std::string Report::layers_csv() const {
  return report::layers_csv(impl_->report).csv();
}
std::string Report::html() const {
  return translated([&] { return report::html_page({{"", "", document(*impl_), {}, {}}}); });
}
std::string Report::settings() const {
  return common::dump_fields(impl_->settings);
}

void Report::write(const std::string& directory) const {
  translated([&] {
    common::OutputDirectory out(directory, report::result_names());
    report::write_results(out, impl_->report, {document(*impl_), settings()});
  });
}

Report simulate(const Network& network, const Chip& chip, const SimulateOptions& options) {
  return translated([&] {
    const auto start = std::chrono::steady_clock::now();
    const auto lock = library::one_at_a_time();
    const session::Request request = request_of(network, chip.impl().chip, options);
    run::Options run_options = options_of(request.settings, options);
    library::Watcher watcher(options.watch);
    watch(run_options, watcher);
    session::Session session(request, network.impl().model);
    session.load_images();
    auto result = std::make_shared<Report::Impl>();
    result->report = session.simulate(run_options, library::chips());
    result->report.chip_argument = chip.impl().argument;
    result->settings = session.settings();
    result->wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return Report(std::move(result));
  });
}

}  // namespace v1
}  // namespace phasecore
