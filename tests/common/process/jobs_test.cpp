#include "common/process/jobs.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "common/diagnostics.hpp"
#include "tests/support/support.hpp"

namespace phasecore::process {
namespace {

/// No child is left, neither running nor as a zombie.
void expect_no_children() {
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

std::string text_of(std::size_t i) {
  return std::string(i * 1000, 'x') + std::to_string(i);
}

TEST(ProcessPool, GivesResultsInJobOrderForAnyNumberOfWorkers) {
  for (const int workers : {0, 1, 2, 3, 8, 100}) {
    const auto results = run_jobs(37, workers, text_of);
    ASSERT_EQ(results.size(), 37u);
    for (std::size_t i = 0; i < results.size(); ++i) ASSERT_EQ(results[i], text_of(i)) << workers;
    expect_no_children();
  }
  EXPECT_TRUE(run_jobs(0, 4, text_of).empty());
}

TEST(ProcessPool, CarriesResultsLargerThanAnyPipeAndBinary) {
  const auto job = [](std::size_t i) { return std::string(20000000 + i, static_cast<char>(i)); };
  const auto results = run_jobs(3, 2, job);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(results[i], job(i));
}

TEST(ProcessPool, TellsTheParentAfterEveryJob) {
  for (const int workers : {1, 3}) {
    std::vector<std::size_t> seen;
    run_jobs(10, workers, text_of, [&](std::size_t finished) { seen.push_back(finished); });
    EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  }
}

TEST(ProcessPool, RunsJobsOutsideThisProcess) {
  int touched = 0;
  const std::string here = std::to_string(::getpid());
  const auto pids = run_jobs(6, 2, [&](std::size_t) {
    ++touched;
    return std::to_string(::getpid());
  });
  EXPECT_EQ(touched, 0);
  for (const std::string& pid : pids) EXPECT_NE(pid, here);
}

TEST(ProcessPool, RethrowsWithTheTypeAndEveryDiagnostic) {
  for (const int workers : {1, 2}) {
    const auto input = [](std::size_t i) -> std::string {
      if (i == 3) throw common::InputError({{{"a.yaml", 3, 4}, "one\nline"}, {{}, ""}});
      return "";
    };
    try {
      run_jobs(5, workers, input);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const common::InputError& e) {
      ASSERT_EQ(e.diagnostics().size(), 2u);
      EXPECT_EQ(common::to_string(e.diagnostics()[0].where), "a.yaml:3:4");
      EXPECT_EQ(e.diagnostics()[0].message, "one\nline");
    }
    EXPECT_EQ(test::environment_error([&] {
                run_jobs(2, workers,
                         [](std::size_t) -> std::string { throw common::EnvironmentError("disk"); });
              }),
              "disk");
    EXPECT_EQ(test::internal_error([&] {
                run_jobs(2, workers,
                         [](std::size_t) -> std::string { throw common::InternalError("books"); });
              }),
              "books");
    EXPECT_EQ(test::internal_error([&] {
                run_jobs(2, workers, [](std::size_t) -> std::string { throw std::out_of_range("odd"); });
              }),
              "odd");
    EXPECT_EQ(
        test::internal_error([&] { run_jobs(2, workers, [](std::size_t) -> std::string { throw 5; }); }),
        "job 0 threw what is no exception");
    EXPECT_EQ(test::environment_error(
                  [&] { run_jobs(2, workers, [](std::size_t) -> std::string { throw std::bad_alloc(); }); }),
              "out of memory in job 0");
    expect_no_children();
  }
}

// Job 5 fails at once, job 2 later: a serial run would report job 2, so every run does.
TEST(ProcessPool, ReportsTheFirstFailureInJobOrder) {
  const auto job = [](std::size_t i) -> std::string {
    if (i == 2) ::usleep(150000);
    if (i == 2 || i == 5) throw common::EnvironmentError("job " + std::to_string(i));
    if (i > 5) ::pause();
    return "";
  };
  for (const int workers : {1, 8}) {
    EXPECT_EQ(test::environment_error([&] { run_jobs(20, workers, job); }), "job 2") << workers;
    expect_no_children();
  }
}

std::string die_by(int signal, std::size_t job) {
  const auto killed = [=](std::size_t i) -> std::string {
    if (i == job) {
      ::signal(signal, SIG_DFL);
      ::raise(signal);
    }
    return "";
  };
  run_jobs(9, 2, killed);
  return "";
}

TEST(ProcessPool, ACrashedChildIsOurBugAndNamesSignalAndJob) {
  EXPECT_EQ(test::internal_error([] { die_by(SIGABRT, 4); }),
            "a worker was killed by signal 6 (Aborted) in job 4");
  EXPECT_EQ(test::internal_error([] { die_by(SIGSEGV, 8); }),
            "a worker was killed by signal 11 (Segmentation fault) in job 8");
  for (const int signal : {SIGFPE, SIGILL, SIGBUS, SIGPIPE}) {
    EXPECT_NE(test::internal_error([=] { die_by(signal, 0); }), "") << signal;
  }
  const auto left = [](std::size_t i) -> std::string {
    if (i == 1) ::_exit(7);
    return "";
  };
  EXPECT_EQ(test::internal_error([&] { run_jobs(9, 2, left); }), "a worker left with exit code 7 in job 1");
  expect_no_children();
}

TEST(ProcessPool, AChildKilledFromOutsideIsNotOurBug) {
  EXPECT_EQ(test::environment_error([] { die_by(SIGKILL, 4); }),
            "a worker was killed by signal 9 (Killed) in job 4; out of memory?");
  EXPECT_EQ(test::environment_error([] { die_by(SIGTERM, 0); }),
            "a worker was killed by signal 15 (Terminated) in job 0");
  for (const int signal : {SIGXCPU, SIGXFSZ, SIGINT, SIGHUP, SIGUSR1}) {
    EXPECT_NE(test::environment_error([=] { die_by(signal, 3); }), "") << signal;
  }
  expect_no_children();
}

TEST(ProcessPool, LeavesNoChildWhenTheParentsCallbackThrows) {
  const auto job = [](std::size_t i) -> std::string {
    if (i > 0) ::pause();
    return "";
  };
  EXPECT_EQ(test::environment_error(
                [&] { run_jobs(4, 4, job, [](std::size_t) { throw common::EnvironmentError("stop"); }); }),
            "stop");
  expect_no_children();
}

TEST(ProcessPool, BufferedTextIsWrittenOnce) {
  ::testing::internal::CaptureStdout();
  std::cout << "before ";
  std::printf("too ");
  run_jobs(4, 2, [](std::size_t i) {
    if (i == 0) std::printf("child ");
    return std::string();
  });
  std::cout << "after";
  std::cout.flush();
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "before too child after");
}

TEST(ProcessPool, JobsMayUsePoolsThemselves) {
  const auto results = run_jobs(3, 2, [](std::size_t i) {
    std::string all;
    for (const std::string& inner :
         run_jobs(3, 2, [&](std::size_t k) { return std::to_string(10 * i + k) + " "; }))
      all += inner;
    return all;
  });
  EXPECT_EQ(results, (std::vector<std::string>{"0 1 2 ", "10 11 12 ", "20 21 22 "}));
}

// The children write to a pipe for as long as they live: its end of file proves that they are gone.
TEST(ProcessPool, ChildrenDieWithTheParent) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::close(ends[0]);
    ::signal(SIGINT, SIG_DFL);
    run_jobs(2, 2, [&](std::size_t) -> std::string {
      (void)!::write(ends[1], "x", 1);
      while (true) ::pause();
    });
    ::_exit(1);
  }
  ::close(ends[1]);
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);  // both children are at work
  ASSERT_EQ(::kill(parent, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(parent, &status, 0), parent);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
}

TEST(ProcessPool, CountsTheProcessorsItMayUse) {
  EXPECT_GE(available_processors(), 1);
}

}  // namespace
}  // namespace phasecore::process
