#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "common/files.hpp"
#include "tests/support/support.hpp"

/// 0: all renames work; n: the n-th from now fails, once.
static int renames_until_failure = 0;
/// A file system without RENAME_EXCHANGE.
static bool exchange_is_unknown = false;
/// 0: never; n: the process is killed at the n-th step (directory, file, rename, removal), before or after
/// it.
static int steps_until_death = 0;
static bool dies_after = false;

static void die_at_step(bool after) {
  if (after == dies_after && steps_until_death > 0 && --steps_until_death == 0) ::raise(SIGKILL);
}

/// Stands before the C library's: the only way to a rename that fails after another has worked.
extern "C" int rename(const char* from, const char* to) noexcept {
  die_at_step(false);
  const bool fails = renames_until_failure > 0 && --renames_until_failure == 0;
  if (fails) errno = EIO;
  const int result = fails ? -1 : ::renameat(AT_FDCWD, from, AT_FDCWD, to);
  die_at_step(true);
  return result;
}

extern "C" int renameat2(int a, const char* from, int b, const char* to, unsigned flags) noexcept {
  die_at_step(false);
  if (exchange_is_unknown) errno = EINVAL;
  const int result =
      exchange_is_unknown ? -1 : static_cast<int>(::syscall(SYS_renameat2, a, from, b, to, flags));
  die_at_step(true);
  return result;
}

extern "C" int mkdir(const char* path, mode_t mode) noexcept {
  die_at_step(false);
  const int result = ::mkdirat(AT_FDCWD, path, mode);
  die_at_step(true);
  return result;
}

extern "C" int unlinkat(int directory, const char* path, int flags) noexcept {
  die_at_step(false);
  const int result = static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags));
  die_at_step(true);
  return result;
}

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

std::set<std::string> names_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename().string());
  return names;
}

using Names = std::set<std::string>;

TEST(OutputDirectory, AppearsWholeOnCommit) {
  const test::TempDirectory place;
  OutputDirectory out(place / "result", {"report.json", "front/1/network.onnx"});
  out.write("report.json", "{}");
  out.write("front/1/network.onnx", "net");
  EXPECT_EQ(names_in(place.path()), Names{}) << "an interrupted run must leave nothing";
  out.commit();
  EXPECT_EQ(names_in(place.path()), Names{"result"});
  EXPECT_EQ(names_in(place / "result"), (Names{"front", "report.json"}));
  EXPECT_EQ(test::read_text(place / "result/front/1/network.onnx"), "net");
}

TEST(OutputDirectory, LeavesNothingWithoutCommit) {
  const test::TempDirectory place;
  {
    OutputDirectory out(place / "result");
    out.write("report.json", "{}");
  }
  EXPECT_EQ(names_in(place.path()), Names{});
}

TEST(OutputDirectory, ReplacesAnOlderResultAsAWhole) {
  const test::TempDirectory place;
  for (const char* version : {"1", "2"}) {
    OutputDirectory out(place / "result/", {"report.json", "only/in/1", "only/in/2"});
    out.write("report.json", "overwritten");
    out.write("report.json", version);
    out.write(std::string("only/in/") + version, "");
    out.commit();
  }
  EXPECT_EQ(names_in(place.path()), Names{"result"});
  EXPECT_EQ(names_in(place / "result"), (Names{"only", "report.json"}));
  EXPECT_EQ(names_in(place / "result/only/in"), Names{"2"});
  EXPECT_EQ(test::read_text(place / "result/report.json"), "2");
}

