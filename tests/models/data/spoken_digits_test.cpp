#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "models/data/sound.hpp"
#include "tests/models/data/wav_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

constexpr double kPi = 3.14159265358979323846;
constexpr Part kParts[] = {Part::Training, Part::Calibration, Part::Validation, Part::Test};

std::string wav_at(unsigned rate_hz, const std::vector<std::int16_t>& samples) {
  return test::wav_file(test::wav_format(1, 1, rate_hz, 16) + test::wav_data(samples));
}

std::vector<std::int16_t> tone(double hz, int rate_hz, int count) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < count; ++i)
    samples.push_back(static_cast<std::int16_t>(std::lround(8000 * std::sin(2 * kPi * hz * i / rate_hz))));
  return samples;
}

/// Three speakers say each digit eight times, at 8 kHz: another tone for each recording.
class Digits {
 public:
  Digits() {
    int recording = 0;
    for (int digit = 0; digit < 10; ++digit)
      for (const char* speaker : {"anna", "ben_two", "cleo"})
        for (int index = 0; index < 8; ++index)
          write(std::to_string(digit) + "_" + speaker + "_" + std::to_string(index) + ".wav",
                wav_at(8000, tone(200 + 10 * recording++, 8000, 900)));
    write("README.md", "no recording");
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  void remove(const std::string& name) { std::filesystem::remove(directory_ / name); }
  std::string place() const { return directory_.path(); }
  std::string path(const std::string& name) const { return directory_ / name; }
  std::string spec() const { return "spoken-digits:" + place(); }
  std::string without(const std::string& speaker) const {
    return "spoken-digits-without:" + speaker + ":" + place();
  }

 private:
  test::TempDirectory directory_;
};

/// Every recording's features by part; no two recordings sound alike.
std::map<Part, std::set<std::vector<float>>> sounds(const std::string& spec) {
  std::map<Part, std::set<std::vector<float>>> all;
  for (const Part part : kParts) {
    const data::Dataset set = data::load(spec, part);
    for (int i = 0; i < set.size(); ++i) all[part].insert(set.batch(i, i + 1).values);
  }
  return all;
}

TEST(SpokenDigits, TheOfficialSplitTestsTheFirstFiveRecordings) {
  const Digits digits;
  // 240 recordings, 150 with an index below 5; a tenth each of the other 90 is cut off.
  const std::map<Part, int> sizes{
      {Part::Training, 72}, {Part::Calibration, 9}, {Part::Validation, 9}, {Part::Test, 150}};
  for (const auto& [part, size] : sizes) {
    const data::Dataset set = data::load(digits.spec(), part);
    EXPECT_EQ(set.size(), size) << data::name_of(part);
    EXPECT_EQ(set.classes, 10);
    EXPECT_EQ(set.shape, (graph::Shape{1, 49, 10}));
    EXPECT_EQ(set.name, "spoken-digits");
    EXPECT_TRUE(set.border_repeats);
    for (const float v : set.images) ASSERT_TRUE(std::isfinite(v));
  }
  std::vector<int> labels(10);
  for (const int label : data::load(digits.spec(), Part::Test).labels) ++labels.at(label);
  EXPECT_EQ(labels, std::vector<int>(10, 15));
}

TEST(SpokenDigits, NoRecordingIsInTwoParts) {
  const Digits digits;
  std::set<std::vector<float>> all;
  for (const auto& [part, set] : sounds(digits.spec())) all.insert(set.begin(), set.end());
  EXPECT_EQ(all.size(), 240u);
}

TEST(SpokenDigits, LeftOutSpeakersAreTestedInFullAndHeardNowhereElse) {
  Digits digits;
  for (const char* speaker : {"anna", "ben_two"}) {
    const data::Dataset set = data::load(digits.without(speaker), Part::Test);
    EXPECT_EQ(set.size(), 80);
    EXPECT_EQ(set.name, "spoken-digits-without");
  }
  const auto before = sounds(digits.without("cleo"));
  EXPECT_EQ(before.at(Part::Training).size() + before.at(Part::Calibration).size() +
                before.at(Part::Validation).size(),
            160u);
  for (int digit = 0; digit < 10; ++digit)  // of this speaker alone
    for (int index = 0; index < 8; ++index)
      digits.write(std::to_string(digit) + "_cleo_" + std::to_string(index) + ".wav",
                   wav_at(8000, tone(3000 + 10 * index + digit, 8000, 900)));
  const auto after = sounds(digits.without("cleo"));
  for (const Part part : {Part::Training, Part::Calibration, Part::Validation})
    EXPECT_EQ(after.at(part), before.at(part)) << data::name_of(part);
  EXPECT_NE(after.at(Part::Test), before.at(Part::Test));
}

TEST(SpokenDigits, TheOrderIsMixedFixedAndCutByTheLimit) {
  const Digits digits;
  const data::Dataset all = data::load(digits.spec(), Part::Test);
  const data::Dataset few = data::load(digits.spec(), Part::Test, 30);
  ASSERT_EQ(few.size(), 30);
  EXPECT_TRUE(std::equal(few.images.begin(), few.images.end(), all.images.begin()));
  // 30 of 150 in order of the names would be of two digits.
  EXPECT_GE(std::set<int>(few.labels.begin(), few.labels.end()).size(), 8u);
}

// A tone at 8 kHz is, at 16 kHz, the tone itself between its samples; half a second away from the borders.
TEST(SpokenDigits, AnotherRateIsTheSameSound) {
  const data::Sound recorded{8000, [] {
                               std::vector<double> samples;
                               for (int i = 0; i < 8000; ++i)
                                 samples.push_back(0.5 * std::sin(2 * kPi * 1234 * i / 8000));
                               return samples;
                             }()};
  const auto resampled = data::at_rate(recorded, 16000, "a.wav");
  ASSERT_NEAR(static_cast<double>(resampled.size()), 16000, 2);
  for (int i = 4000; i < 12000; ++i)
    ASSERT_NEAR(resampled[i], 0.5 * std::sin(2 * kPi * 1234 * i / 16000), 1e-4) << i;
  EXPECT_EQ(data::at_rate(recorded, 8000, "a.wav"), recorded.samples);
}

TEST(SpokenDigits, TheRateOfARecordingDoesNotMatter) {
  Digits digits;
  const std::string name = "3_anna_0.wav";
  const auto features = [&](const std::string& bytes) {
    for (const auto& speaker : {"anna", "ben_two", "cleo"})
      for (int digit = 0; digit < 10; ++digit)
        for (int index = 0; index < 8; ++index)
          digits.remove(std::to_string(digit) + "_" + speaker + "_" + std::to_string(index) + ".wav");
    digits.write(name, bytes);
    digits.write("3_anna_1.wav", wav_at(8000, tone(100, 8000, 900)));  // for calibration
    std::vector<std::vector<float>> both;
    for (const Part part : {Part::Test, Part::Calibration})
      both.push_back(
          data::load(digits.spec(), part, 0, {std::nullopt, data::parse_normalisation("0:1", "the test")})
              .images);
    return both;
  };
  const auto slow = features(wav_at(8000, tone(700, 8000, 8000)));
  const auto fast = features(wav_at(16000, tone(700, 16000, 16000)));
  double difference = 0, size = 0;
  for (std::size_t part = 0; part < slow.size(); ++part) {
    ASSERT_EQ(slow[part].size(), 490u);
    for (std::size_t i = 0; i < slow[part].size(); ++i) {
      difference += std::abs(slow[part][i] - fast[part][i]);
      size += std::abs(fast[part][i]);
    }
  }
  // Quantising to 16 bits is heard in bands where nothing else is.
  EXPECT_LT(difference, 0.03 * size);
}

TEST(SpokenDigits, NamesOfAnotherFormAreAllNamed) {
  Digits digits;
  for (const char* name :
       {"ten_anna_0.wav", "3_0.wav", "3__0.wav", "3_anna_.wav", "3_anna_1b.wav", "a_b_1.wav"})
    digits.write(name, wav_at(8000, {1, 2}));
  const std::string message = test::input_error([&] { data::load(digits.spec(), Part::Test); });
  for (const char* name :
       {"ten_anna_0.wav", "3_0.wav", "3__0.wav", "3_anna_.wav", "3_anna_1b.wav", "a_b_1.wav"})
    EXPECT_NE(message.find(digits.path(name) + ": error: its name is not of the form "
                                               "digit_speaker_index.wav, as in 7_anna_0.wav"),
              std::string::npos)
        << message;
}

TEST(SpokenDigits, EveryBrokenRecordingIsNamed) {
  Digits digits;
  digits.write("4_anna_0.wav", "");
  digits.write("5_anna_1.wav", test::wav_file(test::wav_format(1, 2, 8000, 16) + test::wav_data({1, 2})));
  digits.write("6_anna_2.wav", wav_at(4000000000u, {1, 2}));
  digits.write("7_anna_3.wav", wav_at(5000000, {1, 2}));
  const std::string message = test::input_error([&] { data::load(digits.spec(), Part::Test); });
  const auto expect = [&](const std::string& name, const std::string& why) {
    EXPECT_NE(message.find(digits.path(name) + ": error: " + why), std::string::npos) << message;
  };
  expect("4_anna_0.wav", "not a WAV file (RIFF, WAVE)");
  expect("5_anna_1.wav", "2 channels; expected 1");
  expect("6_anna_2.wav", "4000000000 samples per second");
  expect("7_anna_3.wav",
         "5000000 samples per second cannot become 16000: the rates may be 256 times apart at most");
}

TEST(SpokenDigits, AbsentFoldersSpeakersAndPartsAreSaid) {
  const Digits digits;
  const std::string folder = "error: data set spoken-digits-without in " + digits.place();
  test::expect_input_error([] { data::load("spoken-digits:/no/such/place", Part::Test); },
                           "error: data set spoken-digits in /no/such/place: there is no such directory");
  test::expect_input_error(
      [&] { data::load(digits.without("dora"), Part::Test); },
      folder + ": there is no recording of a speaker 'dora'; there are some of anna, ben_two, cleo");
  test::expect_input_error([] { data::load("spoken-digits-without:anna", Part::Test); },
                           "error: data set 'spoken-digits-without:anna' names no speaker and directory, as "
                           "in spoken-digits-without:anna:DIR");
  const test::TempDirectory empty;
  test::expect_input_error([&] { data::load("spoken-digits:" + empty.path(), Part::Test); },
                           empty.path() + ": error: there are no files digit_speaker_index.wav");
  Digits alone;
  for (int digit = 0; digit < 10; ++digit)
    for (const char* speaker : {"anna", "ben_two", "cleo"})
      for (int index = 5; index < 8; ++index)
        alone.remove(std::to_string(digit) + "_" + speaker + "_" + std::to_string(index) + ".wav");
  EXPECT_EQ(data::load(alone.spec(), Part::Calibration).size(), 15);
  EXPECT_EQ(data::load(alone.spec(), Part::Test).size(), 135);
  test::expect_input_error([&] { data::load(alone.spec(), Part::Training); },
                           "error: data set spoken-digits in " + alone.place() + " has no training part");
}

}  // namespace
}  // namespace phasecore
