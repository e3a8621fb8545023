// One array, characterised: how far its matrix-vector products are from exact ones, against time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sim/analog/compensation.hpp"
#include "sim/tile/converters.hpp"
#include "sim/tile/matrix.hpp"
#include "sim/tile/programmed_weights.hpp"

namespace phasecore::tile {

struct Request {
  Matrix weights;  ///< outputs x inputs; the largest magnitude is g_max
  Matrix inputs;   ///< vectors x inputs
  config::Device device;
  Mode mode = Mode::DevicePairs;
  Converters converters;
  analog::Compensation compensation = analog::Compensation::Gdc;
  config::ReadoutInputs readout_inputs = config::ReadoutInputs::OneHot;  ///< of the compensation
  std::vector<double> times_s;                                           ///< from the end of programming
  int instances = 1;
  std::uint64_t seed = 0;
  std::function<void(int done)> on_instance;  ///< may be none
};

/// What is not given fits what is: random weights of 256 outputs (and 256 inputs), 64 random vectors, by the
/// request's seed.
void choose_matrices(std::optional<Matrix> weights, std::optional<Matrix> inputs, Request& request);

/// Over programming instances.
struct Spread {
  double mean = 0;
  double deviation = 0;  ///< n - 1; NaN of a single instance
};

/// What the products, weights and factors are at one time. Errors are those of compensated values.
struct Point {
  double time_s = 0;
  Spread rel_l2;  ///< norm of all outputs' errors over the norm of all exact outputs
  Spread alpha;   ///< drift factor of the global compensation, whether or not it is applied; of
                  ///< `gdc-column` the columns' mean
  Spread error_mean, error_std;  ///< over single outputs, in units of the root mean square exact output
  Spread weight_rms;             ///< root mean square error of a weight; the largest weight is 1
  double equivalent_bits = 0;    ///< see equivalent_bits()
};

struct Characterisation {
  double converters_rel_l2 = 0;     ///< of the exact weights through the converters
  std::optional<double> out_bound;  ///< of the outputs: given, or calibrated; none: not bounded
  Spread programmed_rel_l2;         ///< after programming, before any drift or read noise
  std::vector<Point> points;
  std::size_t clipped_inputs = 0;  ///< beyond what the DAC takes
};

/// Bits of a uniform quantiser over -1 .. 1 (2^bits levels) whose rounding has this root mean square error:
/// log2(1 + 2 / (sqrt(12) error)).
double equivalent_bits(double weight_rms);

/// Throws InputError where there is nothing to characterise: sizes that do not fit, no weight or no output
/// but 0, `adabs` (which needs a network), no time, converters that contradict themselves.
Characterisation characterise(const Request& request);

}  // namespace phasecore::tile
