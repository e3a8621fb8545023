#include "sim/chip/router.hpp"

#include <algorithm>
#include <tuple>

#include "sim/chip/host.hpp"

namespace phasecore::chip {

Router::Router(const sc_core::sc_module_name& name, RunState& run) : Machine(name, run), inbox_(*this) {}

bool LinkTimes::operator==(const LinkTimes& o) const {
  return std::tie(clock_ps, latency_ps, router_ps, credit_ps, stores) ==
         std::tie(o.clock_ps, o.latency_ps, o.router_ps, o.credit_ps, o.stores);
}

void Router::expect(int inputs, int outputs, int channels) {
  inputs_.reserve(inputs);
  outputs_.reserve(outputs);
  channels_.reserve(channels);
}

int Router::add_input(const LinkTimes& times, Credits& room) {
  Input& input = inputs_.emplace_back();
  input.times = &times;
  input.sender = &room;
  return static_cast<int>(inputs_.size()) - 1;
}

int Router::add_output(const program::Link& link, const LinkTimes& times) {
  outputs_.emplace_back(link, times, static_cast<int>(channels_.size()));
  channels_.resize(channels_.size() + link.channels);
  return static_cast<int>(outputs_.size()) - 1;
}

void Router::connect(int output, Router& neighbour, int first_input) {
  outputs_[output].neighbour = &neighbour;
  outputs_[output].neighbour_input = first_input;
}

void Router::reset() {
  reset_machine();
  inbox_.reset();
  forks_.clear();
  for (Input& input : inputs_) {
    input.fifo.clear();
    input.read_free_at = 0;
    input.undecided = 0;
  }
  for (Output& output : outputs_) {
    const program::Link& link = *output.use.link;
    for (int c = 0; c < output.channels; ++c) {
      Channel& channel = channel_of(output, c);
      channel.room.reset(*this, link.buffer_flits);
      channel.last_input = static_cast<int>(inputs_.size()) - 1;
    }
    output.free_at = 0;
    output.last_channel = link.channels - 1;
    output.waiting = 0;
    output.only_input = kNoInput;
    output.starts.clear();
    output.use.reset();
  }
}

void Router::expect_way(int input, int output) {
  int& only = outputs_[output].only_input;
  only = only == kNoInput || only == input ? input : kSeveralInputs;
}

void Router::add(Snapshot& snapshot, const Waiting& waiting) {
  snapshot.add_packet(waiting.parcel.packet);
  snapshot.add(waiting.parcel.way);
  snapshot.add(waiting.turn.output * 0x100 + waiting.turn.channel);
}

void Router::add_to(Snapshot& snapshot) const {
  Machine::add_to(snapshot);
  inbox_.add_to(snapshot, [&](const Arrival& arrival) {
    snapshot.add(arrival.input);
    snapshot.add(arrival.copies);
    add(snapshot, arrival.waiting);
  });
  for (const Input& input : inputs_) {
    snapshot.add_due(input.read_free_at);
    snapshot.add(input.undecided);
    snapshot.add_size(input.fifo.size());
    for (std::size_t i = 0; i < input.fifo.size(); ++i) add(snapshot, input.fifo[i]);
  }
  for (const Output& output : outputs_) {
    snapshot.add_due(output.free_at);
    snapshot.add(output.waiting);
    snapshot.add(output.last_channel);
    for (std::size_t i = 0; i < output.starts.size(); ++i) snapshot.add_due(output.starts[i]);
    snapshot.add_size(output.starts.size());
  }
  for (const Channel& channel : channels_) {
    channel.room.add_to(snapshot);
    snapshot.add(channel.last_input);
  }
  snapshot.add_size(forks_.size());
  for (const Fork& fork : forks_) {
    for (const int number : {fork.input, fork.to_come, fork.to_leave}) snapshot.add(number);
    snapshot.add_packet(fork.packet);
    snapshot.add_due(fork.end);
    snapshot.add_size(fork.copies.size());
    for (const Waiting& copy : fork.copies) add(snapshot, copy);
  }
}

/// When a packet whose head comes at `head` can take its turn.
Picoseconds Router::ready(const Input& input, const Turn& turn, int flits, Picoseconds head) const {
  const LinkTimes& link = *input.times;
  // A link with another clock and width takes a packet only when all of it is here.
  const bool whole = outputs_[turn.output].times->stores && !link.stores;
  return head + link.router_ps + (whole ? (flits - 1) * link.clock_ps : 0);
}

/// When a packet leaves if that is known as it comes, else kNever. Where all packets of an output come by one
/// input, they leave in the order in which they came, and nobody else takes the room behind it: of the
/// packets before, and of room, all is known but what still has to be decided elsewhere.
Picoseconds Router::known_start(int input, const Waiting& waiting, Picoseconds ready) {
  const Output& out = outputs_[waiting.turn.output];
  if (out.only_input != input || out.times->latency_ps == 0) return kNever;
  Picoseconds start = std::max({ready, inputs_[input].read_free_at, out.free_at});
  if (out.neighbour != nullptr)
    start = std::max(
        start,
        channel_of(out, waiting.turn.channel).room.available_from(waiting.parcel.flits, run_state().now()));
  return start;
}

/// A packet that need not be arbitrated goes on at once, with the times that it would have, and without an
/// event: true if it does.
bool Router::pass(int input, Parcel parcel, Picoseconds head) {
  Input& in = inputs_[input];
  if (in.undecided > 0 || run_state().tracing()) return false;
  if (is_fork(*parcel.way)) return pass_fork(input, parcel, head);
  const Turn turn = *parcel.way++;
  const Waiting waiting{parcel, turn};
  const Picoseconds when = ready(in, turn, parcel.flits, head), at = known_start(input, waiting, when);
  if (at == kNever) return false;
  leave(in, parcel.flits, start(turn.output, waiting, when, at));
  return true;
}

bool Router::pass_fork(int input, Parcel parcel, Picoseconds head) {
  struct Copy {
    Waiting waiting;
    Picoseconds ready = 0, start = 0;
  };
  constexpr int kMost = 8;
  Copy copies[kMost];
  const Turn* fork = parcel.way;
  const int count = fork->channel;
  if (count > kMost) return false;
  for (int i = 0; i < count; ++i) {
    Copy& copy = copies[i];
    copy.waiting.parcel = parcel;
    copy.waiting.parcel.way = branch(fork, i);
    copy.waiting.turn = *copy.waiting.parcel.way++;
    for (int k = 0; k < i; ++k)  // by two channels of one link
      if (copies[k].waiting.turn.output == copy.waiting.turn.output) return false;
    copy.ready = ready(inputs_[input], copy.waiting.turn, parcel.flits, head);
    copy.start = known_start(input, copy.waiting, copy.ready);
    if (copy.start == kNever) return false;
  }
  Picoseconds end = 0;
  for (int i = 0; i < count; ++i)
    end = std::max(end,
                   start(copies[i].waiting.turn.output, copies[i].waiting, copies[i].ready, copies[i].start));
  leave(inputs_[input], parcel.flits, end);
  return true;
}

/// Returns when the packet's tail has left.
Picoseconds Router::start(int output, const Waiting& waiting, Picoseconds ready, Picoseconds at) {
  Output& out = outputs_[output];
  const int flits = flits_on(out, waiting.parcel);
  out.free_at = at + flits * out.times->clock_ps;
  out.use.carry(flits);
  if (at > ready) {
    (void)out.waiting_at(ready);
    out.starts.push_back(at);
    out.use.queue(out.waiting_at(ready));
  }
  const Picoseconds end = out.free_at;
  hand_over(out, waiting, flits, at);
  return end;
}

int Router::flits_on(const Output& output, const Parcel& parcel) {
  if (!output.times->stores) return parcel.flits;
  return program::flits(*output.use.link, run_state().packets()[parcel.packet].bytes);
}

void Router::accept(int input, Parcel parcel, Picoseconds head) {
  if (pass(input, parcel, head)) return;
  ++inputs_[input].undecided;
  const Turn* turn = parcel.way++;
  if (is_fork(*turn)) return accept_fork(input, parcel, turn, head);
  inbox_.put({input, 0, {parcel, *turn}}, static_cast<std::uint64_t>(input),
             ready(inputs_[input], *turn, parcel.flits, head));
}

void Router::accept_fork(int input, Parcel parcel, const Turn* fork, Picoseconds head) {
  for (int copy = 0; copy < fork->channel; ++copy) {
    parcel.way = branch(fork, copy);
    const Turn turn = *parcel.way++;
    inbox_.put({input, fork->channel, {parcel, turn}}, static_cast<std::uint64_t>(input),
               ready(inputs_[input], turn, parcel.flits, head));
  }
}

/// Copies for links that store come later than the others, but before the next packet.
void Router::copy_arrives(const Arrival& arrival) {
  const int packet = arrival.waiting.parcel.packet;
  const auto newest = std::find_if(forks_.rbegin(), forks_.rend(),
                                   [&](const Fork& fork) { return fork.input == arrival.input; });
  if (newest != forks_.rend() && newest->packet == packet && newest->to_come > 0) {
    --newest->to_come;
    newest->copies.push_back(arrival.waiting);
    return;
  }
  forks_.push_back({arrival.input, packet, arrival.copies - 1, arrival.copies, 0, {arrival.waiting}});
  inputs_[arrival.input].fifo.push_back({arrival.waiting.parcel, {kFork, 0}});
}

Router::Fork& Router::first_fork(int input) {
  return *std::find_if(forks_.begin(), forks_.end(), [&](const Fork& fork) { return fork.input == input; });
}

std::vector<Router::Waiting>::iterator Router::find_copy(Fork& fork, int output, int channel) {
  return std::find_if(fork.copies.begin(), fork.copies.end(), [&](const Waiting& copy) {
    return copy.turn.output == output && copy.turn.channel == channel;
  });
}

Router::Waiting Router::take_copy(int input, int output, int channel) {
  Fork& fork = first_fork(input);
  const auto copy = find_copy(fork, output, channel);
  const Waiting taken = *copy;
  fork.copies.erase(copy);
  return taken;
}

/// The packet's place is free when the last tail has left.
void Router::copy_leaves(int input, Picoseconds end) {
  Fork& fork = first_fork(input);
  fork.end = std::max(fork.end, end);
  if (--fork.to_leave > 0) return;
  leave_first(inputs_[input], fork.end);
  forks_.erase(forks_.begin() + (&fork - forks_.data()));
}

void Router::step(Picoseconds now) {
  for (const Arrival& arrival : inbox_.take(now)) {
    ++outputs_[arrival.waiting.turn.output].waiting;
    if (arrival.copies > 0)
      copy_arrives(arrival);
    else
      inputs_[arrival.input].fifo.push_back(arrival.waiting);
  }
  for (int output = 0; output < static_cast<int>(outputs_.size()); ++output)
    if (outputs_[output].waiting > 0) forward(output, now);
  schedule(now);
}

bool Router::has_room(const Output& output, int channel, int flits, Picoseconds now) {
  return output.neighbour == nullptr || channel_of(output, channel).room.available(now) >= flits;
}

/// The input whose packet is the next for a channel, -1 if none has one.
int Router::next_in_turn(int output, int channel, Picoseconds now) {
  const int last = channel_of(outputs_[output], channel).last_input,
            inputs = static_cast<int>(inputs_.size());
  for (int k = 1; k <= inputs; ++k) {
    const int i = last + k < inputs ? last + k : last + k - inputs;
    const Input& input = inputs_[i];
    if (input.fifo.empty() || input.read_free_at > now) continue;
    const Turn turn = input.fifo.front().turn;
    if (turn.output == output && turn.channel == channel) return i;
    if (!is_fork(turn)) continue;
    Fork& fork = first_fork(i);
    if (find_copy(fork, output, channel) != fork.copies.end()) return i;
  }
  return -1;
}

void Router::forward(int output, Picoseconds now) {
  Output& out = outputs_[output];
  const int last = out.last_channel, channels = out.channels;
  for (int k = 1; k <= channels && out.free_at <= now; ++k) {
    const int channel = last + k < channels ? last + k : last + k - channels;
    const int input = next_in_turn(output, channel, now);
    // T14. Its turn stays its turn while there is no room for it: small packets cannot starve large ones.
    if (input >= 0 && has_room(out, channel, inputs_[input].fifo.front().parcel.flits, now))
      send(input, output, channel, now);
  }
  out.use.queue(out.waiting_at(now));
}

void Router::send(int input, int output, int channel, Picoseconds now) {
  Input& in = inputs_[input];
  Output& out = outputs_[output];
  const bool forks = is_fork(in.fifo.front().turn);
  const Waiting waiting = forks ? take_copy(input, output, channel) : in.fifo.front();
  --out.waiting;
  out.last_channel = channel;
  channel_of(out, channel).last_input = input;
  const LinkTimes& link = *out.times;
  const int flits = flits_on(out, waiting.parcel);
  const Picoseconds through = flits * link.clock_ps;
  out.free_at = now + through;
  if (forks)
    copy_leaves(input, now + through);
  else
    leave_first(in, now + through);
  out.use.carry(flits);
  run_state().record(*out.use.link, waiting.parcel.packet, now, flits);
  hand_over(out, waiting, flits, now);
}

void Router::leave_first(Input& input, Picoseconds end) {
  const int flits = input.fifo.front().parcel.flits;
  input.fifo.pop_front();
  --input.undecided;
  leave(input, flits, end);
}

/// The tail of an input's first packet leaves at `end`.
void Router::leave(Input& input, int flits, Picoseconds end) {
  input.read_free_at = end;
  input.sender->put(flits, end + input.times->credit_ps);
}

void Router::hand_over(Output& out, const Waiting& waiting, int flits, Picoseconds now) {
  const LinkTimes& link = *out.times;
  const Picoseconds last_flit = now + link.latency_ps + (flits - 1) * link.clock_ps;
  if (out.core != nullptr) {
    out.core->put({CoreMessage::Kind::Packet, waiting.parcel.packet}, last_flit);
  } else if (out.host != nullptr) {
    out.host->put(waiting.parcel.packet, last_flit);
  } else {
    channel_of(out, waiting.turn.channel).room.take(waiting.parcel.flits);
    out.neighbour->accept(out.neighbour_input + waiting.turn.channel, waiting.parcel,
                          link.stores ? last_flit : now + link.latency_ps);
  }
}

void Router::schedule(Picoseconds now) {
  for (const Input& input : inputs_) {
    if (input.fifo.empty()) continue;
    if (!is_fork(input.fifo.front().turn)) {
      await(input, input.fifo.front(), now);
      continue;
    }
    for (const Waiting& copy : first_fork(static_cast<int>(&input - inputs_.data())).copies)
      await(input, copy, now);
  }
}

/// To be woken when what is first in an input can leave.
void Router::await(const Input& input, const Waiting& waiting, Picoseconds now) {
  Output& out = outputs_[waiting.turn.output];
  const Picoseconds free_at = std::max(input.read_free_at, out.free_at);
  if (free_at > now)
    wake_at(free_at);
  else if (!has_room(out, waiting.turn.channel, waiting.parcel.flits, now))
    channel_of(out, waiting.turn.channel).room.await(waiting.parcel.flits);
}

std::vector<const LinkUse*> Router::links() const {
  std::vector<const LinkUse*> links;
  for (const Output& output : outputs_)
    if (program::is_listed(*output.use.link)) links.push_back(&output.use);
  return links;
}

bool Router::empty() const {
  return buffered() == 0 && std::all_of(channels_.begin(), channels_.end(),
                                        [](const Channel& channel) { return channel.room.whole(); });
}

int Router::buffered() const {
  int packets = 0;
  for (const Input& input : inputs_) packets += static_cast<int>(input.fifo.size());
  return packets;
}

}  // namespace phasecore::chip
