// phasecore search and sweep on several ranks of one machine, as mpirun starts them.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

/// Ranks without processors of their own, as root or not, and never for longer than two minutes.
std::string mpirun(int ranks) {
  return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout --signal=KILL 120 mpirun "
         "--oversubscribe "
         "-n " +
         std::to_string(ranks) + " " + PHASECORE_PROGRAM + " ";
}

std::string search_of(int evaluations, const std::string& out) {
  return "search analognas-bench --workers 1 --set evaluator.table=" +
         data_file("tests/data/search/table.csv") +
         " --set budget.evaluations=" + std::to_string(evaluations) +
         " --set surrogate.from_evaluations=40 --set population=12 --out '" + out + "'";
}

void expect_equal_results(const std::string& a, const std::string& b) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(a))
    if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), a));
  ASSERT_GT(files.size(), 4u);
  for (const std::string& file : files) {
    const std::string name = fs::path(file).filename();
    if (name.rfind("archive.sqlite", 0) == 0 || name == "report.html") continue;  // rows as they came; times
    std::string of_a = read_text(a + "/" + file), of_b = read_text(b + "/" + file);
    if (name == "report.json") {
      ordered_json one = ordered_json::parse(of_a), other = ordered_json::parse(of_b);
      one.erase("provenance");
      other.erase("provenance");
      of_a = one.dump();
      of_b = other.dump();
    }
    EXPECT_EQ(of_a, of_b) << file;
  }
}

TEST(Ranks, FourWriteTheSameBytesAsOneAndAsNone) {
  const TempDirectory place;
  const CommandResult plain = phasecore(search_of(60, place / "plain"));
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  const CommandResult one = run_command(mpirun(1) + search_of(60, place / "one"));
  ASSERT_EQ(one.exit_code, 0) << one.err;
  const CommandResult four = run_command(mpirun(4) + search_of(60, place / "four"));
  ASSERT_EQ(four.exit_code, 0) << four.err;
  expect_equal_results(place / "plain", place / "one");
  expect_equal_results(place / "plain", place / "four");
  const auto table_of = [](const std::string& out) { return out.substr(0, out.rfind("Written: ")); };
  EXPECT_EQ(table_of(four.out), table_of(plain.out)) << "rank 0 prints, and nobody else";
}

TEST(Ranks, ASweepOnThreeWritesTheSameBytes) {
  const TempDirectory place;
  write_text(
      place / "s.yaml",
      "name: small\nquestion: Which?\nnetworks: [{model: 'zoo:resnet8-fmnist-hwa'}]\ndata: none\n"
      "objectives: [latency_ns, energy_nj]\n"
      "axes:\n- {key: adc.bits, values: ['6', '7', '8']}\n- {key: crossbar.read_mode, values: [1-phase, "
      "4-phase]}\n");
  const std::string sweep = "sweep '" + (place / "s.yaml") + "' --workers 1 --out '";
  ASSERT_EQ(phasecore(sweep + (place / "plain") + "'").exit_code, 0);
  const CommandResult three = run_command(mpirun(3) + sweep + (place / "three") + "'");
  ASSERT_EQ(three.exit_code, 0) << three.err;
  expect_equal_results(place / "plain", place / "three");
}

/// A search whose judge ends the worker that asks it about every candidate whose stem has 32 channels.
std::string search_with_crashes(const TempDirectory& place) {
  write_text(place / "judge.sh", R"sh(
read line
case $line in *'"stem_width":"32"'*) kill -SEGV $PPID;; esac
echo "{\"figures\": {\"accuracy@1d\": 0.$(echo "${line%%network*}" | cksum | cut -c1-4)}}"
)sh");
  write_text(place / "search.yaml",
             "name: mine\nspace: resnet-elastic\nspace_set: ['input=[1, 12, 12]', 'classes=4']\n"
             "evaluator: {kind: command, command: [sh, '" +
                 (place / "judge.sh") +
                 "'], figures: [\"accuracy@1d\"]}\nobjectives:\n- {figure: \"accuracy@1d\", goal: maximise}\n"
                 "- {figure: cores, goal: minimise}\nbudget: {evaluations: 6}\npopulation: 6\n");
  return "search '" + (place / "search.yaml") + "' --workers 1 --out '";
}

