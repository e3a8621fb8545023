#include "app/command.hpp"

#include <iostream>

#include "common/diagnostics.hpp"

namespace phasecore::app {
namespace po = boost::program_options;

std::vector<Command>& commands() {
  static std::vector<Command> all = {
      {"simulate", "MODEL [options]", "accuracy, latency and energy of a network on a chip, layer by layer",
       run_simulate},
      {"inspect", "MODEL [options]", "layers, shapes, MACs, sub-matrices and cores, without simulating",
       run_inspect},
      {"map", "MODEL [options]", "the mapping compiler alone: tiles, replicas and cores of every layer",
       run_map},
      {"infer", "MODEL --input X.npy --output Y.npy [options]",
       "your own tensors through the network, in float or as the chip computes it", run_infer},
      {"tile", "[options]", "one crossbar: error of its matrix-vector products against time", run_tile},
      {"validate", "[options]", "every published figure against ours, with error and tolerance",
       run_validate},
      {"search", "SEARCH.yaml [options]", "the networks of a space that are best on a chip", run_search,
       true},
      {"sweep", "SWEEP.yaml [options]",
       "settings of chip, device, network and data varied, and what each moves", run_sweep, true},
      {"cut", "SUPERNET --genes GENES|--spread N --out FILE|DIR [options]",
       "networks out of a supernet, with the weights they inherit", run_cut},
      {"compare", "A.csv B.csv [options]", "two fronts: hypervolume, coverage, epsilon", run_compare},
      {"report", "DIR... [--out FILE.html]",
       "report.html of a result directory made anew, or one page that lays several results side by side",
       run_report},
      {"train", "TRAIN.yaml [options]", "trains a network, digital or hardware-aware (runs phasecore-train)",
       run_train},
      {"describe", "chip|device|simulate|train|supernet|search|sweep|space [NAME|FILE]",
       "every key of a settings file", run_describe},
  };
  return all;
}

const Command& command(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& c : commands()) {
    if (name == c.name) return c;
    known.emplace_back(c.name);
  }
  std::string list;
  for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
  throw common::InputError("unknown command '" + name + "'; the commands are " + list +
                           common::did_you_mean(name, known));
}

bool parse(const Command& command, const Arguments& arguments, const po::options_description& options,
           const po::positional_options_description& positional, po::variables_map& values) {
  po::options_description all("Options");
  all.add(options);
  all.add_options()("help,h", "this text");
  try {
    using namespace po::command_line_style;
    const int style = unix_style & ~allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(positional).style(style).run(),
              values);
    if (values.count("help") != 0) {
      std::cout << "phasecore " << command.name << " " << command.usage << "\n  " << command.summary << "\n\n"
                << all;
      return true;
    }
    po::notify(values);
  } catch (const po::unknown_option& e) {
    std::vector<std::string> known;
    for (const auto& o : all.options()) known.push_back("--" + o->long_name());
    throw common::InputError("unknown option '" + e.get_option_name() + "'" +
                             common::did_you_mean(e.get_option_name(), known) + "; see phasecore " +
                             command.name + " --help");
  } catch (const po::too_many_positional_options_error&) {
    throw common::InputError("too many arguments; usage: phasecore " + std::string(command.name) + " " +
                             command.usage);
  } catch (const po::error& e) {
    throw common::InputError(std::string(e.what()) + "; see phasecore " + command.name + " --help");
  }
  return false;
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

int at_least(int value, int minimum, const std::string& option) {
  if (value < minimum)
    throw common::InputError(option + " is " + std::to_string(value) + "; allowed is at least " +
                             std::to_string(minimum));
  return value;
}

int between(int value, int minimum, int maximum, const std::string& option) {
  if (value > maximum)
    throw common::InputError(option + " is " + std::to_string(value) + "; allowed is at most " +
                             std::to_string(maximum));
  return at_least(value, minimum, option);
}

void note(const std::vector<std::string>& notes) {
  for (const std::string& text : notes) std::cerr << "note: " << text << "\n";
}

}  // namespace phasecore::app
