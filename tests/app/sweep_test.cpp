// phasecore sweep as a user runs it.
#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>

#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::vector<std::string> kFiles = {"candidates.csv", "front.csv", "sensitivity.csv", "report.txt",
                                         "config.resolved.yaml"};

/// Accuracy, too, on a few images.
std::string small_sweep(const TempDirectory& place) {
  write_text(place / "s.yaml",
             "name: small\nquestion: Which?\nnetworks: [{model: 'zoo:resnet8-fmnist-hwa'}]\nsamples: 20\n"
             "axes:\n- {key: adc.bits, values: ['6', '8']}\n- {key: crossbar.read_mode, values: [1-phase, "
             "4-phase]}\n");
  return "sweep '" + (place / "s.yaml") + "'";
}

void expect_equal_files(const std::string& a, const std::string& b) {
  for (const auto& file : kFiles) EXPECT_EQ(read_text(a + "/" + file), read_text(b + "/" + file)) << file;
}

TEST(SweepProgram, WritesTheSameFilesWithAnyNumberOfWorkersAndRepeatsItself) {
  const TempDirectory place;
  const std::string sweep = small_sweep(place);
  const CommandResult one = phasecore(sweep + " --workers 1 --out '" + (place / "a") + "'");
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr("accuracy@1d %"));
  EXPECT_THAT(one.out, HasSubstr("4 points, 4 measured"));
  EXPECT_THAT(one.err, HasSubstr("sweep: 4/4"));
  EXPECT_THAT(read_text(place / "a/report.html"), HasSubstr("Sweep small"));
  ASSERT_EQ(phasecore(sweep + " --workers 3 --out '" + (place / "b") + "'").exit_code, 0);
  expect_equal_files(place / "a", place / "b");
  ASSERT_EQ(
      phasecore("sweep '" + (place / "a/config.resolved.yaml") + "' --out '" + (place / "c") + "'").exit_code,
      0);
  expect_equal_files(place / "a", place / "c");
  EXPECT_EQ(phasecore("report '" + (place / "a") + "'").exit_code, 0);
}

TEST(SweepProgram, GoesOnWhereItWasKilled) {
  const TempDirectory place;
  const std::string sweep = small_sweep(place);
  const pid_t child = start(sweep + " --workers 1 --out '" + (place / "r") + "'");
  for (int i = 0; i < 10000; ++i) {
    std::error_code none;
    if (fs::file_size(place / "r/archive.sqlite-wal", none) > 60000 && !none) break;
    ::usleep(1000);
  }
  ::kill(child, SIGKILL);
  wait_for(child);
  const CommandResult resumed = phasecore(sweep + " --resume --out '" + (place / "r") + "'");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  ASSERT_EQ(phasecore(sweep + " --out '" + (place / "whole") + "'").exit_code, 0);
  expect_equal_files(place / "r", place / "whole");
  EXPECT_EQ(phasecore(sweep + " --set samples=21 --resume --out '" + (place / "r") + "'").exit_code, 2);
}

TEST(SweepProgram, RefusesWhatIsWrongAndWritesNothing) {
  const TempDirectory place;
  const std::string file = place / "s.yaml";
  write_text(file,
             "name: x\nnetworks: [{model: 'zoo:resnet8-fmnist'}]\ndata: none\nobjectives: [latency_ns]\n"
             "axes:\n- {key: adc.bits, values: ['8', '99']}\n- {key: grid.rowz, values: ['8']}\n");
  const CommandResult result = phasecore("sweep '" + file + "' --out '" + (place / "r") + "'");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(
      result.err,
      AllOf(HasSubstr(file + ":7:29: error: no point has adc.bits=8, grid.rowz=8: unknown key 'grid.rowz'"),
            HasSubstr(file + ":6:33: error: no point has adc.bits=99"), HasSubstr("'adc.bits' is 99")));
  EXPECT_FALSE(fs::exists(place / "r"));
  EXPECT_EQ(phasecore("sweep").exit_code, 2);
  EXPECT_EQ(phasecore("sweep adc-bits --resume").exit_code, 2);
  EXPECT_THAT(phasecore("sweep adc-bitz").err, HasSubstr("did you mean 'adc-bits'?"));
  EXPECT_EQ(phasecore("describe sweep").exit_code, 0);
}

}  // namespace
}  // namespace phasecore::test
