// What the chip executes: plain data that knows no networks, only tasks, tokens, times and energies.
//
// A *task* sits on one core (or on the host) and fires a fixed number of times per image; a firing visits
// units of the core one after the other. *Streams* carry tokens from one task to another; a token is one
// packet. A token for several receivers is one packet as far as they are on the same way. A firing waits for
// tokens, not for other tasks, so streaming pixels, partial sums, skip connections and LSTM steps are one
// mechanism. The rules that every engine obeys: docs/model/timing.md.
#pragma once

#include <string>
#include <vector>

#include "sim/program/dataflow.hpp"
#include "sim/program/platform.hpp"
#include "sim/program/token_order.hpp"

namespace phasecore::program {

struct Stream {
  int from = 0, to = 0;      ///< tasks
  int bytes = 0;             ///< payload of one token
  int tokens = 0;            ///< per image
  int capacity = 0;          ///< tokens the receiver's buffer holds
  int initial_tokens = 0;    ///< lie in it when a run starts (T2)
  bool streaming = false;    ///< cut through from digital unit to digital unit over dedicated links
  bool partial_sum = false;  ///< carries partial sums (a wait for it is a partial-sum stall)
  bool signal = false;       ///< only says that the receiver may go on: no bytes, no way, no time (T24)
  Route route;               ///< of its packets, from sim/fabric; empty where there are none (T12, T24)
  Picoseconds credit_ps = 0;
  Attojoules token_energy_network = 0, token_energy_host = 0;  ///< moving one token, all hops
  Attojoules token_energy_write = 0;                           ///< writing it into the receiver's memory
};

/// How the firings of several tasks on one core take turns (T7). A period has the turns of one image of each;
/// in period r, the n-th turn of a task with f firings per image and a lag of d is its firing r f + n - d of
/// the run. Turns of firings that the run does not have are skipped.
struct CoreOrder {
  struct Member {
    int task = 0;
    int lag = 0;  ///< firings by which the task is behind
  };
  int core = 0;
  std::vector<Member> members;
  std::vector<int> turns;  ///< of a period, as indices into members
};

/// Streams of one producer that carry the same tokens to several receivers: a channel with many ends. Each
/// has its own buffer, credits and needs; where their routes start alike they share packets (T21). In the
/// order of the producer's outputs.
struct Multicast {
  std::vector<int> streams;
};

struct Program {
  std::vector<std::string> layers;  ///< names, for messages and attribution
  std::vector<Task> tasks;
  std::vector<Stream> streams;
  std::vector<CoreOrder> orders;  ///< of the cores with several tasks
  std::vector<Multicast> multicasts;
  std::vector<Conversion> conversions;  ///< of streams that are read in another order than they are sent
  int source = 0, sink = 0;             ///< the host tasks where an image enters and its logits leave
};

/// Our own invariants of a program on a platform: indices, vector lengths, monotony, capacities large enough
/// for every need, packets that fit buffers, routes that lead from place to place, orders in which the tasks
/// of a core finish. Throws InternalError.
void check(const Program& program, const Platform& platform);

}  // namespace phasecore::program
