// phasecore validate: every published figure against ours.
#include "sim/validate/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/json_text.hpp"
#include "sim/validate/report.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

ordered_json to_json(const std::vector<validate::Result>& results) {
  ordered_json rows = ordered_json::array();
  for (const validate::Result& r : results)
    rows.push_back({{"id", r.row.id},
                    {"what", r.row.what},
                    {"source", r.source},
                    {"kind", validate::name_of(r.row.kind)},
                    {"unit", r.row.unit},
                    {"published", r.row.published},
                    {"ours", r.ours},
                    {"error_pct", r.error_pct},
                    {"tolerance_pct", r.row.tolerance()},
                    {"ok", r.ok},
                    {"reason", r.is_explained() ? ordered_json(*r.row.reason) : ordered_json()}});
  return {{"schema", "phasecore.validate/1"}, {"rows", std::move(rows)}};
}

}  // namespace

int run_validate(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("json", po::bool_switch(), "print one JSON document instead of tables")(
      "markdown", po::bool_switch(), "print the tables of docs/validation.md");
  po::variables_map v;
  if (parse(command("validate"), arguments, options, {}, v)) return 0;
  const bool json = v["json"].as<bool>(), markdown = v["markdown"].as<bool>();
  if (json && markdown) throw common::InputError("give either --json or --markdown");
  const std::vector<validate::Result> results = validate::validate(validate::load_publications());
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const validate::Result& r) { return !r.ok && !r.is_explained(); });
  const auto explained = std::count_if(results.begin(), results.end(),
                                       [](const validate::Result& r) { return r.is_explained(); });
  if (json)
    std::cout << common::json_text(to_json(results), 1) << "\n";
  else if (markdown)
    std::cout << validate::to_markdown(results);
  else
    std::cout << validate::to_text(results)
              << fmt::format("\n{} rows: {} beyond their tolerance for a known reason, {} for none\n",
                             results.size(), explained, failed);
  return failed == 0 ? 0 : static_cast<int>(common::ExitCode::CheckFailed);
}

}  // namespace phasecore::app
