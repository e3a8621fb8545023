#include "sim/run/chip_runner.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/process/ending.hpp"
#include "common/process/jobs.hpp"
#include "sim/chip/chip.hpp"

namespace phasecore::run {
namespace {

using common::Descriptor;
using common::EnvironmentError;
using common::InternalError;
using common::receive_all;
using common::send_all;

// --- framed messages over a socket ---

// Few and large pieces: each wakes the process at the other end.

bool send_text(int fd, const std::string& text) {
  return text.empty() || send_all(fd, text.data(), text.size());
}

bool receive_text(int fd, std::uint64_t size, std::string& text) {
  text.resize(size);
  return size == 0 || receive_all(fd, text.data(), size);
}

struct SocketPair {
  SocketPair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw EnvironmentError(std::string("cannot start a chip process: ") + std::strerror(errno));
    ours = Descriptor(ends[0]);
    theirs = Descriptor(ends[1]);
  }
  Descriptor ours, theirs;
};

pid_t checked_fork() {
  std::cout.flush();
  std::fflush(nullptr);  // or the child would write our buffered text once more
  const pid_t pid = ::fork();
  if (pid < 0) throw EnvironmentError(std::string("cannot start a chip process: ") + std::strerror(errno));
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// --- the child with the chip ---

/// Under way: a number of firings; then comes another one.
enum class Outcome : std::uint64_t { Activity, Environment, Internal, UnderWay };

struct Request {
  std::string platform;  ///< empty: that of the request before
  std::string program, trace_path;
  std::int64_t images = 0;
  bool tells = false;  ///< wants to hear how the run gets on

  bool send(int fd) const {
    const Head head{platform.size(), program.size(), trace_path.size(), images, tells ? 1U : 0U};
    return send_all(fd, &head, sizeof head) && send_text(fd, platform) && send_text(fd, program) &&
           send_text(fd, trace_path);
  }
  bool receive(int fd) {
    Head head;
    if (!receive_all(fd, &head, sizeof head)) return false;
    images = head.images;
    tells = head.tells != 0;
    return receive_text(fd, head.platform, platform) && receive_text(fd, head.program, program) &&
           receive_text(fd, head.trace_path, trace_path);
  }

 private:
  /// Lengths of the texts, and what else there is.
  struct Head {
    std::uint64_t platform = 0, program = 0, trace_path = 0;
    std::int64_t images = 0;
    std::uint64_t tells = 0;
  };
};

/// What comes back, again and again.
struct Answer {
  Outcome outcome{};
  std::uint64_t number = 0;  ///< firings that have ended, or how long the text is that follows
};

/// Sends how many firings have ended: at once, then a few times a second.
class Teller {
 public:
  explicit Teller(int fd) : fd_(fd) {}
  void operator()(std::int64_t ended) {
    constexpr std::chrono::milliseconds kPause{200};
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kPause) return;
    last_ = now;
    const Answer answer{Outcome::UnderWay, static_cast<std::uint64_t>(ended)};
    (void)send_all(fd_, &answer, sizeof answer);  // who hangs up is noticed at the end
  }

 private:
  int fd_;
  std::chrono::steady_clock::time_point last_;
};

Outcome answer(int fd, const Request& request, std::optional<chip::Chip>& chip, std::string& text) {
  try {
    if (!chip) chip.emplace(program::platform_from_bytes(request.platform));
    chip::RunOptions options;
    options.images = static_cast<int>(request.images);
    options.trace_path = request.trace_path;
    if (request.tells) options.on_firings = Teller(fd);
    text = program::to_bytes(chip->run(program::program_from_bytes(request.program), options));
    return Outcome::Activity;
  } catch (const EnvironmentError& e) {
    text = e.what();
    return Outcome::Environment;
  } catch (const std::system_error& e) {
    text = e.what();
    return Outcome::Environment;
  } catch (const std::bad_alloc&) {
    text = "out of memory in a chip process";
    return Outcome::Environment;
  } catch (const std::exception& e) {
    text = e.what();
    return Outcome::Internal;
  }
}

/// Elaborates for the first request, runs programs until the parent hangs up or one fails.
[[noreturn]] void serve_chip(int fd) {
  std::optional<chip::Chip> chip;
  Request request;
  Outcome outcome = Outcome::Activity;
  while (outcome == Outcome::Activity && request.receive(fd)) {
    std::string text;
    outcome = answer(fd, request, chip, text);
    const Answer end{outcome, text.size()};
    if (!send_all(fd, &end, sizeof end) || !send_text(fd, text)) break;
  }
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(0);  // no destructors, no atexit: they belong to the parent
}

// --- the template: a small process that forks chip processes and learns how they end ---

/// Command to the template: fork a chip process on the socket that comes along (`pid` 0), or reap one.
struct Command {
  std::int64_t pid = 0;
};

bool send_command(int fd, Command command, int socket) {
  return common::send_with_descriptor(fd, &command, sizeof command, socket);
}

bool receive_command(int fd, Command& command, Descriptor& socket) {
  return common::receive_with_descriptor(fd, &command, sizeof command, socket);
}

/// Forks one chip process; its number, or -1.
pid_t fork_chip(Descriptor& control, const Descriptor& socket) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a long run must not outlive its caller
  if (::getppid() != parent) ::_exit(0);
  control.close();
  serve_chip(socket.get());
}

