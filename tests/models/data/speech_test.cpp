#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "models/data/mfcc.hpp"
#include "models/data/speech_commands.hpp"
#include "tests/models/data/wav_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

constexpr Part kParts[] = {Part::Training, Part::Calibration, Part::Validation, Part::Test};

std::vector<std::int16_t> sound(int samples, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<std::int16_t> values(static_cast<std::size_t>(samples));
  for (auto& v : values) v = static_cast<std::int16_t>(static_cast<int>(engine() % 20001) - 10000);
  return values;
}

/// Twelve speakers say every keyword once and four other words; the last speaker is for testing, the one
/// before for validation.
class Recordings {
 public:
  Recordings() {
    unsigned seed = 0;
    for (const auto& keyword : data::kKeywords) words_.push_back(keyword);
    for (const char* other : {"bed", "cat", "dog", "wow"}) words_.emplace_back(other);
    std::map<int, std::string> lists;
    for (const auto& word : words_) {
      std::filesystem::create_directory(directory_ / word);
      for (int speaker = 0; speaker < 12; ++speaker) {
        const std::string clip = word + "/s" + std::to_string(speaker) + "_nohash_0.wav";
        write(clip, test::wav_file(sound(900 + 40 * speaker, ++seed)));
        lists[speaker] += clip + "\n";
      }
    }
    write("validation_list.txt", lists[10]);
    write("testing_list.txt", lists[11]);
    std::filesystem::create_directory(directory_ / "_background_noise_");
    write("_background_noise_/hiss.wav", test::wav_file(sound(170000, 1)));
    write("README.md", "not a clip");
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  void remove(const std::string& name) { std::filesystem::remove_all(directory_ / name); }
  std::string read(const std::string& name) const { return test::read_text(directory_ / name); }
  std::string path(const std::string& name) const { return directory_ / name; }
  std::string spec(const std::string& name = "speech-commands") const {
    return name + ":" + directory_.path();
  }
  std::vector<data::Clip> clips(Part part) const {
    data::Request request;
    request.name = "speech-commands";
    request.place = directory_.path();
    request.part = part;
    return data::clips_of(request);
  }
  void expect_refusal(const std::string& message, Part part = Part::Test) const {
    test::expect_input_error([&] { data::load(spec(), part); }, message);
  }

 private:
  test::TempDirectory directory_;
  std::vector<std::string> words_;
};

std::string speaker_of(const data::Clip& clip) {
  const std::string file = clip.file.substr(clip.file.find('/') + 1);
  return file.substr(0, file.find('_'));
}

TEST(SpeechCommands, HasTwelveClassesOfKnownSizes) {
  const Recordings recordings;
  // Ten speakers are left for training; one in ten keyword clips is cut off for calibration.
  const std::map<Part, int> speakers{
      {Part::Training, 9}, {Part::Calibration, 1}, {Part::Validation, 1}, {Part::Test, 1}};
  for (const auto& [part, count] : speakers) {
    const data::Dataset set = data::load(recordings.spec(), part);
    EXPECT_EQ(set.classes, 12);
    EXPECT_EQ(set.shape, (graph::Shape{1, 49, 10}));
    EXPECT_EQ(set.name, "speech-commands");
    EXPECT_TRUE(set.border_repeats);
    std::vector<int> sizes(12);
    for (int label : set.labels) ++sizes.at(label);
    for (int label = 0; label < 10; ++label) EXPECT_EQ(sizes[label], count) << data::name_of(part);
    // A tenth of the 10 x count keyword clips each.
    EXPECT_EQ(sizes[data::kSilence], count) << data::name_of(part);
    EXPECT_EQ(sizes[data::kUnknown], count) << data::name_of(part);
    EXPECT_EQ(set.images.size(), 12u * static_cast<unsigned>(count) * 490);
    for (float v : set.images) ASSERT_TRUE(std::isfinite(v));
  }
}

TEST(SpeechCommands, NoSpeakerIsInTwoParts) {
  const Recordings recordings;
  std::map<std::string, Part> part_of;
  for (Part part : kParts)
    for (const auto& clip : recordings.clips(part))
      if (!clip.file.empty()) {
        const auto [entry, added] = part_of.emplace(speaker_of(clip), part);
        EXPECT_EQ(entry->second, part) << clip.file;
      }
  EXPECT_EQ(part_of.size(), 12u);
  EXPECT_EQ(part_of.at("s10"), Part::Validation);
  EXPECT_EQ(part_of.at("s11"), Part::Test);
}

TEST(SpeechCommands, LabelsFollowTheWords) {
  const Recordings recordings;
  std::set<std::string> unknown;
  for (const auto& clip : recordings.clips(Part::Training)) {
    const std::string word = clip.file.substr(0, clip.file.find('/'));
    if (clip.label < 10) {
      EXPECT_EQ(word, data::kKeywords.at(static_cast<std::size_t>(clip.label)));
    } else if (clip.label == data::kUnknown) {
      unknown.insert(word);
    } else {
      EXPECT_EQ(clip.file, "");
    }
  }
  EXPECT_GE(unknown.size(), 2u);
  for (const auto& word : unknown) EXPECT_EQ(std::string("bed cat dog wow").find(word) % 4, 0u) << word;
}

TEST(SpeechCommands, TheOrderIsMixedFixedAndCutByTheLimit) {
  const Recordings recordings;
  const data::Dataset all = data::load(recordings.spec(), Part::Training);
  const data::Dataset few = data::load(recordings.spec(), Part::Training, 30);
  ASSERT_EQ(few.size(), 30);
  EXPECT_TRUE(std::equal(few.images.begin(), few.images.end(), all.images.begin()));
  EXPECT_TRUE(std::equal(few.labels.begin(), few.labels.end(), all.labels.begin()));
  // Thirty clips of 108 in order of class would show four classes; a fair sample misses hardly any.
  EXPECT_GE(std::set<int>(few.labels.begin(), few.labels.end()).size(), 8u);
}

TEST(SpeechCommands, ShortClipsEndInSilenceAndLongOnesAreCut) {
  Recordings recordings;
  const std::string clip = "yes/s11_nohash_0.wav";
  const auto features = [&] {
    const data::Dataset set = data::load(recordings.spec(), Part::Test);
    const auto clips = recordings.clips(Part::Test);
    for (int i = 0; i < set.size(); ++i)
      if (clips[i].file == clip) return set.batch(i, i + 1).values;
    return std::vector<float>();
  };
  auto samples = sound(16000, 5);
  recordings.write(clip, test::wav_file(samples));
  const auto exact = features();
  ASSERT_EQ(exact.size(), 490u);
  auto longer = samples;
  longer.resize(20000, 9999);
  recordings.write(clip, test::wav_file(longer));
  EXPECT_EQ(features(), exact);
  samples.resize(8000);
  recordings.write(clip, test::wav_file(samples));
  const auto halved = features();
  samples.resize(16000, 0);
  recordings.write(clip, test::wav_file(samples));
  EXPECT_EQ(features(), halved);
  EXPECT_NE(halved, exact);
}

TEST(SpeechCommands, SilenceOfTwoPartsComesFromDifferentNoise) {
  Recordings recordings;
  std::map<Part, data::Dataset> before;
  for (Part part : kParts) before[part] = data::load(recordings.spec(), part);
  auto noise = sound(170000, 1);
  for (std::size_t i = 170000 * 8 / 10; i < 170000 * 9 / 10; ++i) noise[i] = 7;  // the ninth tenth
  recordings.write("_background_noise_/hiss.wav", test::wav_file(noise));
  for (Part part : kParts) {
    const data::Dataset after = data::load(recordings.spec(), part);
    for (int i = 0; i < after.size(); ++i) {
      const bool same = after.batch(i, i + 1).values == before[part].batch(i, i + 1).values;
      EXPECT_EQ(same, part != Part::Validation || after.labels[i] != data::kSilence)
          << data::name_of(part) << " " << i;
    }
  }
}

/// Values of one clip of the test part; the two data sets have the same clips in the same order.
std::vector<float> values_of(const Recordings& recordings, const data::Dataset& set,
                             const std::string& clip) {
  const auto clips = recordings.clips(Part::Test);
  for (int i = 0; i < set.size(); ++i)
    if (clips[i].file == clip) return set.batch(i, i + 1).values;
  return {};
}

TEST(SpeechCommands, MlperfHasTheSameClipsAndNoNormalisation) {
  const Recordings recordings;
  for (Part part : kParts) {
    const data::Dataset mlperf = data::load(recordings.spec("speech-commands-mlperf"), part);
    const data::Dataset own = data::load(recordings.spec(), part);
    EXPECT_EQ(mlperf.name, "speech-commands-mlperf");
    EXPECT_EQ(mlperf.labels, own.labels);
    EXPECT_EQ(mlperf.shape, own.shape);
    EXPECT_EQ(mlperf.classes, 12);
    EXPECT_TRUE(mlperf.border_repeats);
    EXPECT_FALSE(mlperf.normalisation.has_value());
    EXPECT_TRUE(own.normalisation.has_value());
  }
}

TEST(SpeechCommands, MlperfDividesByTheLargestSampleAndHearsThirtyMilliseconds) {
  Recordings recordings;
  const std::string clip = "yes/s11_nohash_0.wav";
  // The largest magnitude is a negative sample; the largest sample is what the reference divides by.
  auto samples = sound(12000, 9);
  for (auto& sample : samples) sample = static_cast<std::int16_t>(sample / 4);
  samples[100] = -20000;
  samples[5000] = 4000;
  recordings.write(clip, test::wav_file(samples));
  const auto found =
      values_of(recordings, data::load(recordings.spec("speech-commands-mlperf"), Part::Test), clip);
  std::vector<double> second(data::Mfcc::kSamples);
  for (std::size_t i = 0; i < samples.size(); ++i) second[i] = samples[i] / 4000.0;
  const auto expected = data::Mfcc(data::Mfcc::k30Ms)(second);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-4) << i;
  // So loudness does not matter, but for the rounding of samples.
  for (auto& sample : samples) sample = static_cast<std::int16_t>(sample / 2 * 2);
  recordings.write(clip, test::wav_file(samples));
  const auto even =
      values_of(recordings, data::load(recordings.spec("speech-commands-mlperf"), Part::Test), clip);
  for (auto& sample : samples) sample = static_cast<std::int16_t>(sample / 2);
  recordings.write(clip, test::wav_file(samples));
  EXPECT_EQ(values_of(recordings, data::load(recordings.spec("speech-commands-mlperf"), Part::Test), clip),
            even);
}

