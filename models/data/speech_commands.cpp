#include "models/data/speech_commands.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "common/files.hpp"
#include "common/random.hpp"
#include "models/data/sound.hpp"
#include "models/data/wav.hpp"

namespace phasecore::data {
namespace {

namespace fs = std::filesystem;

/// Of each coefficient over the training part of the synthesised keywords (scripts/make_keywords.sh).
Normalisation own_normalisation() {
  return {{-17.01, 1.489, 0.239, -1.044, -0.863, -0.688, -0.571, -0.238, -0.292, -0.348},
          {17.53, 4.146, 2.219, 2.374, 1.823, 1.553, 1.259, 1.042, 1.000, 0.911},
          "the set's own"};
}

/// What becomes of a second of sound.
struct Features {
  Mfcc::Frame frame;
  bool divide_by_maximum;
  std::optional<Normalisation> own;
};

struct Tenths {
  int first, last;
};

/// The stretch of every background noise that silence of a part is taken from, in tenths of the recording:
/// no second of noise is heard in two parts.
Tenths noise_tenths(Part part) {
  switch (part) {
    case Part::Training:
      return {0, 7};
    case Part::Calibration:
      return {7, 8};
    case Part::Validation:
      return {8, 9};
    case Part::Test:
      return {9, 10};
  }
  throw common::InternalError("data: a part without noise");
}

/// The background noises of one part, read once.
class Silence {
 public:
  explicit Silence(const Request& request) : part_(request.part) {
    const fs::path directory = fs::path(request.place) / "_background_noise_";
    std::vector<std::string> files;
    if (fs::is_directory(directory))
      for (const auto& file : fs::directory_iterator(directory))
        if (file.path().extension() == ".wav") files.push_back(file.path());
    if (files.empty())
      throw common::InputError(
          {{{directory, 0, 0}, "there are no .wav files of background noise to take silence from"}});
    std::sort(files.begin(), files.end());
    const Tenths tenths = noise_tenths(request.part);
    common::Diagnostics problems;
    for (const auto& file : files) {
      try {
        const auto samples = parse_wav(common::read_file(file), Mfcc::kRateHz, file);
        const auto at = [&](int tenth) {
          return samples.begin() + static_cast<long long>(samples.size()) * tenth / 10;
        };
        noises_.emplace_back(at(tenths.first), at(tenths.last));
        if (noises_.back().size() < static_cast<std::size_t>(Mfcc::kSamples))
          problems.add({file, 0, 0},
                       "the noise lasts " + std::to_string(samples.size() / Mfcc::kRateHz) +
                           " s; every tenth of it must last a second, as each part has its own");
      } catch (const common::InputError& e) {
        for (const auto& d : e.diagnostics()) problems.add(d);
      }
    }
    problems.raise_if_any();
  }

  /// Second `n`: a random place in a random noise at a random loudness (Warden, arXiv 1804.03209).
  std::vector<double> operator()(int n) const {
    common::RandomKey key;
    key.purpose = common::Purpose::DataSplit;
    key.instance = static_cast<std::uint32_t>(part_);
    const auto draw = static_cast<std::uint64_t>(n) * 2;
    const auto& noise = noises_[common::uniform_index(key, draw, static_cast<std::uint32_t>(noises_.size()))];
    const auto first =
        common::uniform_index(key, draw + 1, static_cast<std::uint32_t>(noise.size() - Mfcc::kSamples + 1));
    float loudness = 0;
    common::fill_uniform(key, 1, static_cast<std::uint32_t>(n), 0, 1, &loudness);
    std::vector<double> samples(Mfcc::kSamples);
    for (int i = 0; i < Mfcc::kSamples; ++i) samples[i] = loudness * noise[first + i] / 32768.0;
    return samples;
  }

 private:
  Part part_;
  std::vector<std::vector<std::int16_t>> noises_;
};

std::vector<double> read_clip(const std::string& path) {
  std::vector<double> samples;
  for (const std::int16_t sample : parse_wav(common::read_file(path), Mfcc::kRateHz, path))
    samples.push_back(sample / 32768.0);
  return samples;
}

Dataset read(const Request& request, const Features& features) {
  std::vector<Clip> clips = clips_of(request);
  if (request.limit > 0 && clips.size() > static_cast<std::size_t>(request.limit))
    clips.resize(static_cast<std::size_t>(request.limit));
  const Silence silence(request);
  const auto second_of = [&](const Clip& clip) {
    std::vector<double> second = clip.file.empty()
                                     ? silence(clip.silence)
                                     : one_second(read_clip(fs::path(request.place) / clip.file));
    if (features.divide_by_maximum) divide_by_maximum(second);
    return second;
  };
  const Mfcc mfcc(features.frame);
  Dataset set = empty_sounds(request, features.own, kSpeechClasses);
  set.images.reserve(clips.size() * static_cast<std::size_t>(graph::volume(set.shape)));
  common::Diagnostics problems;
  for (const Clip& clip : clips) {
    try {
      append(mfcc, second_of(clip), clip.label, set);
    } catch (const common::InputError& e) {
      for (const auto& d : e.diagnostics()) problems.add(d);
    }
  }
  problems.raise_if_any();
  return set;
}

}  // namespace

Dataset read_speech_commands(const Request& request) {
  return read(request, {Mfcc::k40Ms, false, own_normalisation()});
}

Dataset read_speech_commands_mlperf(const Request& request) {
  return read(request, {Mfcc::k30Ms, true, std::nullopt});
}

}  // namespace phasecore::data
