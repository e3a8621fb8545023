// phasecore describe: every key of a settings file with type, unit, range, meaning, value and source.
#include <filesystem>
#include <iostream>
#include <map>

#include "app/command.hpp"
#include "common/files.hpp"
#include "common/table.hpp"
#include "common/yaml.hpp"
#include "models/spaces/load.hpp"
#include "nas/search/settings.hpp"
#include "nas/sweep/settings.hpp"
#include "nas/train/settings.hpp"
#include "nas/train/supernet_settings.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/session/settings.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

/// Shipped files say where each value comes from in the comment behind it.
class Sources {
 public:
  /// The comment on the line of `where`, "" without one.
  std::string at(const common::Location& where) {
    std::error_code none;
    if (where.line <= 0 || !std::filesystem::is_regular_file(where.file, none)) return "";
    auto [lines, is_new] = files_.try_emplace(where.file);
    if (is_new) {
      std::string line;
      for (const char c : common::read_file(where.file)) {
        if (c == '\n') {
          lines->second.push_back(line);
          line.clear();
        } else {
          line += c;
        }
      }
      lines->second.push_back(line);
    }
    if (where.line > static_cast<int>(lines->second.size())) return "";
    const std::string& line = lines->second[where.line - 1];
    const auto hash = line.find(" # ");
    return hash == std::string::npos ? "" : line.substr(hash + 3);
  }

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

const common::YamlNode* find_path(const common::YamlNode& root, const std::string& path) {
  const common::YamlNode* node = &root;
  for (std::size_t begin = 0; node != nullptr && begin <= path.size();) {
    const auto dot = std::min(path.find('.', begin), path.size());
    node = node->find(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return node;
}

/// A recipe has no defaults: without a file there are no values to show.
std::vector<common::FieldDoc> without_values(std::vector<common::FieldDoc> docs) {
  for (auto& doc : docs) doc.value.clear();
  return docs;
}

void print(const std::vector<common::FieldDoc>& docs, const common::YamlNode* root) {
  common::Table table({{"key", "key"},
                       {"value", "value"},
                       {"unit", "unit"},
                       {"type", "type"},
                       {"range", "range"},
                       {"meaning", "meaning"},
                       {"source", root != nullptr ? "source" : ""}});
  Sources sources;
  for (const auto& d : docs) {
    const common::YamlNode* node = root != nullptr ? find_path(*root, d.path) : nullptr;
    table.add_row({d.path, d.value, d.unit, d.type, d.range, d.meaning,
                   node != nullptr ? sources.at(node->where) : std::string()});
  }
  std::cout << table.text();
}

/// A space's keys, then its genes and their choices.
void print_space(const std::string& name) {
  const common::YamlNode root = common::merged_settings(spaces::space_files, name);
  common::Diagnostics diagnostics;
  const auto space = spaces::make(root, diagnostics);
  diagnostics.raise_if_any();
  std::vector<common::FieldDoc> docs = spaces::describe(space->kind());
  for (auto& doc : docs) {
    const common::YamlNode* node = find_path(root, doc.path);
    doc.value = node == nullptr || node->kind == common::YamlNode::Kind::Map ? "" : common::write_yaml(*node);
    while (!doc.value.empty() && doc.value.back() == '\n') doc.value.pop_back();
  }
  print(docs, &root);
  common::Table genes({{"gene", "gene"}, {"choices", "choices"}, {"kind", "kind"}, {"meaning", "meaning"}});
  for (const auto& gene : space->genes()) {
    std::string choices;
    for (const auto& choice : gene.choices) choices += (choices.empty() ? "" : ", ") + choice;
    genes.add_row({gene.name, choices, std::string(gene.ordered ? "integer" : "category"), gene.meaning});
  }
  std::cout << "\n" << genes.text();
}

}  // namespace

int run_describe(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("what", po::value<std::string>(),
                        "chip, device, simulate, train, supernet, search, sweep or space")(
      "name", po::value<std::string>(), "shipped name or FILE.yaml whose values are shown");
  po::positional_options_description positional;
  positional.add("what", 1).add("name", 1);
  po::variables_map values;
  if (parse(command("describe"), arguments, options, positional, values)) return 0;
  const std::string what = values.count("what") ? values["what"].as<std::string>() : "";
  const bool named = values.count("name") != 0;
  const auto name = [&](const char* fallback) { return named ? values["name"].as<std::string>() : fallback; };

  if (what == "chip") {
    const auto root = common::merged_settings(config::chip_files, name("hermes-mesh"));
    print(common::document_fields(config::load_chip(name("hermes-mesh"))), &root);
  } else if (what == "device") {
    const auto root = common::merged_settings(config::device_files, name("hermes-2"));
    print(common::document_fields(config::load_device(name("hermes-2"))), &root);
  } else if (what == "simulate") {
    const auto settings = named ? session::load_settings(name("")) : session::default_settings();
    print(common::document_fields(settings), nullptr);
  } else if (what == "supernet" || (what == "train" && named && train::is_supernet_recipe(name("")))) {
    print(named ? common::document_fields(train::load_supernet_settings(name(""), {}))
                : without_values(common::document_fields(train::SupernetSettings{})),
          nullptr);
  } else if (what == "train") {
    print(named ? common::document_fields(train::load_settings(name(""), {}))
                : without_values(common::document_fields(train::Settings{})),
          nullptr);
  } else if (what == "search") {
    print(common::document_fields(search::load_settings(name("fashion-mesh"), {}).settings), nullptr);
  } else if (what == "sweep") {
    print(common::document_fields(sweep::load_settings(name("adc-bits"), {}).settings), nullptr);
  } else if (what == "space") {
    print_space(name("resnet-elastic"));
  } else {
    const std::vector<std::string> known = {"chip",     "device", "simulate", "train",
                                            "supernet", "search", "sweep",    "space"};
    throw common::InputError("describe what? " + (what.empty() ? "" : "'" + what + "' is not known; ") +
                             "allowed are chip, device, simulate, train, supernet, search, sweep, space" +
                             common::did_you_mean(what, known));
  }
  return 0;
}

}  // namespace phasecore::app
