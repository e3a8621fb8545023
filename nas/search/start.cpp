#include "nas/search/start.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/files.hpp"
#include "nas/evaluate/evaluator.hpp"

namespace phasecore::search {
namespace {

using nlohmann::json;

/// The genes of each member, by name.
std::vector<std::map<std::string, std::string>> members(const std::string& path) try {
  std::vector<std::map<std::string, std::string>> all;
  const json report = json::parse(common::read_file(path));
  for (const json& member : report.at("front"))
    all.push_back(member.at("genes").get<std::map<std::string, std::string>>());
  return all;
} catch (const json::exception& e) {
  throw common::InputError(path + " is no report of a search: " + e.what());
}

}  // namespace

std::string start_file(const std::string& directory) {
  return directory + "/report.json";
}

std::vector<Genes> front_of(const std::string& report, const JointDomain& domain) {
  std::vector<Genes> front;
  std::string why = "its front is empty";
  for (const auto& words : members(report)) {
    std::optional<Genes> genes;
    try {
      genes = domain.parse(words);
    } catch (const common::InputError& e) {
      why = evaluate::on_one_line(e);
      continue;
    }
    if (!domain.exists(*genes))
      why = "its networks are beyond the limits of the space";
    else if (std::find(front.begin(), front.end(), *genes) == front.end())
      front.push_back(std::move(*genes));
  }
  if (front.empty()) throw common::InputError("nothing of " + report + " can be started from: " + why);
  return front;
}

}  // namespace phasecore::search
