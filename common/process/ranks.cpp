#include "common/process/ranks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "common/diagnostics.hpp"
#include "common/process/ending.hpp"
#include "common/process/fork.hpp"
#include "common/program.hpp"

namespace phasecore::process {
namespace {

constexpr char kHelper[] = "phasecore-mpi";

int spoken_errors = -1;  ///< where this process wrote errors before it fell silent

std::optional<int> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  int number = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  if (error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

/// Which variables hold rank and number of ranks, by launcher.
constexpr std::array<std::array<const char*, 2>, 3> kLaunchers = {{
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},  // Open MPI's mpirun
    {"PMI_RANK", "PMI_SIZE"},                          // mpirun of MPICH and Intel, srun --mpi=pmi2
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS"},             // srun --mpi=pmix
}};

/// Programs that are started from here are no ranks.
void forget_launcher() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    for (const std::string_view begin : {"OMPI_", "PMI_", "PMIX_"})
      if (name.substr(0, begin.size()) == begin) names.emplace_back(name);
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

[[noreturn]] void become_helper(const std::string& program, int connection) {
  constexpr int kNumber = 3;  // phasecore-mpi's end of the connection
  constexpr int kCannot = 127;
  if (spoken_errors >= 0) ::dup2(spoken_errors, STDERR_FILENO);
  if (connection == kNumber ? ::fcntl(kNumber, F_SETFD, 0) != 0 : ::dup2(connection, kNumber) < 0)
    ::_exit(kCannot);
  ::execl(program.c_str(), kHelper, static_cast<char*>(nullptr));
  ::_exit(kCannot);
}

}  // namespace

std::optional<Place> launched_place() {
  for (const auto& [rank_variable, size_variable] : kLaunchers) {
    const auto rank = number_in(rank_variable), size = number_in(size_variable);
    if (rank && size && *size > 1 && *rank < *size) return Place{*rank, *size};
  }
  return std::nullopt;
}

void fall_silent() {
  spoken_errors = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const common::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere.get(), stream);
}

Ranks::Ranks(Place place, common::Descriptor connection)
    : place_(place), connection_(std::move(connection)) {}

Ranks::Ranks(Place place) : place_(place) {
  const std::string program = common::find_program(kHelper, "it is built with MPI (-DPHASECORE_MPI=ON)");
  SocketPair pair(kHelper);
  helper_ = fork_flushed(kHelper);
  if (helper_ == 0) become_helper(program, pair.theirs.get());
  pair.theirs.close();
  connection_ = std::move(pair.ours);
  forget_launcher();
  Message begun;
  if (!receive(socket(), begun))
    throw common::EnvironmentError(
        fmt::format("{} {}", kHelper, end_text(wait_for(std::exchange(helper_, -1)))));
  if (begun.number != static_cast<std::uint64_t>(place.rank) || begun.content != std::to_string(place.size))
    throw common::EnvironmentError(fmt::format(
        "the launcher says rank {} of {}, MPI says rank {} of {}: {} is built with another MPI than "
        "the launcher's",
        place.rank, place.size, begun.number, begun.content, kHelper));
}

Ranks::~Ranks() {
  // Who ends by an error says so first: phasecore-mpi notices the end when the process has ended, and may
  // then have all ranks killed.
  if (helper_ > 0) connection_.release();
}

void Ranks::send(int to, const Message& message) {
  // Who is gone shows that in next().
  (void)process::send(socket(), {static_cast<std::uint64_t>(to), static_cast<std::uint64_t>(Envelope::Post),
                                 to_bytes(message)});
}

Ranks::Arrived Ranks::next() {
  Message envelope;
  Inbox::Found found = inbox_.take(envelope);
  if (found == Inbox::Found::Nothing && !heard_end_) {
    heard_end_ = !inbox_.read(socket());
    found = inbox_.take(envelope);
  }
  if (found == Inbox::Found::Nothing && !heard_end_) return {};
  Arrived arrived;
  arrived.from = static_cast<int>(envelope.number);
  if (found == Inbox::Found::One) {
    switch (static_cast<Envelope>(envelope.kind)) {
      case Envelope::Lost:
        arrived.event = Event::Lost;
        return arrived;
      case Envelope::Over:
        arrived.event = Event::Over;
        return arrived;
      case Envelope::Post: {
        Inbox inner;
        inner.add(envelope.content.data(), envelope.content.size());
        arrived.event = Event::Message;
        if (inner.take(arrived.message) == Inbox::Found::One && inner.empty()) return arrived;
        break;
      }
      default:
        break;
    }
  }
  throw common::EnvironmentError(fmt::format("{}, which speaks with the other ranks, is gone", kHelper));
}

std::unique_ptr<Ranks> join_ranks() {
  const auto place = launched_place();
  return place ? std::make_unique<Ranks>(*place) : nullptr;
}

void Ranks::leave() {
  (void)process::send(socket(), {0, static_cast<std::uint64_t>(Envelope::Leave), ""});
  if (helper_ > 0) wait_for(std::exchange(helper_, -1));
}

}  // namespace phasecore::process
