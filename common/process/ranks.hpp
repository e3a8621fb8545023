// The ranks that mpirun or srun has started, as one of them sees the others.
//
// The process itself never speaks MPI. A program beside it, phasecore-mpi, does, and passes messages on over
// a socket: so whoever forks here forks no MPI, what it computes keeps no rank from being heard of, and
// PhaseCore needs no MPI library where it is not used.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/descriptor.hpp"
#include "common/process/message.hpp"

namespace phasecore::process {

struct Place {
  int rank = 0, size = 1;
};

/// The place that a launcher of MPI programs has given this process; nothing in a plain run, or where there
/// is one rank. Open MPI's mpirun, MPICH's and Intel's, and srun with --mpi=pmix or pmi2 say so in the
/// environment. srun and sbatch without MPI do not.
std::optional<Place> launched_place();

/// From now on this process prints nothing; phasecore-mpi still says what is wrong with MPI.
void fall_silent();

class Ranks {
 public:
  /// Joins the others: starts phasecore-mpi, takes the launcher's variables out of the environment (what this
  /// process starts is no rank). Call it before the process grows.
  /// Throws EnvironmentError when there is no phasecore-mpi, or MPI does not begin.
  explicit Ranks(Place place);
  /// With whoever is at the other end of the connection in the place of phasecore-mpi.
  Ranks(Place place, common::Descriptor connection);
  /// Whoever has not left is missed when its process ends: rank 0 by all, which end; another one by rank 0.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  /// For poll(): something may have arrived.
  int socket() const { return connection_.get(); }

  void send(int to, const Message& message);

  /// What arrives: a message, or that a rank is lost (rank 0 hears it of any), or that all is over (the
  /// others hear it of rank 0).
  enum class Event { Nothing, Message, Lost, Over };
  struct Arrived {
    Event event = Event::Nothing;
    int from = 0;
    Message message;
  };
  /// The next of what has arrived; never waits. Throws EnvironmentError when phasecore-mpi is gone.
  Arrived next();

  /// Rank 0: all is over for everybody. Others: this rank goes, and is not missed.
  void leave();

 private:
  Place place_;
  common::Descriptor connection_;
  Inbox inbox_;
  pid_t helper_ = -1;
  bool heard_end_ = false;
};

/// The others, or nothing in a plain run.
std::unique_ptr<Ranks> join_ranks();

/// What passes between a rank and its phasecore-mpi: `number` is the other rank, `kind` one of these.
enum class Envelope : std::uint64_t {
  Ready,  ///< from phasecore-mpi: MPI has begun, and this is rank `number`; of how many says the content
  Post,   ///< a message for or from a rank: the content is its bytes
  Lost,   ///< from phasecore-mpi: this rank has ended, or is not heard of
  Over,   ///< rank 0 to all
  Leave   ///< to phasecore-mpi: this rank goes
};

}  // namespace phasecore::process
