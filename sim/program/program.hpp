// What the chip executes: plain data that knows no networks, only tasks, tokens, times and energies.
//
// A *task* sits on one core (or on the host) and fires a fixed number of times per image. *Streams* carry
// tokens from one task to another; a token is one packet. A firing waits for tokens, not for other tasks, so
// streaming pixels, partial sums, skip connections and LSTM steps are one mechanism. At most one task per
// core; any number on the host.
//
// Timing of firing g (counted over all images) of a task on a core - the rules that every engine obeys:
//   load_start    = latest of: all Load inputs hold their needed tokens; load_end(g-1); mvm_start(g-1)
//                   (the input register is double-buffered)
//   load_end      = load_start + load_ps; then Load tokens below release[] are freed
//   mvm_start     = latest of: load_end; mvm_end(g-1); digital_end(g - (overlap ? 2 : 1))
//   mvm_end       = mvm_start + mvm_ps
//   digital_start = latest of: mvm_end; digital_end(g-1); needed Digital tokens are there (streaming streams:
//                   their head is there); every stream that emits in this firing has a credit; all packets of
//                   firing g-2 have been injected (two output registers)
//   digital_end   = latest of: digital_start + digital_ps; for streaming inputs tail arrival + pipeline_ps;
//                   then Digital tokens below release[] are freed
// A free token's credit is usable by the producer credit_ps later. A producer starts with `capacity` credits.
// The packets of one firing are injected one after the other, in the order of `outputs`, through the core's
// single injection port, firings in order. A packet is ready at digital_end; on a *streaming* stream
// (dedicated links) its injection may start at digital_start + pipeline_ps and ends no earlier than
// digital_end.
//
// Packets go from link to link as platform.hpp says, over the links of the stream's `route`; the sender's
// port is busy for their F cycles on the first one. In the way: a link carries one packet at a time; a router
// forwards a packet when its output link is free and the next input buffer has room for all of it (virtual
// cut-through); a circuit starts when all its links will be free by the time its head gets there, and without
// `streaming` a token is there with its tail. The host has a link of its own for each way into the chip.
//
// Host tasks take no time of their own (load = mvm = digital = 0), have no output registers to wait for, and
// inject in order of (time, task, firing).
//
// docs/decisions/011-timing-rules.md spells out what this leaves open (credits, host links, ends, stalls).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/platform.hpp"

namespace phasecore::program {

using common::Attojoules;

enum class Phase : std::uint8_t { Load, Digital };

/// What firing i of an image needs from one stream; both vectors have one entry per firing, non-decreasing.
struct Input {
  int stream = 0;
  Phase phase = Phase::Load;
  std::vector<std::int32_t> need;     ///< tokens of this image that must have arrived
  std::vector<std::int32_t> release;  ///< tokens of this image no later firing needs
};

/// Which firings send a token on a stream. Empty mask: all of them.
struct Output {
  int stream = 0;
  std::vector<std::uint8_t> emits;
};

enum class Component : std::uint8_t { Array, Dac, Adc, Digital, Memory, Network, Host, Static };
constexpr int kComponents = 8;
const char* name_of(Component component);  ///< report key: "array", ...
using EnergySplit = std::array<Attojoules, kComponents>;

enum class TaskKind : std::uint8_t { Mvm, Digital, Host };

struct Task {
  int layer = 0;  ///< index into Program::layers, for attribution
  int core = kHost;
  TaskKind kind = TaskKind::Mvm;
  int firings = 0;  ///< per image
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  Picoseconds load_ps = 0, mvm_ps = 0, digital_ps = 0, pipeline_ps = 0;
  bool overlap = false;         ///< a conversion may overlap the next multiplication
  EnergySplit firing_energy{};  ///< one firing: array, dac, adc, digital, memory reads
  std::int64_t macs = 0;        ///< one firing
  int rows = 0, columns = 0;    ///< of the crossbar in use (0 for digital tasks)
};

struct Stream {
  int from = 0, to = 0;      ///< tasks
  int bytes = 0;             ///< payload of one token
  int tokens = 0;            ///< per image
  int capacity = 0;          ///< tokens the receiver's buffer holds
  bool streaming = false;    ///< cut through from digital unit to digital unit over dedicated links
  bool partial_sum = false;  ///< carries partial sums (a wait for it is a partial-sum stall)
  Route route;               ///< the way of its packets, from sim/fabric; empty from the host to the host
  Picoseconds credit_ps = 0;
  Attojoules token_energy_network = 0, token_energy_host = 0;  ///< moving one token, all hops
  Attojoules token_energy_write = 0;                           ///< writing it into the receiver's memory
};

struct Program {
  std::vector<std::string> layers;  ///< names, for messages and attribution
  std::vector<Task> tasks;
  std::vector<Stream> streams;
  int source = 0, sink = 0;  ///< the host tasks where an image enters and its logits leave
};

/// Our own invariants of a program on a platform: indices, vector lengths, monotony, capacities large enough
/// for every need, packets that fit buffers, routes that lead from place to place, one task per core. Throws
/// InternalError.
void check(const Program& program, const Platform& platform);

}  // namespace phasecore::program
