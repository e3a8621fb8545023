#include "app/budget.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/process/jobs.hpp"
#include "common/progress.hpp"
#include "common/table.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/budget/network_oracle.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using budget::Assignment;
using nlohmann::ordered_json;

constexpr int kMostImages = 5000, kLayerImages = 2000, kLayerInstances = 4, kMostRepairs = 20;

/// What reports are asked for and printed of one assignment.
struct Looked {
  Assignment digital;
  run::Report timing, on_test;
};

class Choosing {
 public:
  Choosing(const po::variables_map& values, const config::Chip& chip, const session::Model& model,
           run::ChipRunner& chips)
      : values_(values),
        budget_(budget::parse_budget(values["budget"].as<std::string>())),
        cost_(values.count("cost") ? budget::figure(values["cost"].as<std::string>())
                                   : budget::figure_of(chip.mapping.objective)),
        network_(model.network),
        options_(options(values)),
        data_(read_data(data::Part::Validation)),
        oracle_(
            {network_, chip, device(values, chip), data_, budget_, &cost_, digital_cores(values), options_},
            chips) {
    session::require_trained(model, "a budget needs accuracies");
    run::check_data(network_, data_);
  }

  LayersChosen run() {
    common::Progress progress("layers", 1, true);
    alone_ = oracle_.alone(kLayerImages, std::min(kLayerInstances, options_.accuracy.instances));
    budget::Oracle oracle;
    for (const auto& layer : alone_) oracle.alone_pp.push_back(layer.alone_pp.mean);
    oracle.costs = [&](const std::vector<Assignment>& all) { return oracle_.costs(all); };
    oracle.measure = [&](const Assignment& digital) {
      const budget::Shortfall found = oracle_.shortfall(digital);
      progress.update(0, fmt::format("{} assignments measured, the last misses the budget by {:.2f} pp "
                                     "({:.2f} .. {:.2f})",
                                     ++measured_, found.mean_pp, found.low_pp, found.high_pp));
      return found;
    };
    oracle.most_repairs = values_["repairs"].as<int>();
    oracle.whole_chain = values_["curve"].as<bool>();
    oracle.by_mean = by_mean();
    choice_ = budget::choose(oracle);
    look_closer();
    progress.update(1);
    LayersChosen chosen;
    chosen.is_kept = choice_.chosen.has_value();
    if (chosen.is_kept) chosen.chip = oracle_.chip(choice_.chosen->digital);
    chosen.text = text();
    chosen.json = json();
    return chosen;
  }

 private:
  static config::Device device(const po::variables_map& values, config::Chip chip) {
    if (values.count("device")) chip.use_device(values["device"].as<std::string>());
    return config::device_of(chip);
  }

  static std::optional<int> digital_cores(const po::variables_map& values) {
    if (values.count("digital-cores") == 0) return std::nullopt;
    return at_least(values["digital-cores"].as<int>(), 1, "--digital-cores");
  }

  static run::Options options(const po::variables_map& values) {
    run::Options options;
    options.seed = static_cast<std::uint64_t>(at_least(values["seed"].as<int>(), 0, "--seed"));
    options.workers = at_least(values["workers"].as<int>(), 1, "--workers");
    options.accuracy.instances = between(values["instances"].as<int>(), 2, kMostInstances, "--instances");
    options.accuracy.compensation = analog::parse_compensation(values["compensation"].as<std::string>());
    return options;
  }

  run::Data read_data(data::Part part) const {
    std::optional<std::string> normalise;
    if (values_.count("normalise")) normalise = values_["normalise"].as<std::string>();
    const auto reading = session::reading_for(network_, session::chosen_normalisation(normalise, network_));
    const std::string set = values_["data"].as<std::string>();
    const int images = between(values_["samples"].as<int>(), 1, 1000000, "--samples");
    return {data::load(set, part, part == data::Part::Test ? 2 * images : images, reading),
            data::load(set, data::Part::Calibration, 0, reading)};
  }

  /// What is all analog, what was chosen, and what is all digital, on test images and other programmings.
  void look_closer() {
    const run::Data test = read_data(data::Part::Test);
    const std::string reference = oracle_.reference(test);
    std::vector<Assignment> all = {Assignment(alone_.size(), false)};
    if (choice_.chosen) all.push_back(choice_.chosen->digital);
    all.push_back(choice_.chain.back().digital);
    for (const Assignment& digital : all) {
      if (!oracle_.costs({digital}).front()) continue;
      if (std::any_of(looked_.begin(), looked_.end(),
                      [&](const Looked& known) { return known.digital == digital; }))
        continue;
      looked_.push_back(
          {digital, oracle_.timing(digital), oracle_.measured(digital, test, reference, options_.seed + 1)});
    }
  }

