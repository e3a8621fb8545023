#include "sim/budget/budget.hpp"

#include <fmt/format.h>

#include <charconv>

#include "common/diagnostics.hpp"
#include "common/units.hpp"

namespace phasecore::budget {
namespace {

constexpr char kFigure[] = "accuracy@";

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw common::InputError(
      fmt::format("--budget is '{}': {}; expected accuracy@TIME=SHARE, as accuracy@1d=0.87, or points that "
                  "may be lost against all layers digital, as accuracy@1d=-0.2pp",
                  text, why));
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string Budget::text() const {
  return accuracy ? fmt::format("accuracy@{} at least {:.4g} %", time, 100 * *accuracy)
                  : fmt::format("accuracy@{} at most {:.4g} pp less than all digital", time, lost_pp);
}

Budget parse_budget(const std::string& text) {
  const std::size_t start = sizeof kFigure - 1, equals = text.find('=');
  if (text.rfind(kFigure, 0) != 0 || equals == std::string::npos) refuse(text, "that is no accuracy");
  Budget budget;
  budget.time = text.substr(start, equals - start);
  budget.time_s = common::parse_duration_s(budget.time);
  std::string value = text.substr(equals + 1);
  const bool in_points = value.size() > 2 && value.compare(value.size() - 2, 2, "pp") == 0;
  if (in_points) value.resize(value.size() - 2);
  const std::optional<double> read = number(value);
  if (!read) refuse(text, "'" + text.substr(equals + 1) + "' is no number");
  if (in_points) {
    if (!(*read <= 0 && *read >= -100)) refuse(text, "points are -100pp to -0pp");
    budget.lost_pp = -*read;
    return budget;
  }
  if (!(*read > 0 && *read <= 1)) refuse(text, "a share is above 0 and at most 1");
  budget.accuracy = *read;
  return budget;
}

Shortfall shortfall(const Budget& budget, const monte_carlo::Point& point) {
  common::ensure(point.lost_pp.has_value(), "budget: a point without its loss");
  if (!budget.accuracy)
    return {point.lost_pp->mean - budget.lost_pp, point.lost_pp->low - budget.lost_pp,
            point.lost_pp->high - budget.lost_pp};
  const auto missing = [&](double accuracy) { return 100 * (*budget.accuracy - accuracy); };
  return {missing(point.accuracy.mean), missing(point.accuracy.high), missing(point.accuracy.low)};
}

}  // namespace phasecore::budget
