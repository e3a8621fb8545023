// Names of figures: "accuracy@1d", "accuracy@1d.std".
#pragma once

#include <optional>
#include <string>

namespace phasecore::figures {

/// "accuracy@1d", as common::format_duration writes times.
std::string accuracy_at(double time_s);

/// "accuracy@86400s.std" -> "accuracy@1d.std"; names without a time stay as they are.
std::string canonical_figure(const std::string& name);

/// The time in "accuracy@1d" or "accuracy@1d.std", in seconds; absent in all other names.
std::optional<double> figure_time_s(const std::string& name);

}  // namespace phasecore::figures