/// A program that has its own answer to Ctrl-C also decides about its chip processes; without one they end
/// with it.
void leave_interrupts_to_parent() {
  struct sigaction of_parent {};
  ::sigaction(SIGINT, nullptr, &of_parent);
  if (of_parent.sa_handler != SIG_DFL) ::signal(SIGINT, SIG_IGN);
}

[[noreturn]] void serve_template(Descriptor control) {
  leave_interrupts_to_parent();
  common::close_all_but(control.get());
  std::set<pid_t> chips;
  Command command;
  Descriptor socket;
  bool heard = true;
  while (heard && receive_command(control.get(), command, socket)) {
    std::int64_t reply = 0;
    if (command.pid == 0) {
      reply = fork_chip(control, socket);
      if (reply > 0) chips.insert(static_cast<pid_t>(reply));
    } else {
      reply = wait_for(static_cast<pid_t>(command.pid));
      chips.erase(static_cast<pid_t>(command.pid));
    }
    socket.close();
    heard = send_all(control.get(), &reply, sizeof reply);
  }
  for (const pid_t chip : chips) ::kill(chip, SIGKILL);
  for (const pid_t chip : chips) wait_for(chip);
  ::_exit(0);
}

/// What became of a child that gave no answer. Killed from outside is the environment's fault, all else ours.
[[noreturn]] void throw_end(const std::string& who, int status) {
  const std::string text = who + " " + process::end_text(status);
  if (process::ended_from_outside(status)) throw EnvironmentError(text);
  throw InternalError(text);
}

/// Chip processes kept at the same time: sweeps go back and forth between a few structures.
constexpr std::size_t kMostChips = 4;

struct ChipProcess {
  program::Platform platform;
  bool elaborated = false;  ///< it has been sent the platform
  std::int64_t pid = 0;
  Descriptor socket;
};

/// How a run ended, after what is told on the way; nothing if the process is gone.
std::optional<Outcome> receive_outcome(int fd, const OnFirings& on_firings, std::string& text) {
  Answer answer;
  while (receive_all(fd, &answer, sizeof answer)) {
    if (answer.outcome != Outcome::UnderWay) {
      if (receive_text(fd, answer.number, text)) return answer.outcome;
      break;
    }
    on_firings(static_cast<std::int64_t>(answer.number));
  }
  return std::nullopt;
}

/// Collects what arrives at the sink and passes everything on.
class SinkCollector : public program::TaskFunctions {
 public:
  SinkCollector(program::TaskFunctions& inner, int sink) : inner_(inner), sink_(sink) {}
  void receive(int task, int input, int image, int index, const program::Payload& payload) override {
    if (task == sink_) arrived_[{image, input, index}] = payload;
    inner_.receive(task, input, image, index, payload);
  }
  std::vector<program::Payload> fire(int task, int image, int firing) override {
    return inner_.fire(task, image, firing);
  }
  /// Per image the payloads, in order of input and token.
  std::string bytes(int image) const {
    std::string all;
    for (const auto& [key, payload] : arrived_)
      if (key[0] == image) all.append(payload.begin(), payload.end());
    return all;
  }

 private:
  program::TaskFunctions& inner_;
  const int sink_;
  std::map<std::array<int, 3>, program::Payload> arrived_;
};

void append(std::string& all, const std::string& part) {
  const std::uint64_t size = part.size();
  all.append(reinterpret_cast<const char*>(&size), sizeof size);
  all += part;
}

std::string next(const std::string& all, std::size_t& at) {
  std::uint64_t size = 0;
  common::ensure(all.size() - at >= sizeof size, "a chip process sent a broken message");
  std::memcpy(&size, all.data() + at, sizeof size);
  at += sizeof size;
  common::ensure(all.size() - at >= size, "a chip process sent a broken message");
  at += size;
  return all.substr(at - size, size);
}

}  // namespace

struct ChipRunner::Impl {
  Impl() { start_template(); }
  ~Impl() {
    if (::getpid() != owner) return;  // a fork of the owner: the processes are not ours
    end_template();
  }

  void start_template() {
    SocketPair pair;
    owner = ::getpid();
    template_pid = checked_fork();
    if (template_pid == 0) {
      pair.ours.close();
      serve_template(std::move(pair.theirs));
    }
    control = std::move(pair.ours);
  }

