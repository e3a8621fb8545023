// The script that synthesises keywords, run as a user runs it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "models/data/dataset.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

const std::string kScript = test::source_path("scripts/make_keywords.sh");

TEST(MakeKeywords, WritesADataSetThatTheReaderTakes) {
  const test::TempDirectory place;
  const std::string directory = place / "keywords";
  const auto made = test::run_command("'" + kScript + "' '" + directory + "' --voices 9 --takes 1");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  // Nine voices say ten keywords and every second of 25 other words.
  EXPECT_NE(made.out.find("203 clips in " + directory), std::string::npos) << made.out;
  for (Part part : {Part::Training, Part::Calibration, Part::Validation, Part::Test}) {
    const data::Dataset set = data::load("speech-commands:" + directory, part);
    EXPECT_EQ(set.size(), 12 * (part == Part::Training ? 6 : 1)) << data::name_of(part);
  }
  // A word stands out from its noise: clips are neither silent nor all alike.
  const data::Dataset test = data::load("speech-commands:" + directory, Part::Test);
  std::set<float> loudest;
  for (int i = 0; i < test.size(); ++i) {
    const auto values = test.batch(i, i + 1).values;
    float c0 = values[0];
    for (std::size_t f = 0; f < values.size(); f += 10) c0 = std::max(c0, values[f]);
    if (test.labels[i] != 10) {
      EXPECT_GT(c0, 0.3f) << i;  // deviations above the mean frame
    }
    loudest.insert(c0);
  }
  EXPECT_EQ(loudest.size(), 12u);
}

TEST(MakeKeywords, BadOptionsAreRefusedAndNothingIsWritten) {
  const test::TempDirectory place;
  const std::string directory = place / "keywords";
  const auto expect_refusal = [&](const std::string& arguments, const std::string& message) {
    const auto result = test::run_command("'" + kScript + "' " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_EQ(result.err, "make_keywords.sh: error: " + message + "\n");
    EXPECT_FALSE(std::filesystem::exists(directory));
  };
  expect_refusal("", "the directory to create is missing: make_keywords.sh DIR [--voices N] [--takes N]");
  expect_refusal("'" + directory + "' --voices 8", "--voices '8' must be a whole number from 9 to 72");
  expect_refusal("'" + directory + "' --takes 1.5", "--takes '1.5' must be a whole number from 1 to 100");
  expect_refusal("'" + directory + "' --fast", "unknown option '--fast'; allowed are --voices, --takes");
  expect_refusal("'" + place.path() + "'",
                 "'" + place.path() + "' exists already; choose another directory or remove it");
}

}  // namespace
}  // namespace phasecore