TEST(SpeechCommands, MlperfLeavesDigitalSilenceAlone) {
  Recordings recordings;
  const std::string clip = "yes/s11_nohash_0.wav";
  recordings.write(clip, test::wav_file(std::vector<std::int16_t>(16000, 0)));
  const auto found =
      values_of(recordings, data::load(recordings.spec("speech-commands-mlperf"), Part::Test), clip);
  ASSERT_EQ(found.size(), 490u);
  for (int f = 0; f < 49; ++f) {
    EXPECT_NEAR(found[f * 10], std::sqrt(2 / 40.0) * 40 * std::log(1e-6), 1e-4);
    for (int c = 1; c < 10; ++c) EXPECT_NEAR(found[f * 10 + c], 0, 1e-4);
  }
}

TEST(SpeechCommands, MlperfIsNormalisedWhereTheUserSaysHow) {
  const Recordings recordings;
  const std::string spec = recordings.spec("speech-commands-mlperf");
  data::Reading reading;
  reading.normalisation = data::parse_normalisation("-20:10", "--normalise");
  const data::Dataset plain = data::load(spec, Part::Test);
  const data::Dataset normalised = data::load(spec, Part::Test, 0, reading);
  ASSERT_EQ(plain.images.size(), normalised.images.size());
  for (std::size_t i = 0; i < plain.images.size(); ++i)
    ASSERT_NEAR(normalised.images[i], (plain.images[i] + 20) / 10, 1e-5) << i;
  reading.normalisation = data::parse_normalisation("0,0:1,1", "--normalise");
  const std::string message = test::input_error([&] { data::load(spec, Part::Test, 0, reading); });
  EXPECT_NE(message.find("--normalise has 2 means and deviations"), std::string::npos) << message;
}

