#include "nas/search/pages.hpp"

#include "sim/report/page.hpp"

namespace phasecore::search {

void add_pages(std::map<std::string, std::string>& files) {
  if (const auto knee = files.find("knee/report.json"); knee != files.end())
    files["knee/report.html"] = report::html_page({{"", "", knee->second, {}, {}}});
  report::PageResult result{"", "", files.at("report.json"), {}, {}};
  for (const char* table : {"candidates.csv", "hypervolume.csv"}) result.tables[table] = files.at(table);
  for (const auto& [name, content] : files)
    if (report::is_linked(name)) result.files.push_back(name);
  files["report.html"] = report::html_page({result});
}

}  // namespace phasecore::search
