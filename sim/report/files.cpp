#include "sim/report/files.hpp"

#include "sim/report/json.hpp"
#include "sim/report/page.hpp"

namespace phasecore::report {

std::vector<std::string> result_names() {
  return {"report.json", "layers.csv", "config.resolved.yaml", "report.html"};
}

void write_results(common::OutputDirectory& out, const run::Report& report, const ResultTexts& texts) {
  out.write("report.json", texts.json + "\n");
  out.write("layers.csv", layers_csv(report).csv());
  out.write("config.resolved.yaml", texts.settings);
  out.write("report.html", html_page({{"", "", texts.json, {}, {}}}));
  out.commit();
}

}  // namespace phasecore::report
