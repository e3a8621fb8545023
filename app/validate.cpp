// phasecore validate: every published figure against ours.
#include "sim/validate/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/json_text.hpp"
#include "sim/run/simulate.hpp"
#include "sim/session/session.hpp"
#include "sim/validate/report.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

template <class T>
ordered_json optional(const T& value, bool is_there) {
  return is_there ? ordered_json(value) : ordered_json();
}

ordered_json to_json(const std::vector<validate::Result>& results) {
  ordered_json rows = ordered_json::array();
  for (const validate::Result& r : results)
    rows.push_back({{"id", r.row.id},
                    {"what", r.row.what},
                    {"source", r.source},
                    {"kind", validate::name_of(r.row.kind)},
                    {"unit", r.row.unit},
                    {"published", optional(r.row.published.value_or(0), r.row.published.has_value())},
                    {"ours", optional(r.ours, r.has_run())},
                    {"error_pct", optional(r.error_pct, r.is_compared())},
                    {"tolerance_pct", optional(r.row.tolerance(), r.row.published.has_value())},
                    {"ok", optional(r.ok, r.is_compared())},
                    {"reason", r.is_explained() ? ordered_json(*r.row.reason) : ordered_json()},
                    {"not_run", r.has_run() ? ordered_json() : ordered_json(r.not_run)}});
  return {{"schema", "phasecore.validate/1"}, {"rows", std::move(rows)}};
}

/// Accuracies by Monte Carlo on the user's images.
class Meter {
 public:
  Meter(std::string spec, run::ChipRunner& chips) : spec_(std::move(spec)), chips_(chips) {}

  double operator()(const validate::AccuracyQuestion& q) {
    wanted_.insert(q.data);
    const std::string file = session::zoo_directory() + "/" + q.network + ".onnx";
    if (std::error_code none; !std::filesystem::exists(file, none))
      throw validate::NotRun("no trained network '" + q.network + "' is shipped");
    if (name() != q.data) throw validate::NotRun("needs the images: --data " + q.data + ":DIR");
    const session::Model model = session::load_model("zoo:" + q.network);
    session::Settings s = session::default_settings();
    s.data = spec_;
    s.chip = q.chip;
    s.device = config::device_of(q.chip);
    s.samples = q.samples;
    s.times = {q.time};
    s.instances = q.instances;
    s.compensation = q.compensation;
    s.layer_figures = false;
    s.engine = run::Engine::Analytic;
    session::Request request;
    request.settings = s;
    session::Session session(request, model);
    session.load_images();
    const run::Report report = session.simulate(session::to_options(s), chips_);
    return 100 * report.accuracy->result.points.at(0).accuracy.mean;
  }

  /// Throws InputError for images that no row asked for.
  void check_used() const {
    if (spec_ != "none" && wanted_.count(name()) == 0)
      throw common::InputError(fmt::format("no row needs the data set of --data {}; they need {}", spec_,
                                           fmt::join(wanted_, ", ")));
  }

 private:
  std::string name() const { return spec_.substr(0, spec_.find(':')); }

  std::string spec_;
  std::set<std::string> wanted_;
  run::ChipRunner& chips_;
};

std::string summary(const std::vector<validate::Result>& results) {
  const auto count = [&](const auto& is) { return std::count_if(results.begin(), results.end(), is); };
  return fmt::format("\n{} rows: {} beyond their tolerance for a known reason, {} for none; {} not run\n",
                     results.size(), count([](const validate::Result& r) { return r.is_explained(); }),
                     count([](const validate::Result& r) { return r.fails(); }),
                     count([](const validate::Result& r) { return !r.has_run(); }));
}

}  // namespace

int run_validate(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("data", po::value<std::string>()->default_value("none"),
                        "data set for the rows of accuracies, as cifar10:DIR (without: they are not run)")(
      "json", po::bool_switch(), "print one JSON document instead of tables")(
      "markdown", po::bool_switch(), "print the tables of docs/validation.md");
  po::variables_map v;
  if (parse(command("validate"), arguments, options, {}, v)) return 0;
  const bool json = v["json"].as<bool>(), markdown = v["markdown"].as<bool>();
  if (json && markdown) throw common::InputError("give either --json or --markdown");
  const std::string data = v["data"].as<std::string>();
  if (data != "none") data::load(data, data::Part::Test, 1, {});  // before anything takes its time
  run::ChipRunner chips;  // forks its small template process before anything grows
  Meter meter(data, chips);
  const std::vector<validate::Result> results =
      validate::validate(validate::load_publications(), std::ref(meter));
  meter.check_used();
  if (json)
    std::cout << common::json_text(to_json(results), 1) << "\n";
  else
    std::cout << (markdown ? validate::to_markdown(results) : validate::to_text(results) + summary(results));
  const bool fails =
      std::any_of(results.begin(), results.end(), [](const validate::Result& r) { return r.fails(); });
  return static_cast<int>(fails ? common::ExitCode::CheckFailed : common::ExitCode::Done);
}

}  // namespace phasecore::app
