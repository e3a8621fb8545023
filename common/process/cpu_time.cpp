#include "common/process/cpu_time.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace phasecore::process {
namespace {

struct ProcessUse {
  char state = 'X';
  double ticks = 0;
};

/// proc(5): "pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime
/// cutime cstime ...". The name may contain anything, so fields are counted from its last parenthesis.
ProcessUse process_use(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  ProcessUse use;
  if (!std::getline(file, line)) return use;
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return use;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  fields >> use.state;
  for (int field = 4; field < 14; ++field) fields >> skipped;
  for (int field = 14; field < 18; ++field) {
    double ticks = 0;
    fields >> ticks;
    use.ticks += ticks;
  }
  return use;
}

std::vector<pid_t> children_of(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace

TreeUse tree_use(pid_t root) {
  const double ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const ProcessUse own = process_use(root);
  TreeUse use;
  use.alive = own.state != 'X' && own.state != 'Z';
  use.cpu_seconds = own.ticks / ticks_per_second;
  std::vector<pid_t> open = children_of(root);
  while (!open.empty()) {
    const pid_t pid = open.back();
    open.pop_back();
    use.cpu_seconds += process_use(pid).ticks / ticks_per_second;
    for (const pid_t child : children_of(pid)) open.push_back(child);
  }
  return use;
}

}  // namespace phasecore::process
