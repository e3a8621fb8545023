#include "common/progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <regex>

#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

std::string plain_output(const std::function<void()>& action) {
  ::testing::internal::CaptureStderr();
  action();
  return ::testing::internal::GetCapturedStderr();
}

/// What `action` writes to standard error when that is a terminal.
std::string terminal_output(const std::function<void()>& action) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  EXPECT_GE(master, 0);
  EXPECT_EQ(::grantpt(master), 0);
  EXPECT_EQ(::unlockpt(master), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
    ::dup2(slave, STDERR_FILENO);
    action();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  // What the child has written may come in several pieces; behind the last the terminal is gone (EIO).
  std::string text;
  char piece[4096];
  for (ssize_t n = 0; (n = ::read(master, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(n));
  ::close(master);
  return text;
}

TEST(Progress, IsQuietWhenDisabled) {
  EXPECT_EQ(plain_output([] {
              Progress p("images", 10, false);
              p.update(5);
              p.update(10);
            }),
            "");
}

TEST(Progress, WritesOnePlainLineAtTheEndOfAShortRun) {
  EXPECT_EQ(plain_output([] {
              Progress p("images", 1000, true);
              for (std::size_t i = 1; i <= 1000; ++i) p.update(i, "note");
            }),
            "images: 1000/1000, 0:00, note\n");
}

TEST(Progress, RewritesOneLineOnATerminal) {
  const std::string text = terminal_output([] {
    Progress p("images", 3, true);
    p.update(1);
    p.update(2);  // too soon after the first
    p.update(3);
  });
  EXPECT_TRUE(std::regex_match(text, std::regex("\rimages: 1/3 \\(33 %\\), 0:0\\d left\x1b\\[K"
                                                "\rimages: 3/3, 0:0\\d\x1b\\[K\r?\n")))
      << text;
}

TEST(Progress, OfAShortRunIsNotShownWhereOnlyLongOnesAre) {
  const auto run = [](std::chrono::milliseconds quiet_for) {
    return [=] {
      Progress p("images", 2, true, quiet_for);
      p.update(1);
      p.update(2);
    };
  };
  EXPECT_EQ(terminal_output(run(std::chrono::hours(1))), "");
  EXPECT_EQ(plain_output(run(std::chrono::hours(1))), "");
  EXPECT_NE(terminal_output(run(std::chrono::milliseconds(0))).find("1/2"), std::string::npos);
}

TEST(Progress, ClosesItsLineWhenItStopsHalfway) {
  const std::string text = terminal_output([] {
    Progress p("images", 3, true);
    p.update(0, "starting");
  });
  EXPECT_TRUE(std::regex_match(text, std::regex("\rimages: 0/3, starting\x1b\\[K\r?\n"))) << text;
}

}  // namespace
}  // namespace phasecore::common