TEST(OutputDirectory, NeverDeletesAFileOfTheUser) {
  int cases = 0;
  for (const std::string foreign :
       {"mynotes.txt", ".hidden", "network.onnx", "front/2/network.onnx", "front/1/x", "report.json.bak"}) {
    const test::TempDirectory place;
    const std::vector<std::string> names{"report.json", "front/1/network.onnx"};
    OutputDirectory late(place / "result", names);
    {
      OutputDirectory out(place / "result", names);
      for (const std::string& name : names) out.write(name, "old");
      out.commit();
    }
    const fs::path file = place / ("result/" + foreign);
    fs::create_directories(file.parent_path());
    test::write_text(file, "years of work");
    const std::string shown = foreign.rfind("front/2", 0) == 0 ? "front/2" : foreign;
    const std::string message = "error: '" + (place / "result") + "' holds '" + shown +
                                "', which is not a result of phasecore; it will not be replaced, choose "
                                "another name";
    test::expect_input_error([&] { OutputDirectory out(place / "result", names); }, message);
    // The same file may come while the run is under way.
    late.write("report.json", "new");
    test::expect_input_error([&] { late.commit(); }, message);
    EXPECT_EQ(test::read_text(file), "years of work");
    EXPECT_EQ(test::read_text(place / "result/report.json"), "old");
    EXPECT_EQ(names_in(place.path()), Names{"result"});
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

TEST(OutputDirectory, ADirectoryOrLinkUnderOneOfOurNamesIsNotOurs) {
  const test::TempDirectory place;
  fs::create_directories(place / "result/layers.csv");
  test::write_text(place / "result/report.json", "old");
  test::input_error([&] { OutputDirectory out(place / "result"); });
  fs::remove(place / "result/layers.csv");
  fs::create_directory_symlink(place.path(), place / "result/only");
  test::input_error([&] { OutputDirectory out(place / "result", {"report.json", "only/1"}); });
}

TEST(OutputDirectory, KeepsAnOlderResultWhenItIsNotCommitted) {
  const test::TempDirectory place;
  fs::create_directory(place / "result");
  test::write_text(place / "result/report.json", "old");
  {
    OutputDirectory out(place / "result");
    out.write("report.json", "new");
  }
  EXPECT_EQ(names_in(place.path()), Names{"result"});
  EXPECT_EQ(test::read_text(place / "result/report.json"), "old");
}

TEST(OutputDirectory, TakesAnEmptyDirectoryAndFollowsLinks) {
  const test::TempDirectory place;
  fs::create_directory(place / "real");
  fs::create_symlink("real", place / "link");
  OutputDirectory out(place / "link");
  out.write("report.json", "{}");
  out.commit();
  EXPECT_TRUE(fs::is_symlink(place / "link"));
  EXPECT_EQ(names_in(place / "real"), Names{"report.json"});
  EXPECT_EQ(names_in(place.path()), (Names{"link", "real"}));
}

TEST(OutputDirectory, RefusesToReplaceWhatIsNotAResult) {
  const test::TempDirectory place;
  fs::create_directory(place / "thesis");
  test::write_text(place / "thesis/chapter1.tex", "years of work");
  test::expect_input_error(
      [&] { OutputDirectory out(place / "thesis"); },
      "error: '" + (place / "thesis") +
          "' is not empty and holds no report.json, so it is not one of our results; it will "
          "not be replaced, choose another name");
  test::expect_input_error(
      [&] { OutputDirectory out(place / "thesis/chapter1.tex"); },
      "error: '" + (place / "thesis/chapter1.tex") + "' exists and is not a directory; choose another name");
  for (const std::string name : {"", ".", "..", "/", "x/.."}) {
    test::expect_input_error(
        [&] { OutputDirectory out(name); },
        "error: '" + name + "' cannot be a result directory; give the name of a new directory");
  }
  EXPECT_EQ(test::read_text(place / "thesis/chapter1.tex"), "years of work");
}

TEST(OutputDirectory, SaysAtOnceThatItCannotBeWritten) {
  const test::TempDirectory place;
  test::write_text(place / "file", "");
  EXPECT_EQ(
      test::environment_error([&] { OutputDirectory out(place / "absent/result"); }),
      "cannot write '" + (place / "absent/result") + "': there is no directory '" + (place / "absent") + "'");
  EXPECT_EQ(
      test::environment_error([&] { OutputDirectory out(place / "file/result"); }),
      "cannot write '" + (place / "file/result") + "': there is no directory '" + (place / "file") + "'");
  const std::string message = test::environment_error([] { OutputDirectory out("/proc/result"); });
  EXPECT_EQ(message, "cannot write '/proc/result': No such file or directory");
}

// A file size limit stands in for a full disk: the write that crosses it fails in the same place.
TEST(OutputDirectory, LeavesTheOlderResultWhenTheDiskIsFull) {
  const test::TempDirectory place;
  fs::create_directory(place / "result");
  test::write_text(place / "result/report.json", "old");
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, RLIM_INFINITY};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = test::environment_error([&] {
    OutputDirectory out(place / "result");
    out.write("report.json", std::string(5000, 'x'));
    out.commit();
  });
  const rlimit free{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &free), 0);
  EXPECT_NE(message.find("report.json': File too large"), std::string::npos) << message;
  EXPECT_EQ(names_in(place.path()), Names{"result"});
  EXPECT_EQ(test::read_text(place / "result/report.json"), "old");
}

TEST(OutputDirectory, RestoresTheOlderResultWhenTheNewOneCannotMoveIn) {
  const test::TempDirectory place;
  exchange_is_unknown = true;
  fs::create_directory(place / "result");
  test::write_text(place / "result/report.json", "old");
  {
    OutputDirectory out(place / "result");
    out.write("report.json", "new");
    renames_until_failure = 2;  // the first one moves the older result aside
    EXPECT_EQ(test::environment_error([&] { out.commit(); }),
              "cannot write '" + (place / "result") + "': Input/output error");
    EXPECT_EQ(renames_until_failure, 0) << "the failing step was not reached";
  }
  EXPECT_EQ(names_in(place.path()), Names{"result"});
  EXPECT_EQ(test::read_text(place / "result/report.json"), "old");
}

pid_t dead_process() {
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  EXPECT_EQ(::waitpid(dead, nullptr, 0), dead);
  return dead;
}

