#include "nas/figures/names.hpp"

#include "common/diagnostics.hpp"
#include "common/units.hpp"

namespace phasecore::figures {
namespace {

/// "accuracy@1d.std" -> "accuracy@", "1d", ".std".
struct FigureParts {
  std::string head, time, tail;
};

FigureParts parts(const std::string& name) {
  const auto at = name.find('@');
  if (at == std::string::npos) return {name, "", ""};
  const std::string spread = ".std";
  const bool is_spread =
      name.size() >= spread.size() && name.compare(name.size() - spread.size(), spread.size(), spread) == 0;
  const auto end = name.size() - (is_spread ? spread.size() : 0);
  return {name.substr(0, at + 1), name.substr(at + 1, end - at - 1), name.substr(end)};
}

}  // namespace

std::string accuracy_at(double time_s) {
  return "accuracy@" + common::format_duration(time_s);
}

std::optional<double> figure_time_s(const std::string& name) {
  const FigureParts p = parts(name);
  if (p.time.empty() || p.time[0] < '0' || p.time[0] > '9') return std::nullopt;
  try {
    return common::parse_duration_s(p.time);
  } catch (const common::InputError&) {
    return std::nullopt;  // the name is unknown to every evaluator, and is refused as such
  }
}

std::string canonical_figure(const std::string& name) {
  const auto seconds = figure_time_s(name);
  const FigureParts p = parts(name);
  if (p.time == "quantised") return p.head + "quantized" + p.tail;
  return seconds ? p.head + common::format_duration(*seconds) + p.tail : name;
}

}  // namespace phasecore::figures
