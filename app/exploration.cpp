#include "app/exploration.hpp"

#include "common/diagnostics.hpp"
#include "common/process/jobs.hpp"

namespace phasecore::app {

namespace po = boost::program_options;

po::options_description exploration_options(const Exploration& what) {
  const std::string name = what.name, printed = what.printed;
  po::options_description o;
  const auto add = [&](const char* option, const po::value_semantic* value, const std::string& meaning) {
    o.add_options()(option, value, meaning.c_str());
  };
  add(what.name, po::value<std::string>(),
      "a shipped " + name + " or " + what.file + " (also as the first argument; keys: phasecore describe " +
          name + ")");
  add("set", po::value<std::vector<std::string>>()->composing(),
      std::string("change a key: --set ") + what.example + " (repeatable)");
  add("seed", po::value<int>(), "seed of every random number");
  add("workers", po::value<int>()->default_value(process::available_processors()), "processes");
  add("resume", po::bool_switch(), "go on with the " + name + " whose archive is in --out");
  add("json", po::bool_switch(), "print report.json instead of " + printed);
  add("out", po::value<std::string>(),
      "directory for the archive and all results; without it only " + printed +
          (printed.back() == 's' ? " are printed" : " is printed"));
  return o;
}

std::string given_settings(const Exploration& what, const po::variables_map& values) {
  const std::string name = what.name;
  if (values.count(name) == 0)
    throw common::InputError("no " + name + " given; usage: phasecore " + name + " " + what.file +
                             " [options]");
  return values[name].as<std::string>();
}

std::vector<std::string> given_assignments(const po::variables_map& values) {
  auto assignments =
      values.count("set") ? values["set"].as<std::vector<std::string>>() : std::vector<std::string>{};
  if (values.count("seed")) assignments.push_back("seed=" + std::to_string(values["seed"].as<int>()));
  return assignments;
}

}  // namespace phasecore::app
