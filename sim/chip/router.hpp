// A router: input buffers, virtual cut-through, stored routes (T13, T14), round robin per output and
// channel; copies of packets for several receivers (T22).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/chip/core.hpp"
#include "sim/chip/link_use.hpp"
#include "sim/chip/ways.hpp"

namespace phasecore::chip {

class Host;

/// What routers need to know of a packet, taken along so that no hop has to look it up.
struct Parcel {
  int packet = 0, flits = 0;
  const Turn* way = nullptr;  ///< of the next router on
};

/// The times of links. Nearly all links of a platform share them, so that they are at hand in a chip of many
/// routers, which leaves the caches.
struct LinkTimes {
  explicit LinkTimes(const program::Link& link)
      : clock_ps(link.clock_ps),
        latency_ps(link.latency_ps),
        router_ps(link.router_ps),
        credit_ps(link.credit_ps),
        stores(program::stores(link)) {}
  bool operator==(const LinkTimes& other) const;

  Picoseconds clock_ps, latency_ps, router_ps, credit_ps;
  bool stores;
};

class Router : public Machine {
 public:
  Router(const sc_core::sc_module_name& name, RunState& run);

  // Elaboration. Inputs and outputs are numbered as they are added, which is the order in which they are
  // served. There will be as many of them, and of virtual channels behind the outputs:
  void expect(int inputs, int outputs, int channels);
  /// A virtual channel of a link into this router; `room` is what its sender knows of the buffer there.
  int add_input(const LinkTimes& times, Credits& room);
  int add_output(const program::Link& link, const LinkTimes& times);
  void connect(int output, Router& neighbour, int first_input);
  void connect(int output, Core& core) { outputs_[output].core = &core; }
  void connect(int output, Host& host) { outputs_[output].host = &host; }
  Credits& room(int output, int channel) { return channel_of(outputs_[output], channel).room; }

  void reset();
  /// For this run: some packets that come by `input` leave by `output`.
  void expect_way(int input, int output);
  /// The input of the neighbour behind an output's virtual channel.
  int input_behind(int output, int channel) const { return outputs_[output].neighbour_input + channel; }
  void add_to(Snapshot& snapshot) const override;
  /// The head of a packet reaches an input at `head`; where the link stores, the whole packet. The sender has
  /// made sure that there is room for all of it.
  void accept(int input, Parcel parcel, Picoseconds head);

  /// The links that leave this router, but for the one to its core.
  std::vector<const LinkUse*> links() const;
  /// All room that was taken from neighbours has been given back.
  bool empty() const;
  int buffered() const;

 private:
  struct Waiting {
    Parcel parcel;
    Turn turn;
  };
  struct Arrival {
    int input = 0;
    int copies = 0;  ///< of the packet, this being one of them; 0: it does not fork here
    Waiting waiting;
  };
  /// A packet that leaves by several outputs, each time when there is room (T22). In the input's queue stands
  /// one turn, a fork, for all of them.
  struct Fork {
    int input = 0, packet = 0;
    int to_come = 0, to_leave = 0;  ///< copies
    Picoseconds end = 0;            ///< of the last tail so far
    std::vector<Waiting> copies;
  };
  struct Input {
    const LinkTimes* times = nullptr;
    Credits* sender = nullptr;  ///< who knows how much room is here
    Ring<Waiting> fifo;
    Picoseconds read_free_at = 0;
    int undecided = 0;  ///< packets, here or on their way, of which it is open when they leave
  };
  /// Virtual: packets of one never wait for room that those of another have taken.
  struct Channel {
    Credits room;  ///< in the neighbour's buffer, flits
    int last_input = 0;
  };
  struct Output {
    Output(const program::Link& link, const LinkTimes& t, int first)
        : times(&t), use(link), first_channel(first), channels(link.channels) {}

    const LinkTimes* times;
    Router* neighbour = nullptr;
    Core* core = nullptr;
    Host* host = nullptr;
    Picoseconds free_at = 0;
    LinkUse use;
    int neighbour_input = 0;  ///< of the first channel
    int waiting = 0;
    int first_channel, channels;  ///< in channels_
    int last_channel = 0;         ///< counted from the first one
    int only_input = kNoInput;    ///< by which all packets come that leave here in this run
    Ring<Picoseconds> starts;     ///< of packets that wait and of which it is known when they leave

    int waiting_at(Picoseconds now) {
      while (!starts.empty() && starts.front() <= now) starts.pop_front();
      return waiting + static_cast<int>(starts.size());
    }
  };
  static constexpr int kNoInput = -1, kSeveralInputs = -2;

  void step(Picoseconds now) override;
  static void add(Snapshot& snapshot, const Waiting& waiting);
  void forward(int output, Picoseconds now);
  int next_in_turn(int output, int channel, Picoseconds now);
  void send(int input, int output, int channel, Picoseconds now);
  static void leave_first(Input& input, Picoseconds end);
  static void leave(Input& input, int flits, Picoseconds end);
  void hand_over(Output& output, const Waiting& waiting, int flits, Picoseconds now);
  void schedule(Picoseconds now);
  void await(const Input& input, const Waiting& waiting, Picoseconds now);
  Channel& channel_of(const Output& output, int channel) { return channels_[output.first_channel + channel]; }
  bool has_room(const Output& output, int channel, int flits, Picoseconds now);
  Picoseconds ready(const Input& input, const Turn& turn, int flits, Picoseconds head) const;

  bool pass(int input, Parcel parcel, Picoseconds head);
  bool pass_fork(int input, Parcel parcel, Picoseconds head);
  Picoseconds known_start(int input, const Waiting& waiting, Picoseconds ready);
  Picoseconds start(int output, const Waiting& waiting, Picoseconds ready, Picoseconds at);
  int flits_on(const Output& output, const Parcel& parcel);
  void accept_fork(int input, Parcel parcel, const Turn* fork, Picoseconds head);
  void copy_arrives(const Arrival& arrival);
  Fork& first_fork(int input);
  std::vector<Waiting>::iterator find_copy(Fork& fork, int output, int channel);
  Waiting take_copy(int input, int output, int channel);
  void copy_leaves(int input, Picoseconds end);

  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::vector<Channel> channels_;  ///< of all outputs; stay where they are
  std::vector<Fork> forks_;        ///< in the order in which they came
  Mailbox<Arrival> inbox_;
};

}  // namespace phasecore::chip
