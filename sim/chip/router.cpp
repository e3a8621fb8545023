#include "sim/chip/router.hpp"

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
  for (Input& input : inputs_) {
    input.fifo.clear();
    input.read_free_at = 0;
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
    output.use.reset();
  }
}

void Router::accept(int input, Parcel parcel, Picoseconds head) {
  const LinkTimes& link = *inputs_[input].times;
  const Turn turn = *parcel.way++;
  Picoseconds ready = head + link.router_ps;
  // A link with another clock and width takes a packet only when all of it is here.
  if (outputs_[turn.output].times->stores && !link.stores) ready += (parcel.flits - 1) * link.clock_ps;
  inbox_.put({input, {parcel, turn}}, static_cast<std::uint64_t>(input), ready);
}

void Router::step(Picoseconds now) {
  for (const Arrival& arrival : inbox_.take(now)) {
    inputs_[arrival.input].fifo.push_back(arrival.waiting);
    ++outputs_[arrival.waiting.turn.output].waiting;
  }
  for (int output = 0; output < static_cast<int>(outputs_.size()); ++output)
    if (outputs_[output].waiting > 0) forward(output, now);
  schedule(now);
}

bool Router::has_room(const Output& output, const Waiting& waiting, Picoseconds now) {
  return output.neighbour == nullptr ||
         channel_of(output, waiting.turn.channel).room.available(now) >= waiting.parcel.flits;
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
  }
  return -1;
}

void Router::forward(int output, Picoseconds now) {
  Output& out = outputs_[output];
  const int last = out.last_channel, channels = out.channels;
  for (int k = 1; k <= channels && out.free_at <= now; ++k) {
    const int input = next_in_turn(output, last + k < channels ? last + k : last + k - channels, now);
    // T14. Its turn stays its turn while there is no room for it: small packets cannot starve large ones.
    if (input >= 0 && has_room(out, inputs_[input].fifo.front(), now)) send(input, output, now);
  }
  out.use.queue(out.waiting);
}

void Router::send(int input, int output, Picoseconds now) {
  Input& in = inputs_[input];
  Output& out = outputs_[output];
  const Waiting waiting = in.fifo.front();
  in.fifo.pop_front();
  --out.waiting;
  out.last_channel = waiting.turn.channel;
  channel_of(out, out.last_channel).last_input = input;
  const LinkTimes& link = *out.times;
  int flits = waiting.parcel.flits;
  if (link.stores) flits = program::flits(*out.use.link, run_state().packets()[waiting.parcel.packet].bytes);
  const Picoseconds through = flits * link.clock_ps;
  in.read_free_at = out.free_at = now + through;
  in.sender->put(waiting.parcel.flits, now + through + in.times->credit_ps);
  out.use.carry(flits);
  hand_over(out, waiting, flits, now);
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
    const Waiting& first = input.fifo.front();
    Output& out = outputs_[first.turn.output];
    const Picoseconds free_at = std::max(input.read_free_at, out.free_at);
    if (free_at > now)
      wake_at(free_at);
    else if (!has_room(out, first, now))
      channel_of(out, first.turn.channel).room.await(first.parcel.flits);
  }
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
