// A PCM device model as its file describes it: the polynomials of programming noise, drift and read noise.
#pragma once

#include <string>
#include <vector>

#include "common/fields.hpp"
#include "common/settings_files.hpp"

namespace phasecore::config {

/// A curve over x = g_target / g_max, in pieces: piece k holds for x < upper[k] (the last one for all x).
/// value = clip(log_slope * ln(max(x, 1e-7)) + c[0] + c[1] x + c[2] x^2 + ..., low, high), natural logarithm.
struct CurvePiece {
  double upper = 0;  ///< exclusive upper end in x; the last piece has 1e9
  double log_slope = 0;
  std::vector<double> polynomial;
  double low = 0, high = 0;
  void fields(common::FieldVisitor& v);
};

/// Read-noise amplitude Q(x): pieces, or the power law min(scale / max(x^exponent, floor), cap) when scale >
/// 0.
struct ReadNoiseCurve {
  double power_scale = 0, power_exponent = 0, power_floor = 0, power_cap = 0;
  std::vector<CurvePiece> pieces;
  void fields(common::FieldVisitor& v);
};

struct Device {
  std::string schema;  ///< "phasecore.device/1"
  std::string name;
  double g_max_us = 0;  ///< of one polarity (hermes-2: its two devices together)
  double reference_g_max_us =
      0;            ///< g_max the programming polynomial was fitted at; sigma scales with g_max / this
  double t0_s = 0;  ///< time of the first readout after programming
  double read_time_s = 0;
  std::vector<double> programming_sigma_us;  ///< polynomial in x, ascending powers
  std::vector<CurvePiece> drift_mean, drift_sigma;
  ReadNoiseCurve read_noise;
  void fields(common::FieldVisitor& v);
};

constexpr common::SettingsKind device_files{"devices", "device"};

/// Loads a shipped device name or a file, as load_chip does.
Device load_device(const std::string& name_or_file, const std::vector<std::string>& assignments = {});

struct Chip;
/// The chip's own device. Where there is none of that name the chip's file is to blame.
Device device_of(const Chip& chip);

}  // namespace phasecore::config
