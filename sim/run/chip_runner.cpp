#include "sim/run/chip_runner.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <list>
#include <map>
#include <optional>
#include <set>

#include "common/bytes.hpp"
#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/process/ending.hpp"
#include "common/process/errors.hpp"
#include "common/process/fork.hpp"
#include "common/process/jobs.hpp"
#include "common/process/message.hpp"
#include "sim/chip/chip.hpp"

namespace phasecore::run {
namespace {

using common::Descriptor;
using common::EnvironmentError;
using common::InternalError;
using process::Ending;
using process::Message;

constexpr char kChipProcess[] = "a chip process";

// --- the child with the chip ---

/// Kind of a message on the way: `number` firings have ended. Any other answer's kind is a process::Ending.
constexpr std::uint64_t kUnderWay = 100;

struct Request {
  std::string platform;  ///< empty: that of the request before
  std::string program, trace_path;
  int images = 0;
  bool tells = false;  ///< wants to hear how the run gets on
  bool extrapolate = true;
};

template <class A>
void serialize(A& a, Request& v) {
  a(v.platform, v.program, v.trace_path, v.images, v.tells, v.extrapolate);
}

/// Sends how many firings have ended: at once, then a few times a second.
class Teller {
 public:
  explicit Teller(int fd) : fd_(fd) {}
  void operator()(std::int64_t ended) {
    constexpr std::chrono::milliseconds kPause{200};
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kPause) return;
    last_ = now;
    (void)process::send(fd_,
                        {static_cast<std::uint64_t>(ended), kUnderWay, ""});  // the end shows who hung up
  }

 private:
  int fd_;
  std::chrono::steady_clock::time_point last_;
};

std::string run_on(std::optional<chip::Chip>& chip, int fd, const std::string& asked) {
  Request request;
  common::from_bytes(asked, "a request to a chip process", request);
  if (!chip) chip.emplace(program::platform_from_bytes(request.platform));
  chip::RunOptions options;
  options.images = request.images;
  options.trace_path = request.trace_path;
  options.extrapolate = request.extrapolate;
  if (request.tells) options.on_firings = Teller(fd);
  return program::to_bytes(chip->run(program::program_from_bytes(request.program), options));
}

/// Elaborates for the first request, runs programs until the parent hangs up or one fails.
[[noreturn]] void serve_chip(int fd) {
  std::optional<chip::Chip> chip;
  Message asked;
  Ending ending = Ending::Result;
  while (ending == Ending::Result && process::receive(fd, asked)) {
    process::Carried carried =
        process::carry([&] { return run_on(chip, fd, asked.content); }, " in a chip process", kChipProcess);
    ending = carried.ending;
    if (!process::send(fd, {0, static_cast<std::uint64_t>(ending), std::move(carried.content)})) break;
  }
  process::leave_child();
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
  process::die_with(parent);  // a long run must not outlive its caller
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
      reply = process::wait_for(static_cast<pid_t>(command.pid));
      chips.erase(static_cast<pid_t>(command.pid));
    }
    socket.close();
    heard = common::send_all(control.get(), &reply, sizeof reply);
  }
  for (const pid_t chip : chips) ::kill(chip, SIGKILL);
  for (const pid_t chip : chips) process::wait_for(chip);
  ::_exit(0);
}

/// What became of a child that gave no answer. Killed from outside is the environment's fault, all else ours.
[[noreturn]] void throw_end(const std::string& who, int status) {
  process::open(process::carry_end(status, who + " " + process::end_text(status)));
  throw InternalError("an end that is none");
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
std::optional<process::Carried> receive_end(int fd, const OnFirings& on_firings) {
  Message answer;
  while (process::receive(fd, answer)) {
    if (answer.kind != kUnderWay) return process::Carried{static_cast<Ending>(answer.kind), answer.content};
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
  program::Payload of(int image) const {
    program::Payload all;
    for (const auto& [key, payload] : arrived_)
      if (key[0] == image) all.insert(all.end(), payload.begin(), payload.end());
    return all;
  }

 private:
  program::TaskFunctions& inner_;
  const int sink_;
  std::map<std::array<int, 3>, program::Payload> arrived_;
};

}  // namespace

struct ChipRunner::Impl {
  Impl() { start_template(); }
  ~Impl() {
    if (::getpid() != owner) return;  // a fork of the owner: the processes are not ours
    end_template();
  }

  void start_template() {
    process::SocketPair pair(kChipProcess);
    owner = ::getpid();
    template_pid = process::fork_flushed(kChipProcess);
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
    return process::wait_for(template_pid);
  }

  /// The template's answer, or nothing if it is gone: then its chip processes are gone, too.
  std::optional<std::int64_t> ask(Command command, int socket) {
    std::int64_t reply = 0;
    if (send_command(control.get(), command, socket) &&
        common::receive_all(control.get(), &reply, sizeof reply))
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
    process::SocketPair pair(kChipProcess);
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
                                  int images, const ChipRun& options) {
  common::ensure(::getpid() == impl_->owner, "a ChipRunner used by a fork of the process that made it");
  const auto chip = impl_->find_or_fork(platform);
  const Request request{chip->elaborated ? "" : program::to_bytes(platform),
                        program::to_bytes(program),
                        options.trace_path,
                        images,
                        options.on_firings != nullptr,
                        options.extrapolate};
  chip->elaborated = true;
  const int fd = chip->socket.get();
  std::optional<process::Carried> ended;
  try {
    if (process::send(fd, {0, 0, common::to_bytes(request)})) ended = receive_end(fd, options.on_firings);
  } catch (...) {  // who is told wants no more of this run
    ::kill(static_cast<pid_t>(chip->pid), SIGKILL);
    impl_->end(chip);
    throw;
  }
  if (!ended) impl_->throw_end_of(chip);
  if (ended->ending != Ending::Result) impl_->end(chip);  // an interrupted kernel is not used again
  return program::activity_from_bytes(process::open(std::move(*ended)));
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
                            const std::string activity = program::to_bytes(chip.run(program, options));
                            std::vector<program::Payload> outputs;
                            for (int image = 0; image < images; ++image)
                              outputs.push_back(collector.of(image));
                            return common::to_bytes(activity, outputs);
                          }).front();
  Functional result;
  std::string activity;
  common::from_bytes(all, "a functional run", activity, result.outputs);
  common::ensure(static_cast<int>(result.outputs.size()) == images, "a functional run of other images");
  result.activity = program::activity_from_bytes(activity);
  return result;
}

}  // namespace phasecore::run