TEST(OutputDirectory, ClearsUpAfterKilledProcessesOnly) {
  const test::TempDirectory place;
  const std::string dead = std::to_string(dead_process());
  const std::string left = (place / "result.partial-") + dead;
  fs::create_directory(left);
  test::write_text(left + "/layers.csv", "half");
  fs::create_directory((place / "result.replaced-") + dead);
  fs::create_directory(place / "result.partial-1");  // process 1 lives
  fs::create_directory(place / "result.partial-notes");
  { OutputDirectory out(place / "result"); }
  EXPECT_EQ(names_in(place.path()), (Names{"result", "result.partial-1", "result.partial-notes"}))
      << "an older result that had stepped aside comes back";
  OutputDirectory out(place / "result");
  out.commit();
  EXPECT_EQ(names_in(place.path()), (Names{"result", "result.partial-1", "result.partial-notes"}));
}

TEST(OutputDirectory, LeavesWhatOnlyLooksLikeALeftover) {
  const test::TempDirectory place;
  const std::string dead = std::to_string(dead_process());
  for (const std::string kind : {"result.partial-", "result.replaced-"}) {
    fs::create_directory(place / (kind + dead));
    test::write_text(place / (kind + dead + "/thesis.tex"), "years of work");
  }
  fs::create_directory_symlink(place / ("result.replaced-" + dead), place / "result.partial-999999999");
  OutputDirectory out(place / "result");
  out.commit();
  EXPECT_EQ(test::read_text(place / ("result.partial-" + dead + "/thesis.tex")), "years of work");
  EXPECT_EQ(test::read_text(place / ("result.replaced-" + dead + "/thesis.tex")), "years of work");
}

/// Commits a new result over an older one in a child that is killed at the n-th step, if there are so many.
bool killed_at(int step, bool after, const std::string& path) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    steps_until_death = step;
    dies_after = after;
    OutputDirectory out(path, {"report.json", "front/a"});
    out.write("report.json", "new");
    out.write("front/a", "new");
    out.commit();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFSIGNALED(status);
}

TEST(OutputDirectory, AKilledRunLeavesTheOlderOrTheNewResultWhole) {
  for (const bool exchanges : {true, false}) {
    for (const bool after : {false, true}) {
      exchange_is_unknown = !exchanges;
      int step = 1;
      for (bool killed = true; killed; ++step) {
        const test::TempDirectory place;
        const std::string path = place / "result";
        fs::create_directories(path + "/front");
        test::write_text(path + "/report.json", "old");
        test::write_text(path + "/front/a", "old");
        killed = killed_at(step, after, path);
        if (exchanges) {
          ASSERT_TRUE(fs::exists(path + "/report.json")) << "step " << step;
        }
        { OutputDirectory next(path, {"report.json", "front/a"}); }
        const std::string report = test::read_text(path + "/report.json");
        EXPECT_EQ(report, test::read_text(path + "/front/a"));
        EXPECT_TRUE(report == "old" || report == "new") << report;
        EXPECT_EQ(names_in(place.path()), Names{"result"}) << "step " << step;
        if (!killed) {
          EXPECT_EQ(report, "new");
        }
      }
      EXPECT_GT(step, 7) << "the steps were not seen";
    }
  }
}

TEST(OutputDirectory, ReplacesAResultThatMayNotBeWritten) {
  const test::TempDirectory place;
  fs::create_directory(place / "result");
  test::write_text(place / "result/report.json", "old");
  fs::permissions(place / "result", fs::perms::owner_read | fs::perms::owner_exec);
  OutputDirectory out(place / "result");
  out.write("report.json", "new");
  out.commit();
  EXPECT_EQ(names_in(place.path()), Names{"result"});
  EXPECT_EQ(test::read_text(place / "result/report.json"), "new");
}

TEST(OutputDirectory, ReplacesTheResultsOfItsOwnKind) {
  const test::TempDirectory place;
  for (const char* round : {"1", "2"}) {
    OutputDirectory out(place / "result", {"networks.csv", "001.onnx"});
    out.write("networks.csv", round);
    out.commit();
    EXPECT_EQ(test::read_text(place / "result/networks.csv"), round);
  }
}

TEST(OutputDirectory, SaysWhatIsWrongWithItsName) {
  const test::TempDirectory place;
  fs::create_symlink("b", place / "a");
  fs::create_symlink("a", place / "b");
  EXPECT_EQ(test::environment_error([&] { OutputDirectory out(place / "a"); }),
            "cannot write '" + (place / "a") + "': Too many levels of symbolic links");
  const std::string longest(250, 'x');  // a name of its own, but not with ".partial-123" behind it
  EXPECT_EQ(test::environment_error([&] { OutputDirectory out(place / longest); }),
            "cannot write '" + (place / longest) + "': File name too long");
}

TEST(OutputDirectory, NamesOutsideItAreOurBug) {
  const test::TempDirectory place;
  OutputDirectory out(place / "result");
  for (const char* name : {"", "..", "../x", "/etc/x", "a/../../x", "./report.json", "another"}) {
    EXPECT_NE(test::internal_error([&] { out.write(name, "x"); }), "") << name;
  }
  out.commit();
  EXPECT_NE(test::internal_error([&] { out.commit(); }), "");
  EXPECT_NE(test::internal_error([&] { out.write("report.json", "x"); }), "");
}

}  // namespace
}  // namespace phasecore::common
