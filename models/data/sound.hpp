// Recordings as what networks read: a second of sound each, as mel-frequency cepstral coefficients.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/data/formats.hpp"
#include "models/data/mfcc.hpp"

namespace phasecore::data {

/// Sound as it was recorded.
struct Sound {
  int rate_hz = 0;
  std::vector<double> samples;  ///< -1..1
};

/// The WAV file (wav.hpp), at whatever rate it has. Throws InputError naming it.
Sound read_sound(const std::string& path);

/// The same sound at another rate, band-limited to the lower one: libsamplerate's best windowed sinc (Smith,
/// "Digital audio resampling", 1984), whose kernels do not depend on the processor. As it is where it has
/// that rate. Throws InputError for rates more than 256 times apart, which `name` then stands before.
std::vector<double> at_rate(const Sound& sound, int rate_hz, const std::string& name);

/// One second at Mfcc's rate: what is longer is cut, what is shorter ends in silence.
std::vector<double> one_second(std::vector<double> samples);

/// Divided by the largest sample (not the largest magnitude), as MLPerf Tiny's reference does. What has no
/// sample above 0 stays as it is: digital silence, which the reference divides by 0.
void divide_by_maximum(std::vector<double>& samples);

/// A set of sounds {1, frames, coefficients} without any, to be normalised as the user says, else by `own`,
/// else not at all.
Dataset empty_sounds(const Request& request, const std::optional<Normalisation>& own, int classes);

/// Appends one second as coefficients, normalised as the set is.
void append(const Mfcc& mfcc, const std::vector<double>& second, int label, Dataset& set);

}  // namespace phasecore::data