  bool by_mean() const { return values_["by-mean"].as<bool>(); }
  bool is_kept(const budget::Shortfall& of) const { return by_mean() ? of.mean_pp <= 0 : of.is_kept(); }

  static std::string interval_text(const monte_carlo::Interval& i) {
    return fmt::format("{:.2f} ({:.2f} .. {:.2f})", i.mean, i.low, i.high);
  }
  static std::string interval_text(const budget::Shortfall& s) {
    return fmt::format("{:.2f} ({:.2f} .. {:.2f})", s.mean_pp, s.low_pp, s.high_pp);
  }

  bool is_digital(std::size_t layer) const { return choice_.chosen && choice_.chosen->digital[layer]; }

  std::string name_of(const Assignment& digital) const {
    const auto count = std::count(digital.begin(), digital.end(), true);
    if (count == 0) return "none";
    if (count == static_cast<std::ptrdiff_t>(digital.size())) return "all";
    std::string text;
    for (std::size_t l = 0; l < digital.size(); ++l)
      if (digital[l]) text += (text.empty() ? "" : ", ") + oracle_.layers()[l].name;
    return text;
  }

  std::string layer_table() const {
    common::Table table({{"layer", "layer"},
                         {"op", "op"},
                         {"macs", "MACs"},
                         {"alone_pp", "costs alone pp (95 %)"},
                         {"digital_cost", fmt::format("{} if digital", cost_.name), 2},
                         {"chosen", "chosen"}});
    for (std::size_t l = 0; l < alone_.size(); ++l) {
      Assignment only(alone_.size(), false);
      only[l] = true;
      const auto cost = oracle_.costs({only}).front();
      table.add_row({oracle_.layers()[l].name, oracle_.layers()[l].op, oracle_.layers()[l].macs,
                     interval_text(alone_[l].alone_pp), cost ? common::Cell{cost->first} : common::Cell{},
                     std::string(is_digital(l) ? "digital" : "crossbars")});
    }
    return table.text();
  }

  std::string measured_table() const {
    std::vector<budget::Step> steps = choice_.measured;
    std::stable_sort(steps.begin(), steps.end(),
                     [](const budget::Step& a, const budget::Step& b) { return a.cost < b.cost; });
    common::Table table({{"cost", cost_.name, 2},
                         {"misses", "misses the budget by pp (95 %)"},
                         {"kept", "kept"},
                         {"digital", "digital layers"}});
    for (const budget::Step& step : steps)
      table.add_row({step.cost ? common::Cell{step.cost->first} : common::Cell{},
                     interval_text(*step.measured), std::string(is_kept(*step.measured) ? "yes" : "no"),
                     name_of(step.digital)});
    return table.text();
  }

  std::string test_table() const {
    common::Table table({{"interval_ns", "interval us", 2},
                         {"latency_ns", "latency us", 2},
                         {"energy_steady_nj", "energy uJ", 2},
                         {"cores", "cores"},
                         {"accuracy", "accuracy %", 2},
                         {"lost", "lost pp (95 %)"},
                         {"digital", "digital layers"}});
    for (const Looked& one : looked_) {
      const monte_carlo::Point& point = one.on_test.accuracy->result.points.front();
      table.add_row({one.timing.interval_ns * 1e-3, one.timing.latency_ns * 1e-3,
                     one.timing.energy_steady_nj * 1e-3, static_cast<long long>(one.timing.cores_used),
                     100 * point.accuracy.mean, interval_text(*point.lost_pp), name_of(one.digital)});
    }
    return table.text();
  }

  std::string text() const {
    std::string out = layer_table();
    out += fmt::format(
        "\nBudget: {}. Kept where {} keeps it, on {} {} images of {} x {} "
        "instances, loss paired "
        "image by image\n\n",
        budget_.text(), by_mean() ? "the mean" : "the bad end of the 95 % interval", data_.test.size(),
        data::name_of(data_.test.part), data_.test.name, options_.accuracy.instances);
    out += measured_table();
    if (!choice_.chosen)
      out += "\nNothing that was measured keeps the budget.\n";
    else
      out += fmt::format("\nChosen, {} {:.2f}: {}\n", cost_.name, choice_.chosen->cost->first,
                         name_of(choice_.chosen->digital));
    const auto& result = looked_.front().on_test.accuracy->result;
    out += fmt::format(
        "\nOn {} test images and other programmings, by which nothing was chosen (float "
        "{:.2f} %):\n{}\n",
        result.samples, 100 * result.float_accuracy, test_table());
    return out;
  }

  static ordered_json to_json(const monte_carlo::Interval& i) { return {i.mean, i.low, i.high}; }

  ordered_json names(const Assignment& digital) const {
    ordered_json names = ordered_json::array();
    for (std::size_t l = 0; l < digital.size(); ++l)
      if (digital[l]) names.push_back(oracle_.layers()[l].name);
    return names;
  }

