#include "models/spaces/load.hpp"

#include "models/spaces/analognas.hpp"
#include "models/spaces/nasbench201.hpp"
#include "models/spaces/resnet_elastic.hpp"

namespace phasecore::spaces {

namespace {

struct Kind {
  const char* name;
  std::unique_ptr<Space> (*make)(const common::YamlNode&, common::Diagnostics&);
  std::vector<common::FieldDoc> (*describe)();
};

template <class S>
std::unique_ptr<Space> make_one(const common::YamlNode& root, common::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.list().size();
  typename S::Settings settings;
  common::load_fields(root, settings, diagnostics);
  auto genes = narrowed(S::all_genes(settings), settings.only, root, diagnostics);
  if (diagnostics.list().size() != before) return nullptr;
  return std::make_unique<S>(settings, std::move(genes));
}

template <class S>
std::vector<common::FieldDoc> describe_one() {
  return common::document_fields(typename S::Settings{});
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"analognas", make_one<AnalogNas>, describe_one<AnalogNas>},
      {"nasbench201", make_one<Nasbench201>, describe_one<Nasbench201>},
      {"resnet-elastic", make_one<ResnetElastic>, describe_one<ResnetElastic>},
  };
  return all;
}

std::string known_kinds() {
  std::string text;
  for (const Kind& kind : kinds()) text += (text.empty() ? "" : ", ") + std::string(kind.name);
  return text;
}

std::string unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.emplace_back(kind.name);
  return "'kind' is " + name + "; allowed is one of " + known_kinds() + common::did_you_mean(name, names);
}

}  // namespace

std::unique_ptr<Space> make(const common::YamlNode& root, common::Diagnostics& diagnostics) {
  const common::YamlNode* kind = root.find("kind");
  if (kind == nullptr) {
    diagnostics.add(root.where, "'kind' is missing; one of " + known_kinds());
    return nullptr;
  }
  for (const Kind& known : kinds())
    if (kind->scalar == known.name) return known.make(root, diagnostics);
  diagnostics.add(kind->where, unknown(kind->scalar));
  return nullptr;
}

std::unique_ptr<Space> load(const std::string& path, const std::vector<std::string>& assignments) {
  common::Diagnostics diagnostics;
  common::YamlNode root = common::read_yaml(path, diagnostics);
  for (const auto& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  diagnostics.raise_if_any();  // what was not read in full would only cause wrong "missing key" messages
  auto space = make(root, diagnostics);
  diagnostics.raise_if_any();
  return space;
}

std::vector<common::FieldDoc> describe(const std::string& kind) {
  for (const Kind& known : kinds())
    if (kind == known.name) return known.describe();
  throw common::InputError(unknown(kind));
}

}  // namespace phasecore::spaces