TEST(SpeechCommands, MlperfRefusesWhatSpeechCommandsRefuses) {
  Recordings recordings;
  recordings.write("go/s11_nohash_0.wav", "");
  const auto load = [&](const std::string& name) {
    return test::input_error([&] { data::load(recordings.spec(name), Part::Test); });
  };
  EXPECT_EQ(load("speech-commands-mlperf"), load("speech-commands"));
  test::expect_input_error(
      [] { data::load("speech-commands-mlperf:/no/such/place", Part::Test); },
      "error: data set speech-commands-mlperf in /no/such/place: there is no such directory; "
      "scripts/make_keywords.sh DIR synthesises such a data set");
}

TEST(SpeechCommands, EverythingWrongWithFoldersAndListsIsSaidAtOnce) {
  Recordings recordings;
  recordings.remove("stop");
  recordings.write("validation_list.txt", "yes/s10_nohash_0.wav\nyes/nobody.wav\r\n");
  recordings.write("testing_list.txt", "yes/s10_nohash_0.wav\n");
  const std::string root = recordings.path("");
  const std::string directory = root.substr(0, root.size() - 1);
  recordings.expect_refusal(directory + ": error: there are no .wav files of the keyword 'stop'\n" +
                            recordings.path("validation_list.txt") +
                            ":2: error: there is no clip 'yes/nobody.wav' in " + directory + "\n" +
                            directory +
                            ": error: 'yes/s10_nohash_0.wav' is in the validation and in the testing list");
}

