// What all modules share while one program runs.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "sim/chip/alarm.hpp"
#include "sim/chip/chip.hpp"
#include "sim/chip/kernel.hpp"
#include "sim/chip/packet.hpp"
#include "sim/chip/recorder.hpp"
#include "sim/program/multicast.hpp"

namespace phasecore::chip {

/// A time that is not known yet.
constexpr Picoseconds kNever = std::numeric_limits<Picoseconds>::max();

class Snapshot;
class TokenChannel;

class RunState {
 public:
  explicit RunState(const program::Platform& platform);
  ~RunState();

  /// An empty chip, `program` and time 0.
  void begin(const program::Program& program, const RunOptions& options);
  void add_channel(std::unique_ptr<TokenChannel> channel);
  /// Hands over what the initial tokens hold.
  void give_initial_values();

  /// As of the last process that ran, or look_at_clock().
  Picoseconds now() const { return now_; }
  void look_at_clock() { now_ = kernel_now() - start_; }
  Picoseconds kernel_time_of(Picoseconds time) const { return start_ + time; }
  const program::Platform& platform() const { return platform_; }
  /// The link on which the packets of a stream start.
  const program::Link& first_link(int stream) const {
    return platform_.links[program_->streams[stream].route.front().link];
  }
  const program::Program& program() const { return *program_; }
  const program::Multicasts& multicasts() const { return multicasts_; }
  const RunOptions& options() const { return options_; }
  bool tracing() const { return !options_.trace_path.empty(); }
  /// Null: nobody is told what happens.
  Recorder* recorder() const { return recorder_; }
  void set_recorder(Recorder* recorder) { recorder_ = recorder; }
  /// Tells that a packet takes a link.
  void record(const program::Link& link, int packet, Picoseconds start, int flits) {
    if (recorder_ == nullptr) return;
    const auto index = static_cast<int>(&link - platform_.links.data());
    recorder_->packet_moves(index, packets_[packet].stream, start, start + flits * link.clock_ps);
  }
  /// The source has sent all of its images before this one.
  void image_entered(std::int64_t image) {
    if (on_image_) on_image_(image);
  }
  /// Who is told of that; or nobody.
  void set_on_image(std::function<void(std::int64_t image)> on_image) { on_image_ = std::move(on_image); }
  /// From now on the run has so many images.
  void end_with(int images) { options_.images = images; }
  void add_to(Snapshot& snapshot);

  TokenChannel& channel(int stream) { return *channels_[stream]; }
  PacketPool& packets() { return packets_; }
  Alarm& alarm() { return alarm_; }

  /// A packet for the next token of a stream, and of those whose tokens it carries (its payload comes with
  /// the end of the firing).
  int make_packet(int stream);
  /// A packet has reached a core, or the host: counts the tokens for it, hands their value over, and frees
  /// the packet when nobody else waits for it.
  void deliver(int packet, int at);
  /// How a packet gets to a core, or the host, in no time.
  using Handover = std::function<void(int packet, int at)>;
  void set_handover(Handover handover) { handover_ = std::move(handover); }
  /// The next token of a stream without a way: it stays (T12), or is a signal (T24).
  void pass_on(int stream, const program::Payload& payload);
  /// What the task computes in this firing, or nothing when the run carries no values.
  std::vector<program::Payload> fire(int task, std::int64_t firing);

  void fail(std::exception_ptr what);
  bool failed() const { return failure_ != nullptr; }
  void rethrow_failure() const;

  /// A process runs: counts it, and says when.
  Picoseconds begin_activation();
  std::uint64_t activations() const { return activations_; }
  void made_progress(Picoseconds at);  ///< a firing ended, a packet was injected or a token arrived
  std::uint64_t progress() const { return progress_; }
  Picoseconds end() const { return end_; }

 private:
  struct Consumer {
    int task = 0, input = 0;
  };

  void deliver_copies(int packet, int at);
  void receive(int stream, std::int64_t token, const program::Payload& payload);
  void hand_over(int stream, std::int64_t token, const program::Payload& payload);

  const program::Platform platform_;
  const program::Program* program_ = nullptr;
  program::Multicasts multicasts_;
  RunOptions options_;
  Picoseconds start_ = 0, end_ = 0, now_ = 0, instant_ = -1;
  std::vector<std::unique_ptr<TokenChannel>> channels_;
  std::vector<Consumer> consumers_;  ///< of each stream
  PacketPool packets_;
  Alarm alarm_{"alarm"};
  Handover handover_;
  std::function<void(std::int64_t)> on_image_;
  Recorder* recorder_ = nullptr;
  std::exception_ptr failure_;
  std::uint64_t activations_ = 0, progress_ = 0, activations_of_instant_ = 0;
};

}  // namespace phasecore::chip
