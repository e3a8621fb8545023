#include "sim/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/diagnostics.hpp"
#include "common/json_text.hpp"
#include "sim/report/page_parts.hpp"

namespace phasecore::report {
namespace {

using nlohmann::ordered_json;

/// "<" opens tags, and would end the element that holds the data; in JSON's texts it may be written so.
std::string escaped_json(const ordered_json& value) {
  std::string text;
  for (const char c : common::json_text(value)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

std::string escaped_html(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else
      escaped += c;
  }
  return escaped;
}

bool has_schema(const ordered_json& report, const std::string& name) {
  return report.is_object() && report.contains("schema") && report["schema"].is_string() &&
         report["schema"].get<std::string>() == name;
}

bool is_search(const ordered_json& report) {
  return has_schema(report, "phasecore.search/1");
}

bool is_sweep(const ordered_json& report) {
  return has_schema(report, "phasecore.sweep/1");
}

/// A part of a report, and what it is.
struct Part {
  enum Kind { Object, Array, Number };
  const char* key;
  Kind kind;
  bool may_be_null = false;
};

/// What the page of each kind of report cannot do without.
std::vector<Part> needed_parts(const ordered_json& report) {
  constexpr Part kKnee{"knee", Part::Number, /*may_be_null=*/true};
  if (is_search(report))
    return {{"settings", Part::Object}, {"front", Part::Array}, kKnee, {"infeasible_because", Part::Array}};
  if (is_sweep(report))
    return {{"settings", Part::Object},  {"objectives", Part::Array}, {"front", Part::Array}, kKnee,
            {"infeasible", Part::Array}, {"sensitivity", Part::Array}};
  return {{"chip", Part::Object},   {"model", Part::Object}, {"mapping", Part::Object},
          {"totals", Part::Object}, {"power", Part::Object}, {"upkeep", Part::Object},
          {"layers", Part::Array},  {"cores", Part::Array},  {"links", Part::Array},
          {"warnings", Part::Array}};
}

/// All parts that lack or are something else.
void check_parts(const ordered_json& report, const std::string& place) {
  static const char* kinds[] = {"an object", "an array", "a number"};
  common::Diagnostics problems;
  for (const Part& part : needed_parts(report)) {
    if (!report.contains(part.key)) {
      problems.add({}, "'" + place + "' has no '" + part.key +
                           "': an older version of PhaseCore wrote it; run it again");
      continue;
    }
    const ordered_json& value = report[part.key];
    const bool fits = part.kind == Part::Object  ? value.is_object()
                      : part.kind == Part::Array ? value.is_array()
                                                 : value.is_number();
    if (!fits && !(part.may_be_null && value.is_null()))
      problems.add({}, "'" + place + "': '" + part.key + "' is " + value.type_name() + "; expected is " +
                           kinds[part.kind]);
  }
  problems.raise_if_any();
}

std::vector<const char*> needed_tables(const ordered_json& report) {
  if (is_search(report)) return {"candidates.csv", "hypervolume.csv"};
  if (is_sweep(report)) return {"candidates.csv"};
  return {};
}

ordered_json parsed(const PageResult& result) {
  const std::string place = result.name.empty() ? "report.json" : result.name + "/report.json";
  ordered_json report = ordered_json::parse(result.report, nullptr, /*allow_exceptions=*/false);
  if (report.is_discarded()) throw common::InputError("'" + place + "' is no JSON document");
  if (!is_search(report) && !is_sweep(report) && !has_schema(report, "phasecore.simulate/1"))
    throw common::InputError(
        "'" + place + "' is no report of `phasecore simulate`, `search` or `sweep`: its schema is " +
        (report.is_object() && report.contains("schema") ? report["schema"].dump() : "missing") +
        "; allowed are phasecore.simulate/1, phasecore.search/1, phasecore.sweep/1");
  check_parts(report, place);
  for (const char* table : needed_tables(report))
    if (result.tables.count(table) == 0)
      throw common::InputError("'" + place + "' is of a " + (is_search(report) ? "search" : "sweep") +
                               ", but there is no " + table + " beside it");
  return report;
}

std::string title_of(const std::vector<ordered_json>& reports) {
  if (reports.size() > 1) return fmt::format("{} results of PhaseCore", reports.size());
  const ordered_json& r = reports[0];
  if (is_sweep(r)) return "Sweep " + r["settings"].value("name", "");
  if (is_search(r)) return "Search " + r["settings"].value("name", "");
  return r["model"].value("name", "") + " on " + r["chip"].value("name", "");
}

/// A page with the texts in the places that the template names.
std::string filled_template(const std::string& title, const std::string& data) {
  std::string page;
  std::string_view rest = page_parts::page_html;
  const std::map<std::string_view, std::string_view> texts = {{"TITLE", title},
                                                              {"STYLE", page_parts::style_css},
                                                              {"RESULTS", data},
                                                              {"ECHARTS", page_parts::echarts_js},
                                                              {"SCRIPT", page_parts::script_js}};
  for (std::size_t at = rest.find('@'); at != std::string_view::npos; at = rest.find('@')) {
    const std::size_t end = rest.find('@', at + 1);
    common::ensure(end != std::string_view::npos, "page.html: an @ stands alone");
    const auto text = texts.find(rest.substr(at + 1, end - at - 1));
    common::ensure(text != texts.end(), "page.html: no text of that name");
    page.append(rest.substr(0, at)).append(text->second);
    rest.remove_prefix(end + 1);
  }
  return page.append(rest);
}

/// Lines of a table of candidates that end where its rows do (a quoted cell may hold line ends).
std::vector<std::string_view> csv_rows(std::string_view table) {
  std::vector<std::string_view> rows;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] == '"') quoted = !quoted;
    if (table[i] != '\n' || quoted) continue;
    rows.push_back(table.substr(begin, i + 1 - begin));
    begin = i + 1;
  }
  return rows;
}

