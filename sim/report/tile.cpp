#include "sim/report/tile.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/units.hpp"

namespace phasecore::report {
namespace {

using nlohmann::ordered_json;

common::Cell cell(double value) {
  return std::isfinite(value) ? common::Cell{value} : common::Cell{};
}

ordered_json json_of(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json json_of(const tile::Matrix& matrix) {
  return {{"source", matrix.source}, {"rows", matrix.rows}, {"cols", matrix.cols}};
}

ordered_json json_of(const tile::Converters& c, const std::optional<double>& out_bound) {
  return {{"dac_bits", c.dac_bits},
          {"adc_bits", c.adc_bits},
          {"out_bound", out_bound ? ordered_json(*out_bound) : ordered_json()},
          {"out_noise", c.out_noise},
          {"input_scale", tile::name_of(c.input_scale)},
          {"bound_management", c.iterative_bound ? "iterative" : "none"},
          {"ir_drop", c.ir_drop},
          {"line_limit", c.line_limit ? ordered_json(*c.line_limit) : ordered_json()},
          {"read_mode", c.read_mode == config::ReadMode::OnePhase ? "1-phase" : "4-phase"},
          {"polarity_error", c.polarity_error}};
}

ordered_json json_of(const tile::Point& p) {
  return {{"time_s", p.time_s},
          {"rel_l2_mean", p.rel_l2.mean},
          {"rel_l2_std", json_of(p.rel_l2.deviation)},
          {"alpha_mean", p.alpha.mean},
          {"alpha_std", json_of(p.alpha.deviation)},
          {"error_mean", p.error_mean.mean},
          {"error_mean_std", json_of(p.error_mean.deviation)},
          {"error_std", p.error_std.mean},
          {"error_std_std", json_of(p.error_std.deviation)},
          {"weight_rms_mean", p.weight_rms.mean},
          {"weight_rms_std", json_of(p.weight_rms.deviation)},
          {"equivalent_bits", json_of(p.equivalent_bits)}};
}

}  // namespace

common::Table tile_table(const tile::Characterisation& result) {
  common::Table table({{"time_s", ""},
                       {"time", "after"},
                       {"rel_l2_mean", "rel. L2 error", 5},
                       {"rel_l2_std", "std", 5},
                       {"alpha_mean", "alpha", 5},
                       {"alpha_std", "std", 5},
                       {"error_mean", "mean error", 5},
                       {"error_mean_std", ""},
                       {"error_std", "spread", 5},
                       {"error_std_std", ""},
                       {"weight_rms_mean", "weight error", 5},
                       {"weight_rms_std", ""},
                       {"equivalent_bits", "bits", 2}});
  for (const tile::Point& p : result.points)
    table.add_row({p.time_s, common::format_duration(p.time_s), p.rel_l2.mean, cell(p.rel_l2.deviation),
                   p.alpha.mean, cell(p.alpha.deviation), p.error_mean.mean, cell(p.error_mean.deviation),
                   p.error_std.mean, cell(p.error_std.deviation), p.weight_rms.mean,
                   cell(p.weight_rms.deviation), cell(p.equivalent_bits)});
  return table;
}

ordered_json to_json(const tile::Request& r, const tile::Characterisation& result) {
  ordered_json j = {
      {"schema", "phasecore.tile/1"},
      {"device", r.device.name},
      {"mode", tile::name_of(r.mode)},
      {"compensation", analog::name_of(r.compensation)},
      {"readout_inputs", r.readout_inputs == config::ReadoutInputs::OneHot ? "one-hot" : "random-signs"},
      {"instances", r.instances},
      {"seed", r.seed},
      {"weights", json_of(r.weights)},
      {"inputs", json_of(r.inputs)},
      {"converters",
       json_of(r.converters, r.converters.out_bound ? r.converters.out_bound : result.out_bound)},
      {"clipped_inputs", result.clipped_inputs},
      {"converters_rel_l2", result.converters_rel_l2},
      {"programmed_rel_l2_mean", result.programmed_rel_l2.mean},
      {"programmed_rel_l2_std", json_of(result.programmed_rel_l2.deviation)},
      {"points", ordered_json::array()}};
  for (const tile::Point& p : result.points) j["points"].push_back(json_of(p));
  return j;
}

}  // namespace phasecore::report
