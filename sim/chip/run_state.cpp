#include "sim/chip/run_state.hpp"

#include "common/diagnostics.hpp"
#include "sim/chip/snapshot.hpp"
#include "sim/chip/token_channel.hpp"

namespace phasecore::chip {
namespace {

/// Process activations in one instant beyond which time is taken to stand still.
constexpr std::uint64_t kMostActivationsOfAnInstant = 10'000'000;

int core_of(const program::Program& program, int task) {
  return program.tasks[task].core;
}

}  // namespace

RunState::RunState(const program::Platform& platform) : platform_(platform) {}
RunState::~RunState() = default;

void RunState::begin(const program::Program& program, const RunOptions& options) {
  program_ = &program;
  multicasts_ = program::Multicasts(program, platform_);
  options_ = options;
  start_ = kernel_now();
  end_ = now_ = 0;
  instant_ = -1;
  channels_.clear();
  consumers_.assign(program.streams.size(), {});
  for (int t = 0; t < static_cast<int>(program.tasks.size()); ++t)
    for (int i = 0; i < static_cast<int>(program.tasks[t].inputs.size()); ++i)
      consumers_[program.tasks[t].inputs[i].stream] = {t, i};
  packets_.reset();
  alarm_.reset();
  failure_ = nullptr;
  activations_ = progress_ = activations_of_instant_ = 0;
}

void RunState::add_channel(std::unique_ptr<TokenChannel> channel) {
  channels_.push_back(std::move(channel));
}

void RunState::add_to(Snapshot& snapshot) {
  for (const auto& channel : channels_) channel->add_to(snapshot);
  snapshot.add_due(end_);
  alarm_.add_to(snapshot);
}

int RunState::make_packet(int stream) {
  const program::Stream& s = program_->streams[stream];
  const int id = packets_.acquire();
  Packet& packet = packets_[id];
  packet.stream = stream;
  packet.token = channels_[stream]->next_token();
  packet.to_deliver = 1;
  for (const int other : multicasts_.carried_by(stream)) {
    if (other == stream) continue;
    channels_[other]->next_token();
    ++packet.to_deliver;
  }
  packet.source = core_of(*program_, s.from);
  packet.target = core_of(*program_, s.to);
  packet.bytes = s.bytes;
  packet.flits = program::flits(platform_, s.bytes);
  return id;
}

void RunState::deliver(int id, int at) {
  const Packet& packet = packets_[id];
  if (packet.to_deliver > 1 || packet.target != at) return deliver_copies(id, at);
  receive(packet.stream, packet.token, packet.payload);
  packets_.release(id);
}

/// T21. Tokens of a packet have other numbers in streams that start with others.
void RunState::deliver_copies(int id, int at) {
  Packet& packet = packets_[id];
  const std::vector<program::Stream>& streams = program_->streams;
  for (const int stream : multicasts_.carried_by(packet.stream)) {
    if (core_of(*program_, streams[stream].to) != at) continue;
    receive(stream, packet.token - streams[packet.stream].initial_tokens + streams[stream].initial_tokens,
            packet.payload);
    --packet.to_deliver;
  }
  if (packet.to_deliver == 0) packets_.release(id);
}

void RunState::pass_on(int stream, const program::Payload& payload) {
  const program::Stream& s = program_->streams[stream];
  const int to = core_of(*program_, s.to);
  if (core_of(*program_, s.from) == to) return receive(stream, channels_[stream]->next_token(), payload);
  handover_(make_packet(stream), to);  // into another process, which sees it a delta cycle later
}

void RunState::receive(int stream, std::int64_t token, const program::Payload& payload) {
  channels_[stream]->arrive(token, now());
  if (recorder_ != nullptr) recorder_->token_arrives(stream, now());
  made_progress(now());
  if (options_.functions == nullptr || program_->streams[stream].signal) return;
  hand_over(stream, token, payload);
}

void RunState::hand_over(int stream, std::int64_t token, const program::Payload& payload) {
  const int tokens = program_->streams[stream].tokens;
  const Consumer& consumer = consumers_[stream];
  const auto image = static_cast<int>(token / tokens);
  if (image < options_.images)  // the last tokens of a stream that started with some are never used
    options_.functions->receive(consumer.task, consumer.input, image, static_cast<int>(token % tokens),
                                payload);
}

void RunState::give_initial_values() {
  if (options_.functions == nullptr) return;
  for (int stream = 0; stream < static_cast<int>(program_->streams.size()); ++stream)
    for (int token = 0; !program_->streams[stream].signal && token < program_->streams[stream].initial_tokens;
         ++token)
      hand_over(stream, token, options_.functions->initial(stream, token));
}

std::vector<program::Payload> RunState::fire(int task, std::int64_t firing) {
  const program::Task& t = program_->tasks[task];
  if (options_.functions == nullptr) return std::vector<program::Payload>(t.outputs.size());
  auto values = options_.functions->fire(task, static_cast<int>(firing / t.firings),
                                         static_cast<int>(firing % t.firings));
  common::ensure(values.size() == t.outputs.size(),
                 "task " + std::to_string(task) + " fired " + std::to_string(values.size()) +
                     " values instead of " + std::to_string(t.outputs.size()));
  return values;
}

void RunState::fail(std::exception_ptr what) {
  if (!failure_) failure_ = std::move(what);
}

void RunState::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
}

Picoseconds RunState::begin_activation() {
  ++activations_;
  if (now_ != instant_) {
    instant_ = now_;
    activations_of_instant_ = 0;
  }
  if (++activations_of_instant_ >=
      kMostActivationsOfAnInstant)  // not ensure(): its text would be made every time
    throw common::InternalError("time stands still at " + std::to_string(now_) + " ps");
  return now_;
}

void RunState::made_progress(Picoseconds at) {
  ++progress_;
  end_ = std::max(end_, at);
}

}  // namespace phasecore::chip
