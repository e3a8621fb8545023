#include "models/data/sound.hpp"

#include <samplerate.h>

#include <algorithm>
#include <cmath>

#include "common/files.hpp"
#include "models/data/wav.hpp"

namespace phasecore::data {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw common::InputError({common::Diagnostic{common::Location{name, 0, 0}, why}});
}

}  // namespace

Sound read_sound(const std::string& path) {
  const Wav wav = parse_wav(common::read_file(path), path);
  Sound sound{wav.rate_hz, {}};
  sound.samples.reserve(wav.samples.size());
  for (const std::int16_t sample : wav.samples) sound.samples.push_back(sample / 32768.0);
  return sound;
}

std::vector<double> at_rate(const Sound& sound, int rate_hz, const std::string& name) {
  if (sound.rate_hz == rate_hz) return sound.samples;
  const double ratio = static_cast<double>(rate_hz) / sound.rate_hz;
  if (sound.rate_hz < 1 || src_is_valid_ratio(ratio) == 0)
    refuse(name, std::to_string(sound.rate_hz) + " samples per second cannot become " +
                     std::to_string(rate_hz) + ": the rates may be 256 times apart at most");
  const std::vector<float> in(sound.samples.begin(), sound.samples.end());
  std::vector<float> out(static_cast<std::size_t>(std::ceil(static_cast<double>(in.size()) * ratio)) + 1);
  SRC_DATA conversion{};
  conversion.data_in = in.data();
  conversion.input_frames = static_cast<long>(in.size());
  conversion.data_out = out.data();
  conversion.output_frames = static_cast<long>(out.size());
  conversion.src_ratio = ratio;
  const int error = src_simple(&conversion, SRC_SINC_BEST_QUALITY, /*channels=*/1);
  common::ensure(error == 0, "libsamplerate: " + std::string(error == 0 ? "" : src_strerror(error)));
  return {out.begin(), out.begin() + conversion.output_frames_gen};
}

std::vector<double> one_second(std::vector<double> samples) {
  samples.resize(Mfcc::kSamples, 0.0);
  return samples;
}

void divide_by_maximum(std::vector<double>& samples) {
  const double largest = *std::max_element(samples.begin(), samples.end());
  if (largest <= 0) return;
  for (double& sample : samples) sample /= largest;
}

Dataset empty_sounds(const Request& request, const std::optional<Normalisation>& own, int classes) {
  Dataset set;
  set.shape = {1, Mfcc::kFrames, Mfcc::kCoefficients};
  set.classes = classes;
  set.border_repeats = true;
  set.source = "mel-frequency cepstral coefficients";
  if (own || request.reading.normalisation)
    choose_normalisation(request, own.value_or(Normalisation{}), Mfcc::kCoefficients, set);
  return set;
}

void append(const Mfcc& mfcc, const std::vector<double>& second, int label, Dataset& set) {
  const auto features = mfcc(second);
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto c = static_cast<int>(i % Mfcc::kCoefficients);
    const double value = set.normalisation ? (*set.normalisation)(features[i], c) : features[i];
    set.images.push_back(static_cast<float>(value));
  }
  set.labels.push_back(label);
}

}  // namespace phasecore::data