  ordered_json json() const {
    ordered_json j = {{"budget", values_["budget"].as<std::string>()},
                      {"cost", cost_.name},
                      {"validation_images", data_.test.size()},
                      {"instances", options_.accuracy.instances},
                      {"compensation", analog::name_of(options_.accuracy.compensation)},
                      {"kept", choice_.chosen.has_value()}};
    j["layers"] = ordered_json::array();
    for (std::size_t l = 0; l < alone_.size(); ++l)
      j["layers"].push_back({{"name", oracle_.layers()[l].name},
                             {"alone_pp", to_json(alone_[l].alone_pp)},
                             {"digital", is_digital(l)}});
    j["measured"] = ordered_json::array();
    for (const budget::Step& step : choice_.measured)
      j["measured"].push_back(
          {{"digital", names(step.digital)},
           {"cost", step.cost ? ordered_json(step.cost->first) : ordered_json()},
           {"misses_pp", {step.measured->mean_pp, step.measured->low_pp, step.measured->high_pp}}});
    j["on_test"] = ordered_json::array();
    for (const Looked& one : looked_) {
      const monte_carlo::Point& point = one.on_test.accuracy->result.points.front();
      j["on_test"].push_back({{"digital", names(one.digital)},
                              {"interval_ns", one.timing.interval_ns},
                              {"latency_ns", one.timing.latency_ns},
                              {"energy_steady_nj", one.timing.energy_steady_nj},
                              {"cores_used", one.timing.cores_used},
                              {"accuracy", to_json(point.accuracy)},
                              {"lost_pp", to_json(*point.lost_pp)}});
    }
    return j;
  }

  const po::variables_map& values_;
  const budget::Budget budget_;
  const budget::Figure& cost_;
  const graph::Network& network_;
  const run::Options options_;
  const run::Data data_;
  budget::NetworkOracle oracle_;
  std::vector<monte_carlo::LayerDegradation> alone_;
  budget::Choice choice_;
  std::vector<Looked> looked_;
  int measured_ = 0;
};

constexpr const char* kOnlyWithBudget[] = {"cost",    "digital-cores", "data",      "normalise",
                                           "samples", "device",        "instances", "compensation",
                                           "seed",    "repairs",       "curve",     "by-mean"};

}  // namespace

po::options_description budget_options() {
  po::options_description o("A budget of accuracy");
  auto add = o.add_options();
  add("budget", po::value<std::string>(),
      "choose which layers are analog and which digital: the cheapest that keeps accuracy@1d=0.87, or "
      "accuracy@1d=-0.2pp, points against all layers digital");
  add("cost", po::value<std::string>(),
      "what is to be small: interval_ns, latency_ns, energy_nj, energy_steady_nj, edp, cores_used (default: "
      "what mapping.objective aims at)");
  add("digital-cores", po::value<int>(),
      "compute all digital layers on so many cores, the first ones (default: each on one of its own)");
  add("data", po::value<std::string>(), "data set whose validation images to choose by (docs/data.md)");
  add("normalise", po::value<std::string>(), "MEAN,..:STD,.. per channel, as in simulate");
  add("samples", po::value<int>()->default_value(kMostImages),
      "validation images, and twice as many test images in the end, or as many as there are");
  add("device", po::value<std::string>(), "PCM devices: shipped name or FILE.yaml (default: the chip's)");
  add("instances", po::value<int>()->default_value(8), "programming instances");
  add("compensation", po::value<std::string>()->default_value("gdc"),
      "drift compensation: none, gdc, gdc-column, adabs");
  add("seed", po::value<int>()->default_value(0), "seed of every random number");
  add("repairs", po::value<int>()->default_value(kMostRepairs),
      "assignments to measure after the chain, at most");
  add("curve", po::bool_switch(), "measure every step of the chain: the curve of loss against cost");
  add("by-mean", po::bool_switch(), "the mean has to keep the budget, not the bad end of its 95 % interval");
  add("workers", po::value<int>()->default_value(process::available_processors()), "processes");
  return o;
}

void check_budget_options(const po::variables_map& values) {
  if (values.count("budget") == 0) {
    for (const char* option : kOnlyWithBudget)
      if (values.count(option) && !values[option].defaulted())
        throw common::InputError(std::string("--") + option + " needs --budget");
    return;
  }
  if (values.count("data") == 0)
    throw common::InputError("--budget needs --data: what a layer costs is measured on images");
  if (values.count("mapping"))
    throw common::InputError("--budget chooses what --mapping says: give one of them");
  between(values["repairs"].as<int>(), 0, 10000, "--repairs");
}

LayersChosen choose_layers(const po::variables_map& values, const config::Chip& chip,
                           const session::Model& model, run::ChipRunner& chips) {
  return Choosing(values, chip, model, chips).run();
}

}  // namespace phasecore::app