TEST(Ranks, ACandidateThatCrashesCostsThatCandidate) {
  const TempDirectory place;
  const std::string search = search_with_crashes(place);
  const CommandResult plain = phasecore(search + (place / "plain") + "'");
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_THAT(read_text(place / "plain/candidates.csv"), HasSubstr("SIGSEGV"));
  const CommandResult three = run_command(mpirun(3) + search + (place / "three") + "'");
  ASSERT_EQ(three.exit_code, 0) << three.err;
  EXPECT_EQ(read_text(place / "three/candidates.csv"), read_text(place / "plain/candidates.csv"));
  EXPECT_EQ(read_text(place / "three/front.csv"), read_text(place / "plain/front.csv"));
}

std::vector<pid_t> children_of(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  return {std::istream_iterator<pid_t>(file), {}};
}

/// The process of a rank below `pid`: the first whose environment says so.
pid_t find_rank(pid_t pid, int rank) {
  for (const pid_t child : children_of(pid)) {
    std::ifstream file("/proc/" + std::to_string(child) + "/environ");
    const std::string environment{std::istreambuf_iterator<char>(file), {}};
    const std::string variable = "OMPI_COMM_WORLD_RANK=" + std::to_string(rank);
    if (environment.find(variable + '\0') != std::string::npos) return child;
    if (const pid_t found = find_rank(child, rank); found > 0) return found;
  }
  return -1;
}

TEST(Ranks, ALostOneEndsTheJobAndResumedItEndsWithTheSameBytes) {
  constexpr int kEvaluations = 240;
  const TempDirectory place;
  ASSERT_EQ(phasecore(search_of(kEvaluations, place / "whole")).exit_code, 0);
  const std::string command = mpirun(4) + search_of(kEvaluations, place / "r");
  const pid_t job = ::fork();
  if (job == 0) {
    const std::string quiet = command + " >'" + (place / "out") + "' 2>'" + (place / "err") + "'";
    ::execl("/bin/sh", "sh", "-c", quiet.c_str(), nullptr);
    ::_exit(99);
  }
  for (int i = 0; i < 20000; ++i) {
    std::error_code none;
    if (fs::file_size(place / "r/archive.sqlite-wal", none) > 400000 && !none) break;
    ::usleep(1000);
  }
  const pid_t rank = find_rank(job, 2);
  ASSERT_GT(rank, 0) << read_text(place / "err");
  ASSERT_EQ(::kill(rank, SIGKILL), 0);
  const int status = wait_for(job);
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << read_text(place / "err");
  EXPECT_FALSE(fs::exists(place / "r/report.json") &&
               read_text(place / "r/candidates.csv") == read_text(place / "whole/candidates.csv"));
  const CommandResult resumed = run_command(command + " --resume");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  for (const char* file :
       {"candidates.csv", "front.csv", "hypervolume.csv", "report.txt", "config.resolved.yaml"})
    EXPECT_EQ(read_text((place / "r/") + file), read_text((place / "whole/") + file)) << file;
}

TEST(Ranks, OtherCommandsAreRefusedAndErrorsAreSaidOnce) {
  const CommandResult inspect = run_command(mpirun(3) + "inspect zoo:resnet8-fmnist");
  EXPECT_EQ(inspect.exit_code, 2);
  EXPECT_EQ(inspect.out, "");
  EXPECT_THAT(inspect.err, HasSubstr("error: 'inspect' was started as 3 ranks"));
  const CommandResult search = run_command(mpirun(3) + "search demo --set budget.evaluations=none");
  EXPECT_EQ(search.exit_code, 2);
  for (const std::string& text : {inspect.err, search.err}) {
    const auto first = text.find("error: ");
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_EQ(text.find("error: ", first + 1), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace phasecore::test