  /// The template ends what it has forked, and itself; how it ended.
  int end_template() {
    chips.clear();
    control.close();
    return wait_for(template_pid);
  }

  /// The template's answer, or nothing if it is gone: then its chip processes are gone, too.
  std::optional<std::int64_t> ask(Command command, int socket) {
    std::int64_t reply = 0;
    if (send_command(control.get(), command, socket) && receive_all(control.get(), &reply, sizeof reply))
      return reply;
    return std::nullopt;
  }

  /// How the template ended that is gone; a new one is there for the next run. It is forked from what this
  /// process has grown to, which costs more but nothing else: only chips run in it.
  int replace_template() {
    const int status = end_template();
    start_template();
    return status;
  }

  /// The process with this chip, the most recently used first.
  std::list<ChipProcess>::iterator find_or_fork(const program::Platform& platform) {
    for (auto chip = chips.begin(); chip != chips.end(); ++chip) {
      if (!(chip->platform == platform)) continue;
      chips.splice(chips.begin(), chips, chip);
      return chips.begin();
    }
    if (chips.size() == kMostChips) end(std::prev(chips.end()));
    SocketPair pair;
    auto pid = ask({}, pair.theirs.get());
    if (!pid) {  // killed while nothing ran: nothing is lost
      const int status = replace_template();
      pid = ask({}, pair.theirs.get());
      if (!pid) throw_end("the template of the chip processes", status);
    }
    if (*pid < 0) throw EnvironmentError("cannot start a chip process");
    chips.push_front({platform, false, *pid, std::move(pair.ours)});
    return chips.begin();
  }

  /// Hangs up and reaps; how the process ended, or nothing if the template is gone.
  std::optional<int> end(std::list<ChipProcess>::iterator chip) {
    const std::int64_t pid = chip->pid;
    chips.erase(chip);
    const auto status = ask({pid}, -1);
    if (!status) return std::nullopt;
    return static_cast<int>(*status);
  }

  /// Says how the process ended that gave no answer.
  [[noreturn]] void throw_end_of(std::list<ChipProcess>::iterator chip) {
    if (const auto status = end(chip)) throw_end("the chip process", *status);
    throw_end("the template of the chip processes", replace_template());
  }

  pid_t owner = 0, template_pid = 0;
  Descriptor control;
  std::list<ChipProcess> chips;
};

ChipRunner::ChipRunner() : impl_(std::make_unique<Impl>()) {}
ChipRunner::~ChipRunner() = default;

program::Activity ChipRunner::run(const program::Platform& platform, const program::Program& program,
                                  int images, const std::string& trace_path, const OnFirings& on_firings) {
  common::ensure(::getpid() == impl_->owner, "a ChipRunner used by a fork of the process that made it");
  const auto chip = impl_->find_or_fork(platform);
  const Request request{chip->elaborated ? "" : program::to_bytes(platform), program::to_bytes(program),
                        trace_path, images, on_firings != nullptr};
  chip->elaborated = true;
  std::string text;
  const int fd = chip->socket.get();
  std::optional<Outcome> outcome;
  try {
    if (request.send(fd)) outcome = receive_outcome(fd, on_firings, text);
  } catch (...) {  // who is told wants no more of this run
    ::kill(static_cast<pid_t>(chip->pid), SIGKILL);
    impl_->end(chip);
    throw;
  }
  if (!outcome) impl_->throw_end_of(chip);
  if (*outcome == Outcome::Activity) return program::activity_from_bytes(text);
  impl_->end(chip);  // an interrupted kernel is not used again
  if (*outcome == Outcome::Environment) throw EnvironmentError(text);
  throw InternalError(text);
}

ChipRunner::Functional ChipRunner::run_functional(const program::Platform& platform,
                                                  const program::Program& program, int images,
                                                  program::TaskFunctions& functions) {
  // One job for two workers: a child of this process, which inherits the functions.
  const std::string all = process::run_jobs(1, 2, [&](std::size_t) {
                            SinkCollector collector(functions, program.sink);
                            chip::Chip chip(platform);
                            chip::RunOptions options;
                            options.images = images;
                            options.functions = &collector;
                            std::string bytes;
                            append(bytes, program::to_bytes(chip.run(program, options)));
                            for (int image = 0; image < images; ++image)
                              append(bytes, collector.bytes(image));
                            return bytes;
                          }).front();
  Functional result;
  std::size_t at = 0;
  result.activity = program::activity_from_bytes(next(all, at));
  for (int image = 0; image < images; ++image) {
    const std::string payload = next(all, at);
    result.outputs.emplace_back(payload.begin(), payload.end());
  }
  return result;
}

}  // namespace phasecore::run