TEST(SpeechCommands, AbsentListsFoldersAndNoisesAreNamed) {
  Recordings recordings;
  recordings.remove("_background_noise_/hiss.wav");
  recordings.expect_refusal(recordings.path("_background_noise_") +
                            ": error: there are no .wav files of background noise to take silence from");
  recordings.write("_background_noise_/hiss.wav", test::wav_file(sound(100000, 1)));
  recordings.expect_refusal(
      recordings.path("_background_noise_/hiss.wav") +
      ": error: the noise lasts 6 s; every tenth of it must last a second, as each part has its own");
  recordings.remove("testing_list.txt");
  recordings.write("validation_list.txt", "\n");
  recordings.expect_refusal(
      recordings.path("validation_list.txt") + ": error: the list is empty\n" +
      recordings.path("testing_list.txt") +
      ": error: no such file; it lists the clips of one part, 'word/file.wav' on each line");
  test::expect_input_error([] { data::load("speech-commands:/no/such/place", Part::Test); },
                           "error: data set speech-commands in /no/such/place: there is no such directory; "
                           "scripts/make_keywords.sh DIR synthesises such a data set");
}

TEST(SpeechCommands, EveryBrokenClipIsNamed) {
  Recordings recordings;
  recordings.write("go/s11_nohash_0.wav", "");
  recordings.write("no/s11_nohash_0.wav",
                   test::wav_file(test::wav_format(1, 2, 16000, 16) + test::wav_data({1, 2})));
  const std::string message = test::input_error([&] { data::load(recordings.spec(), Part::Test); });
  EXPECT_NE(message.find(recordings.path("go/s11_nohash_0.wav") + ": error: not a WAV file (RIFF, WAVE)"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find(recordings.path("no/s11_nohash_0.wav") + ": error: 2 channels; expected 1"),
            std::string::npos)
      << message;
}

TEST(SpeechCommands, AHundredBrokenClipsAreCountedNotListed) {
  Recordings recordings;
  int broken = 0;
  for (const auto& clip : recordings.clips(Part::Training))
    if (!clip.file.empty()) {
      recordings.write(clip.file, "x");
      ++broken;
    }
  ASSERT_EQ(broken, 99);
  const std::string message = test::input_error([&] { data::load(recordings.spec(), Part::Training); });
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 20);
  EXPECT_NE(message.find("and 79 more"), std::string::npos) << message;
}

TEST(SpeechCommands, OneSpeakerCannotBeCutForCalibration) {
  Recordings recordings;
  for (int speaker = 1; speaker < 10; ++speaker)
    for (const auto& keyword : data::kKeywords)
      recordings.remove(keyword + "/s" + std::to_string(speaker) + "_nohash_0.wav");
  recordings.expect_refusal("error: data set speech-commands in " + recordings.spec().substr(16) +
                                ": speakers of keywords outside the validation and testing lists: 1; "
                                "at least 2 are needed to cut off a calibration part",
                            Part::Calibration);
}

}  // namespace
}  // namespace phasecore
