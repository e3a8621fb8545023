// Drift compensation from a sub-matrix' own readouts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/analog/core_pass.hpp"

namespace phasecore::analog {

enum class Compensation { None, Gdc, GdcColumn, AdaBs };
/// "none", "gdc", "gdc-column", "adabs"; throws InputError naming what is allowed.
Compensation parse_compensation(const std::string& text);
const char* name_of(Compensation c);

/// What a readout shows an array of so many rows: rows x rows signs of full inputs, vector by vector. Those
/// that are drawn are the same for all arrays, instances and seeds: a chip has them once.
std::vector<std::int8_t> readout_signs(config::ReadoutInputs inputs, int rows);

struct Readout {
  bool per_column = false;
  config::ReadoutInputs inputs = config::ReadoutInputs::OneHot;
  LineEffects lines = {};
};

/// Mean |ADC count| of the array's response to full inputs: one value per column (GdcColumn) or one for the
/// sub-matrix (Gdc). Output noise is drawn with Purpose::Compensation; `occasion` tells one readout of an
/// array from another (0 = after programming, then one number per readout time).
std::vector<double> readout(const Conductances& array, const Converter& converter, const CodeLimits& limits,
                            const NoiseKey& noise, const Readout& how, std::uint32_t occasion = 0);

/// alpha(t) = readout after programming / readout at t; 1 where either is 0 (a column that shows nothing
/// cannot be compensated).
std::vector<double> alphas(const std::vector<double>& baseline, const std::vector<double>& now);

}  // namespace phasecore::analog
