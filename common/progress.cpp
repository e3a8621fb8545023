#include "common/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace phasecore::common {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTerminalPause{100};
constexpr std::chrono::seconds kPlainPause{10};

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// "0:07", "12:34", "3:04:05".
std::string clock_text(double seconds) {
  const long long s = std::llround(seconds);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

Progress::Progress(std::string what, std::size_t total, bool enabled, std::chrono::milliseconds quiet_for)
    : what_(std::move(what)),
      total_(total),
      enabled_(enabled),
      quiet_for_(quiet_for),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (line_open_) std::fputc('\n', stderr);
}

void Progress::update(std::size_t done, const std::string& note) {
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now - start_ < quiet_for_) return;
  const bool end = done >= total_;
  const bool first_on_terminal = terminal_ && !line_open_;
  const Clock::duration pause = terminal_ ? Clock::duration(kTerminalPause) : Clock::duration(kPlainPause);
  if (!end && !first_on_terminal && now - last_ < pause) return;
  last_ = now;

  const double elapsed = seconds_between(start_, now);
  std::string line = fmt::format("{}: {}/{}", what_, done, total_);
  if (end) {
    line += fmt::format(", {}", clock_text(elapsed));
  } else if (done > 0) {
    const double left = elapsed / static_cast<double>(done) * static_cast<double>(total_ - done);
    line += fmt::format(" ({} %), {} left", done * 100 / total_, clock_text(left));
  }
  if (!note.empty()) line += ", " + note;

  if (terminal_) {
    std::fputs(("\r" + line + "\x1b[K").c_str(), stderr);
    if (end) std::fputc('\n', stderr);
    line_open_ = !end;
  } else {
    std::fputs((line + "\n").c_str(), stderr);
  }
  std::fflush(stderr);
}

}  // namespace phasecore::common
