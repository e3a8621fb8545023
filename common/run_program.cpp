#include "common/run_program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <new>
#include <system_error>

#include "common/diagnostics.hpp"
#include "common/text.hpp"

namespace phasecore::common {
namespace {

/// A file or a socket that got the number 0, 1 or 2 would be taken for a standard stream: text would go into
/// it, and forked processes would keep it open. Opened for reading, so that a write to a closed stream fails
/// as it would have failed before.
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)::open("/dev/null", O_RDONLY);  // the lowest free
}

int end_with(ExitCode code, const std::string& text) {
  std::cerr << text << "\n";
  return static_cast<int>(code);
}

}  // namespace

int run_program(const char* name, const std::function<int()>& work) {
  occupy_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = work();
    std::cout.flush();
    if (!std::cout) throw EnvironmentError("standard output cannot be written");
    return code;
  } catch (const InputError& e) {
    return end_with(ExitCode::BadInput, e.what());
  } catch (const EnvironmentError& e) {
    return end_with(ExitCode::Environment, "error: " + printable(e.what()));
  } catch (const std::system_error& e) {  // of the file system, with the path in its text
    return end_with(ExitCode::Environment, "error: " + printable(e.what()));
  } catch (const std::bad_alloc&) {
    constexpr char kText[] = "error: out of memory\n";  // saying so must not take any
    (void)!::write(STDERR_FILENO, kText, sizeof kText - 1);
    return static_cast<int>(ExitCode::Environment);
  } catch (const std::exception& e) {
    return end_with(
        ExitCode::OurBug,
        std::string(name) + ": internal error: " + printable(e.what()) +
            "\nThis is a bug in PhaseCore, not in your input; please report it with the command line.");
  }
}

}  // namespace phasecore::common
