// phasecore compare: two fronts against each other.
#include "nas/search/compare.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "common/json_text.hpp"
#include "common/table.hpp"
#include "common/text.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

std::string objectives_text(const std::vector<search::Objective>& objectives) {
  std::string text;
  for (const auto& o : objectives)
    text += (text.empty() ? "" : ", ") + std::string(o.goal == search::Goal::Maximise ? "most " : "least ") +
            o.figure + (o.deviations ? fmt::format(" against {:g} std", *o.deviations) : "");
  return text;
}

std::vector<search::Objective> objectives_of(const po::variables_map& v, const std::string& a,
                                             const std::string& b) {
  std::vector<search::Objective> objectives;
  if (v.count("objective")) {
    for (const auto& text : v["objective"].as<std::vector<std::string>>())
      objectives.push_back(search::parse_objective(text));
    return objectives;
  }
  const auto of_a = search::objectives_beside(a), of_b = search::objectives_beside(b);
  if (!of_a && !of_b)
    throw common::InputError(
        "there is no config.resolved.yaml beside the files; name the objectives: --objective "
        "accuracy@1d:maximise --objective latency_ns:minimise");
  if (of_a && of_b && objectives_text(*of_a) != objectives_text(*of_b))
    throw common::InputError("the two searches had different objectives (" + objectives_text(*of_a) + "; " +
                             objectives_text(*of_b) + "); name those to compare by: --objective FIGURE:GOAL");
  return of_a ? *of_a : *of_b;
}

ordered_json side_json(const std::string& file, const search::Comparison::Side& side) {
  return {{"file", file},
          {"points", side.points},
          {"hypervolume", side.hypervolume ? ordered_json(*side.hypervolume) : ordered_json()},
          {"coverage", side.coverage},
          {"epsilon", side.epsilon}};
}

}  // namespace

int run_compare(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("files", po::value<std::vector<std::string>>(),
                        "A.csv B.csv, or directories of searches: their front.csv")(
      "objective", po::value<std::vector<std::string>>()->composing(),
      "FIGURE:maximise or FIGURE:minimise, with :REFERENCE for the hypervolume, :REFERENCE:DEVIATIONS for "
      "the "
      "mean against so many standard deviations (repeatable; default: those in config.resolved.yaml beside "
      "the files)")("json", po::bool_switch(), "print one JSON document");
  po::positional_options_description positional;
  positional.add("files", 2);
  po::variables_map values;
  if (parse(command("compare"), arguments, options, positional, values)) return 0;
  auto files =
      values.count("files") ? values["files"].as<std::vector<std::string>>() : std::vector<std::string>{};
  for (std::string& file : files)
    if (std::error_code none; std::filesystem::is_directory(file, none))
      file = (std::filesystem::path(file) / "front.csv").string();
  if (files.size() != 2) throw common::InputError("usage: phasecore compare A.csv B.csv [options]");
  const auto objectives = objectives_of(values, files[0], files[1]);
  const search::Comparison c = search::compare(search::read_points(files[0], objectives),
                                               search::read_points(files[1], objectives), objectives);

  if (values["json"].as<bool>()) {
    ordered_json j = {{"schema", "phasecore.compare/1"}, {"objectives", ordered_json::array()}};
    for (std::size_t o = 0; o < objectives.size(); ++o)
      j["objectives"].push_back(
          {{"figure", objectives[o].figure},
           {"goal", objectives[o].goal == search::Goal::Maximise ? "maximise" : "minimise"},
           {"deviations", objectives[o].deviations.value_or(0)},
           {"reference", c.reference[o]}});
    j["unreached_references"] = c.unreached;
    j["a"] = side_json(files[0], c.a);
    j["b"] = side_json(files[1], c.b);
    std::cout << common::json_text(j, 1) << "\n";
    return 0;
  }
  common::Table table({{"file", "front"},
                       {"points", "points"},
                       {"hypervolume", "hypervolume"},
                       {"coverage", "covers of the other %", 1},
                       {"epsilon", "epsilon", 4}});
  for (const auto& [file, side] : {std::pair{files[0], c.a}, std::pair{files[1], c.b}})
    table.add_row({file, static_cast<long long>(side.points),
                   side.hypervolume ? common::Cell{fmt::format("{:.6g}", *side.hypervolume)} : common::Cell{},
                   100 * side.coverage, side.epsilon});
  std::string reference;
  for (std::size_t o = 0; o < objectives.size(); ++o)
    reference += fmt::format("{}{} = {:g}", o == 0 ? "" : ", ", objectives[o].figure, c.reference[o]);
  std::cout << common::printable(objectives_text(objectives)) << "\n\n"
            << table.text() << "\nHypervolume from " << common::printable(reference)
            << (c.reference_is_worst ? " (the worst of both)" : "")
            << "; epsilon: what a front would have to gain in every objective (1 = the range of both) to "
               "cover the other.\n";
  if (!c.a.hypervolume || !c.b.hypervolume)
    std::cout << "The exact hypervolume of so many points in so many objectives would take too long, or is "
                 "larger than a number can be: it is left "
                 "out.\n";
  for (const auto& figure : c.unreached)
    std::cout << "No point of either front is better than the reference of " << figure
              << ": there is no hypervolume.\n";
  return 0;
}

}  // namespace phasecore::app
