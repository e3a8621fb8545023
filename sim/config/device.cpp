#include "sim/config/device.hpp"

namespace phasecore::config {
namespace {

/// Pieces are in ascending order of x and the last one has no end, so that every x has a value.
void check_pieces(const char* key, const std::vector<CurvePiece>& pieces, common::FieldVisitor& v) {
  const std::string name = key;
  const auto upper = [&](std::size_t k) { return name + "." + std::to_string(k) + ".upper"; };
  v.check(!pieces.empty(), name + " needs at least one piece", {name});
  for (std::size_t k = 1; k < pieces.size(); ++k)
    v.check(pieces[k].upper > pieces[k - 1].upper, name + ": `upper` must grow from piece to piece",
            {upper(k), upper(k - 1)});
  v.check(pieces.empty() || pieces.back().upper >= 1e9, name + ": the last piece must have upper: 1e9",
          {pieces.empty() ? name : upper(pieces.size() - 1)});
}

}  // namespace

void CurvePiece::fields(common::FieldVisitor& v) {
  v.field(
      {"upper", "",
       "the piece holds for x = g / g_max below this, above the last piece's; the last one has 1e9", 0, 1e9},
      upper);
  v.field({"log_slope", "", "factor of ln(max(x, 1e-7))", -1e6, 1e6}, log_slope);
  v.field({"polynomial", "", "coefficients of 1, x, x^2, ...", -1e6, 1e6}, polynomial);
  v.field({"low", "", "smallest value, at most high", -1e9, 1e9}, low);
  v.field({"high", "", "largest value", -1e9, 1e9}, high);
  v.check(low <= high, "low must not exceed high", {"low", "high"});
}

void ReadNoiseCurve::fields(common::FieldVisitor& v) {
  v.field(
      {"power_scale", "", "power law min(scale / max(x^exponent, floor), cap); 0: the pieces hold", 0, 1e6},
      power_scale);
  v.field({"power_exponent", "", "exponent of the power law", 0, 10}, power_exponent);
  v.field({"power_floor", "", "smallest x^exponent; above 0 where power_scale is", 0, 1}, power_floor);
  v.field({"power_cap", "", "largest value of the power law", 0, 1e6}, power_cap);
  v.list({"pieces", "", "the curve in pieces; none with a power law"}, pieces);
  v.check(power_scale == 0 || power_floor > 0, "power_floor must be positive when power_scale is",
          {"power_floor", "power_scale"});
  v.check(power_scale == 0 || pieces.empty(), "give a power law or pieces, not both",
          {"power_scale", "pieces"});
  if (power_scale == 0) check_pieces("pieces", pieces, v);
}

void Device::fields(common::FieldVisitor& v) {
  v.field({"schema", "", "format of this file: phasecore.device/1"}, schema);
  v.check(schema == "phasecore.device/1", "schema '" + schema + "' is not known; allowed: phasecore.device/1",
          {"schema"});
  v.field({"name", "", "name in reports"}, name);
  v.field({"g_max_us", "uS", "largest conductance of one polarity", 1e-3, 1e6}, g_max_us);
  v.field({"reference_g_max_us", "uS",
           "g_max the programming noise was fitted at; sigma scales with g_max / this", 1e-3, 1e6},
          reference_g_max_us);
  v.field({"t0_s", "s", "from programming to the first readout", 1e-9, 1e9}, t0_s);
  v.field({"read_time_s", "s", "duration of one readout", 1e-12, 1}, read_time_s);
  v.field(
      {"programming_sigma_us", "uS", "polynomial of the programming noise in x: 1, x, x^2, ...", -1e6, 1e6},
      programming_sigma_us);
  v.check(!programming_sigma_us.empty(), "programming_sigma_us needs at least one coefficient",
          {"programming_sigma_us"});
  v.list({"drift_mean", "", "mean of the drift exponent"}, drift_mean);
  check_pieces("drift_mean", drift_mean, v);
  v.list({"drift_sigma", "", "spread of the drift exponent"}, drift_sigma);
  check_pieces("drift_sigma", drift_sigma, v);
  v.group({"read_noise", "", "1/f noise amplitude Q(x)"}, read_noise);
}

}  // namespace phasecore::config
