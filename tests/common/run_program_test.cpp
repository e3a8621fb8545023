#include "common/run_program.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <new>

#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "tests/common/heap.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

/// The exit code of a child that runs `work` as its program; -1 when a signal ends it.
int exit_code_of(
    const std::function<int()>& work, const std::function<void()>& before = [] {}) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    before();
    ::_exit(run_program("test", work));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RunProgram, TurnsErrorsIntoExitCodes) {
  EXPECT_EQ(exit_code_of([] { return 0; }), 0);
  EXPECT_EQ(exit_code_of([] { return 1; }), 1);
  EXPECT_EQ(exit_code_of([]() -> int { throw InputError("x"); }), 2);
  EXPECT_EQ(exit_code_of([]() -> int { throw EnvironmentError("x"); }), 3);
  EXPECT_EQ(exit_code_of([]() -> int { throw std::bad_alloc(); }), 3);
  EXPECT_EQ(exit_code_of([]() -> int { throw InternalError("x"); }), 70);
  EXPECT_EQ(exit_code_of([]() -> int { throw std::out_of_range("x"); }), 70);
}

// Saying that memory ran out must not take any.
TEST(RunProgram, EndsInOrderWhenNothingIsLeft) {
  EXPECT_EQ(exit_code_of([]() -> int {
              test::memory_is_left = false;
              throw std::bad_alloc();
            }),
            3);
}

TEST(RunProgram, WhatTheFileSystemRefusesIsNotOurBug) {
  const test::TempDirectory place;
  testing::internal::CaptureStderr();
  const int code = run_program("test", [&]() -> int {
    std::filesystem::create_symlink("b", place / "a");
    std::filesystem::create_symlink("a", place / "b");
    return static_cast<int>(std::filesystem::file_size(place / "a/x"));
  });
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 3);
  EXPECT_NE(text.find(place / "a/x"), std::string::npos) << text;
  EXPECT_NE(text.find("Too many levels of symbolic links"), std::string::npos) << text;
}

TEST(RunProgram, AFileBeyondTheUsersLimitIsAnErrorOfTheWrite) {
  const test::TempDirectory place;
  const auto limit = [] {
    const rlimit small{1000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
  };
  const auto write = [&] {
    write_file_atomically(place / "x", std::string(5000, 'x'));
    return 0;
  };
  EXPECT_EQ(exit_code_of(write, limit), 3);
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
}

TEST(RunProgram, NoFileTakesThePlaceOfAClosedStandardStream) {
  for (int closed = 1; closed < 8; ++closed) {
    const auto close_some = [&] {
      for (int fd = 0; fd < 3; ++fd)
        if ((closed >> fd & 1) != 0) ::close(fd);
    };
    const auto first_number = [] { return ::dup(STDIN_FILENO) > 2 ? 0 : 1; };
    EXPECT_EQ(exit_code_of(first_number, close_some), 0) << closed;
  }
  const auto print = [] {
    std::cout << "text";
    return 0;
  };
  EXPECT_EQ(exit_code_of(print, [] { ::close(STDOUT_FILENO); }), 3);
}

}  // namespace
}  // namespace phasecore::common
