#include "sim/validate/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/table.hpp"

namespace phasecore::validate {
namespace {

constexpr const char* kIntroduction = R"(# Published figures and ours

This page is the output of `phasecore validate --markdown`; a test holds it against the program. The figures,
and how ours are obtained, stand in `configs/validation`, a file for each publication
([extending](extending.md#a-published-figure)). Errors are ours less the published figure, in percent of it. A
tolerance with a sign is one-sided: fewer cores are no fault. An exact row is equal to the last digit printed.

Accuracies need trained networks and images, or they are not run: `phasecore validate --data cifar10:DIR`.

Equivalent precision of a weight: log2(1 + 2 / (sqrt(12) e)), where e is the root mean square error of
compensated weights at the first readout (t0) and the largest weight is 1: the bits of a quantiser between -1
and 1 whose rounding is as far off. The matrix is the recorded one (normal, standard deviation a quarter of
the largest), devices drift as pairs. The source says "about 3" and "between 3 and 4" bits, no definition.
)";

constexpr Kind kKinds[] = {Kind::Exact, Kind::Calibrated, Kind::Predicted};

const char* meaning_of(Kind kind) {
  switch (kind) {
    case Kind::Exact:
      return "equal as printed: counts and closed forms";
    case Kind::Calibrated:
      return "constants of the chip's file were fitted to these (`fitted_on`)";
    case Kind::Predicted:
      return "nothing was fitted to these";
  }
  return "";
}

std::vector<Result> of_kind(const std::vector<Result>& results, Kind kind) {
  std::vector<Result> some;
  for (const Result& r : results)
    if (r.row.kind == kind) some.push_back(r);
  return some;
}

/// Five digits, what a reader compares; counts whole.
std::string number(double value) {
  return value == std::rint(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.5g}", value);
}

std::string tolerance_text(const Row& row) {
  if (!row.published) return "-";
  const char* const sign = row.compared == Compared::AtMost    ? "+"
                           : row.compared == Compared::AtLeast ? "-"
                                                               : "";
  return row.tolerance() > 0 ? fmt::format("{}{:.2g}", sign, row.tolerance()) : fmt::format("{}0", sign);
}

std::string published_text(const Row& row) {
  return row.published ? number(*row.published) : "-";
}

std::string ours_text(const Result& r) {
  return r.has_run() ? number(r.ours) : "-";
}

std::string verdict(const Result& r) {
  return !r.has_run()       ? "not run"
         : !r.is_compared() ? "-"
         : r.ok             ? "yes"
         : r.is_explained() ? "explained"
                            : "NO";
}

/// "+0.08 %", without a sign where there is nothing to say.
std::string error_text(const Result& r) {
  if (!r.is_compared()) return "-";
  const std::string text = fmt::format("{:+.2f}", r.error_pct);
  return text == "+0.00" || text == "-0.00" ? "0" : text;
}

}  // namespace

std::string to_text(const std::vector<Result>& results) {
  std::string text;
  for (const Kind kind : kKinds) {
    common::Table table({{"id", "id"},
                         {"published", "published"},
                         {"ours", "ours"},
                         {"unit", "unit"},
                         {"error_pct", "error %"},
                         {"tolerance_pct", "tolerance %"},
                         {"ok", "ok"}});
    for (const Result& r : of_kind(results, kind))
      table.add_row({r.row.id, published_text(r.row), ours_text(r), r.row.unit, error_text(r),
                     tolerance_text(r.row), verdict(r)});
    text += fmt::format("{}: {}\n\n{}\n", name_of(kind), meaning_of(kind), table.text());
  }
  for (const Result& r : results)
    if (r.is_explained()) text += fmt::format("{}: {}\n", r.row.id, *r.row.reason);
  for (const Result& r : results)
    if (!r.has_run()) text += fmt::format("{}: not run: {}\n", r.row.id, r.not_run);
  return text;
}

std::string to_markdown(const std::vector<Result>& results) {
  std::string text = kIntroduction;
  for (const Kind kind : kKinds) {
    text += fmt::format("\n## {}\n\n{}.\n\n", name_of(kind), meaning_of(kind));
    text +=
        "| id | what | published | ours | unit | error % | tolerance % | ok "
        "|\n|---|---|---|---|---|---|---|---|\n";
    for (const Result& r : of_kind(results, kind))
      text += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", r.row.id, r.row.what,
                          published_text(r.row), ours_text(r), r.row.unit, error_text(r),
                          tolerance_text(r.row), verdict(r));
  }
  text += "\n## Known deviations\n\n";
  for (const Result& r : results)
    if (r.is_explained()) text += fmt::format("- `{}` ({} %): {}\n", r.row.id, error_text(r), *r.row.reason);
  text += "\n## Not run\n\n";
  for (const Result& r : results)
    if (!r.has_run()) text += fmt::format("- `{}`: {}\n", r.row.id, r.not_run);
  text += "\n## Sources\n\n";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto same = [&](const Result& r) { return r.source == results[i].source; };
    if (std::any_of(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    text += fmt::format("- {}: {} rows\n", results[i].source,
                        std::count_if(results.begin(), results.end(), same));
  }
  return text;
}

}  // namespace phasecore::validate
