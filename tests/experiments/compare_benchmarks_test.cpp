// experiments/compare_benchmarks.sh with benchmarks that answer at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/programs.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// A row of Google Benchmark's JSON.
std::string row(const std::string& name, double cpu, double real, const std::string& unit) {
  return R"({"name": ")" + name + R"(", "run_type": "iteration", "cpu_time": )" + std::to_string(cpu) +
         R"(, "real_time": )" + std::to_string(real) + R"(, "time_unit": ")" + unit + "\"}";
}

class CompareBenchmarks : public testing::Test {
 protected:
  /// A build whose bench_NAME prints these rows and notes that it ran.
  void build(const std::string& directory, const std::string& name, const std::string& rows) {
    const fs::path program = fs::path(place_ / directory) / "bench" / ("bench_" + name);
    fs::create_directories(program.parent_path());
    test::write_program(program, "#!/bin/sh\necho " + directory + " $* >>" + (place_ / "calls") +
                                     "\ncat <<'END'\n{\"benchmarks\": [" + rows + "]}\nEND\n");
  }
  test::CommandResult compare(const std::string& arguments) const {
    return test::run_command("cd '" + place_.path() + "' && ROUNDS=3 CPU=0 '" +
                             test::source_path("experiments/compare_benchmarks.sh") + "' " + arguments);
  }

  test::TempDirectory place_;
};

TEST_F(CompareBenchmarks, MarksRowsThatAreSlowerAndEndsWithOne) {
  build("base", "one", row("same", 1000, 5000, "ns") + "," + row("slow", 2, 9, "us"));
  build("new", "one", row("same", 1000, 7000, "ns") + "," + row("slow", 2.1, 9, "us"));
  const auto result = compare("base new");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("| one: same | 1 | 1 | 1.000 | 1.000 to 1.000 |\n"));
  EXPECT_THAT(result.out, HasSubstr("| one: slow | 2 | 2.1 | 1.050 slower | 1.050 to 1.050 |\n"));
}

TEST_F(CompareBenchmarks, TakesTheTimeThatARowTookByHand) {
  build("base", "one", row("x/manual_time", 1, 3, "ms"));
  build("new", "one", row("x/manual_time", 2, 3, "ms"));
  const auto result = compare("base new");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("| one: x/manual_time | 3000 | 3000 | 1.000 |"));
}

TEST_F(CompareBenchmarks, RunsBothBuildsInTurnAndLeavesTrainingOut) {
  for (const char* directory : {"base", "new"})
    for (const char* name : {"one", "train"}) build(directory, name, row("x", 1, 1, "s"));
  const auto result = compare("base new some");
  EXPECT_EQ(result.exit_code, 0);
  std::string order;
  const std::string calls = test::read_text(place_ / "calls");
  for (std::size_t at = 0; at < calls.size(); at = calls.find('\n', at) + 1)
    order += calls.substr(at, calls.find(' ', at) - at) + " ";
  EXPECT_EQ(order, "base new new base base new ");
  EXPECT_THAT(calls, HasSubstr("--benchmark_filter=some"));
  EXPECT_THAT(result.out, Not(HasSubstr("train")));
}

TEST_F(CompareBenchmarks, SaysWhatItNeeds) {
  EXPECT_EQ(compare("").exit_code, 2);
  fs::create_directories(place_ / "base");
  const auto result = compare("base base");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.out + result.err, HasSubstr("'base' is no build directory with benchmarks"));
}

}  // namespace
}  // namespace phasecore