/// Members of the front, and every `stride`-th of the others.
std::string thinned(const std::string& table, const ordered_json& report, std::size_t stride,
                    std::size_t* left_out) {
  std::vector<std::string> members;
  for (const auto& member : report["front"]) members.push_back(member["id"].dump() + ",");
  std::string kept;
  *left_out = 0;
  const auto rows = csv_rows(table);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool on_front = std::any_of(members.begin(), members.end(), [&](const std::string& id) {
      return rows[i].substr(0, id.size()) == id;
    });
    if (i == 0 || on_front || i % stride == 0)
      kept += rows[i];
    else
      ++*left_out;
  }
  return kept;
}

/// What a page leaves out, in this order, where it would become too large: all of it stands in report.json.
constexpr std::array<const char*, 2> kDispensable = {"links", "cores"};

/// `step` of how much is left out; 0: nothing.
ordered_json data_of(const std::vector<PageResult>& results, const std::vector<ordered_json>& reports,
                     int step) {
  ordered_json data = ordered_json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const PageResult& r = results[i];
    ordered_json one = {{"name", r.name}, {"path", r.path}, {"report", reports[i]}};
    if (needed_tables(reports[i]).empty()) {
      one["left_out"] = ordered_json::array();
      for (int part = 0; part < std::min<int>(step, kDispensable.size()); ++part) {
        one["report"][kDispensable[part]] = ordered_json::array();
        one["left_out"].push_back(kDispensable[part]);
      }
    } else if (results.size() == 1) {  // a page of several shows no candidates but those of the fronts
      std::size_t left_out = 0;
      one["tables"]["candidates.csv"] =
          thinned(r.tables.at("candidates.csv"), reports[i], std::size_t{1} << step, &left_out);
      if (is_search(reports[i])) one["tables"]["hypervolume.csv"] = r.tables.at("hypervolume.csv");
      one["left_out"] = left_out;
      one["files"] = r.files;
    }
    data.push_back(std::move(one));
  }
  return data;
}

}  // namespace

std::string html_page(const std::vector<PageResult>& results) {
  std::vector<ordered_json> reports;
  for (const auto& result : results) reports.push_back(parsed(result));
  const std::string title = escaped_html(title_of(reports));
  constexpr int kMostSteps = 24;  // by then there are no other candidates left
  for (int step = 0;; ++step) {
    std::string page = filled_template(title, escaped_json(data_of(results, reports, step)));
    if (page.size() <= kMostPageBytes || step == kMostSteps) return page;
  }
}

bool is_linked(const std::string& name) {
  const auto ends_with = [&](std::string_view end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  return (name.rfind("front/", 0) == 0 && ends_with(".onnx")) || name == "knee/report.html";
}

}  // namespace phasecore::report
