#include "widened_program.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "common/random.hpp"
#include "link_use.hpp"
#include "sim/mapping/capacities.hpp"
#include "sim/mapping/layer_serial.hpp"
#include "sim/mapping/order_tasks.hpp"

namespace phasecore::test {
namespace {

using program::kHost;

class Widening {
 public:
  enum Mechanisms { kSharingAndLoops, kAll, kAllInWaves };
  Widening(RandomProgram& r, std::uint64_t seed, bool contended, Mechanisms mechanisms)
      : r_(r), p_(r.program), contended_(contended), mechanisms_(mechanisms) {
    key_.seed = seed;
    key_.layer = 8 + mechanisms;
    for (int t = 0; t < static_cast<int>(p_.tasks.size()); ++t)
      if (p_.tasks[t].core != kHost) on_cores_.push_back(t);
  }

  void run() {
    share_cores();
    visit_gates();
    for (const int task : on_cores_)
      if (chance(30)) add_self_loop(task);
    if (on_cores_.size() > 1 && chance(50)) add_feedback();
    if (mechanisms_ != kSharingAndLoops) {
      add_multicasts();
      add_conversions();
    }
    if (mechanisms_ == kAllInWaves) {
      for (int signals = range(0, 3); signals > 0; --signals) add_signal();
      run_in_waves();
    }
    for (auto& stream : p_.streams) stream.capacity = 0;
    set_routes();
    p_.orders = mapping::order_tasks(p_, r_.platform());
    const auto least = mapping::least_capacities(p_);
    for (std::size_t s = 0; s < p_.streams.size(); ++s)
      p_.streams[s].capacity = std::max(least[s], 1) + range(0, contended_ ? 2 : p_.streams[s].tokens);
  }

 private:
  int range(int low, int high) {
    return low + static_cast<int>(
                     common::uniform_index(key_, draws_++, static_cast<std::uint32_t>(high - low + 1)));
  }
  bool chance(int percent) { return range(1, 100) <= percent; }
  int any_task() { return on_cores_[range(0, static_cast<int>(on_cores_.size()) - 1)]; }

  void share_cores() {
    for (const int task : on_cores_)
      if (chance(50)) p_.tasks[task].core = p_.tasks[any_task()].core;
  }

  void visit_gates() {
    r_.units.push_back("gate");
    for (const int task : on_cores_) {
      if (!chance(30)) continue;
      program::Visit gate = program::digital_visit(range(1, 40'000), 0);
      gate.unit = program::kStandardUnits;
      gate.registers = range(1, 3);
      p_.tasks[task].visits.push_back(gate);
      // What streams out does so at the last visit; let whole packets leave instead.
      for (auto& stream : p_.streams)
        if (stream.from == task) stream.streaming = false;
    }
  }

  int random_visit(int task) { return range(0, p_.tasks[task].steps() - 1); }

  void connect(int from, int to, int initial, program::Input input, program::Output output) {
    program::Stream stream;
    stream.from = from;
    stream.to = to;
    stream.bytes = range(1, 64);
    stream.tokens = input.release.back();
    stream.initial_tokens = initial;
    stream.credit_ps = chance(50) ? range(0, 30'000) : 0;
    input.stream = output.stream = static_cast<int>(p_.streams.size());
    input.visit = random_visit(to);
    p_.streams.push_back(stream);
    p_.tasks[to].inputs.push_back(std::move(input));
    p_.tasks[from].outputs.push_back(std::move(output));
  }

  /// A state: every firing needs what the one before left; kept from image to image, or begun anew in each.
  void add_self_loop(int task) {
    const int firings = p_.tasks[task].firings;
    const bool kept = firings == 1 || chance(50);
    program::Input input;
    for (int i = 0; i < firings; ++i) input.need.push_back(kept ? i + 1 : i);
    input.release = input.need;
    program::Output output;
    if (!kept) {
      output.emits.assign(firings, 1);
      output.emits.back() = 0;
    }
    connect(task, task, kept ? range(1, 2) : 0, std::move(input), std::move(output));
  }

  /// What a later task sends an earlier one for the next image.
  void add_feedback() {
    const int a = any_task(), b = any_task();
    const int from = std::max(a, b), to = std::min(a, b);
    const int tokens = p_.tasks[from].firings;
    program::Input input;
    for (int i = 0; i < p_.tasks[to].firings; ++i) input.need.push_back(range(0, tokens));
    std::sort(input.need.begin(), input.need.end());
    input.release = input.need;
    input.release.back() = tokens;
    connect(from, to, tokens, std::move(input), {});
  }

  void add_multicasts() {
    for (const int task : on_cores_)
      if (chance(40)) add_multicast(task);
    if (chance(40)) add_multicast(p_.source);
  }

  /// What a task sends one receiver it sends others, too; those before it, or itself, have it an image later.
  void add_multicast(int from) {
    auto& outputs = p_.tasks[from].outputs;
    const program::Output output = outputs[range(0, static_cast<int>(outputs.size()) - 1)];
    program::Multicast multicast{{output.stream}};
    for (int receivers = range(1, 4); receivers > 0; --receivers) {
      const int to = any_task(), tokens = p_.streams[output.stream].tokens;
      program::Input input;
      for (int i = 0; i < p_.tasks[to].firings; ++i) input.need.push_back(range(0, tokens));
      std::sort(input.need.begin(), input.need.end());
      input.release = input.need;
      input.release.back() = tokens;
      multicast.streams.push_back(static_cast<int>(p_.streams.size()));
      connect(from, to, to <= from || chance(20) ? tokens : 0, std::move(input), output);
      p_.streams.back().bytes = p_.streams[output.stream].bytes;
    }
    p_.multicasts.push_back(std::move(multicast));
  }

  void add_conversions() {
    for (const int task : on_cores_)
      for (program::Input& input : p_.tasks[task].inputs)
        if (chance(40)) add_conversion(input);
  }

  /// The receiver counts pixels in another order than they come in.
  void add_conversion(program::Input& input) {
    const program::Stream& stream = p_.streams[input.stream];
    std::vector<int> rows;
    for (int n = 2; n < stream.tokens; ++n)
      if (stream.tokens % n == 0) rows.push_back(n);
    // In a loop within an image a firing would need what a later one sends.
    const bool loop = stream.from >= stream.to && stream.initial_tokens < stream.tokens;
    if (rows.empty() || stream.streaming || loop || stream.initial_tokens % stream.tokens != 0) return;
    program::Conversion c;
    c.stream = input.stream;
    const int height = rows[range(0, static_cast<int>(rows.size()) - 1)], width = stream.tokens / height;
    c.sent = program::raster_order(height, width);
    c.read = {height, width, range(1, height), range(1, width)};
    if (chance(30)) c.sent.tile_columns = range(1, width);
    if (chance(50)) std::swap(c.sent, c.read);
    if (program::pixels_of(c.sent) == program::pixels_of(c.read)) return;
    c.need = input.need;
    c.release = input.release;
    c.token_ps = chance(80) ? range(1, 5'000) : 0;
    const program::Reach reach = program::as_they_come(c);
    input.need = reach.need;
    input.release = reach.release;
    p_.conversions.push_back(std::move(c));
  }

  /// A task tells a later one, or the source a task, now and then to go on.
  void add_signal() {
    const int a = chance(20) ? p_.source : any_task(), b = any_task();
    const int from = std::min(a, b), to = std::max(a, b);
    if (from == to) return;
    const int tokens = p_.tasks[from].firings;
    program::Input input;
    for (int i = 0; i < p_.tasks[to].firings; ++i) input.need.push_back(range(0, tokens));
    std::sort(input.need.begin(), input.need.end());
    input.release = input.need;
    input.release.back() = tokens;
    connect(from, to, 0, std::move(input), {});
    p_.streams.back().bytes = 0;
    p_.streams.back().signal = true;
  }

  void run_in_waves() {
    std::vector<std::vector<int>> waves(p_.layers.size());
    for (const int task : on_cores_) waves[p_.tasks[task].layer].push_back(task);
    waves.erase(std::remove_if(waves.begin(), waves.end(), [](const auto& wave) { return wave.empty(); }),
                waves.end());
    mapping::run_in_waves(p_, waves, static_cast<int>(p_.layers.size()) - 1);
  }

  void set_routes() {
    for (auto& stream : p_.streams) {
      if (stream.signal) continue;
      const int from = p_.tasks[stream.from].core, to = p_.tasks[stream.to].core;
      stream.streaming = stream.streaming && from != to;
      if (!r_.layout.chip.network.has_routers() && from != to && from != kHost && to != kHost)
        r_.layout.circuits.push_back({from, to});
    }
    p_ = r_.layout.routed(std::move(p_));
  }

  RandomProgram& r_;
  program::Program& p_;
  const bool contended_;
  const Mechanisms mechanisms_;
  common::RandomKey key_;
  std::uint64_t draws_ = 0;
  std::vector<int> on_cores_;
};

RandomProgram widened(std::uint64_t seed, const RandomOptions& options, Widening::Mechanisms mechanisms) {
  constexpr std::uint64_t kAttempts = 100, kSeeds = 100'000;
  for (std::uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    RandomProgram r = random_program(seed + attempt * kSeeds, options);
    Widening(r, seed + attempt * kSeeds, options.contended, mechanisms).run();
    program::check(r.program, r.platform());
    if (nobody_meets(r.program, r.platform(), r.images) != options.contended) return r;
  }
  throw common::InternalError("no widened program with the asked-for property for seed " +
                              std::to_string(seed));
}

}  // namespace

RandomProgram widened_program(std::uint64_t seed, const RandomOptions& options) {
  return widened(seed, options, Widening::kSharingAndLoops);
}

RandomProgram mixed_program(std::uint64_t seed, const RandomOptions& options) {
  return widened(seed, options, Widening::kAll);
}

RandomProgram program_in_waves(std::uint64_t seed, const RandomOptions& options) {
  return widened(seed, options, Widening::kAllInWaves);
}

}  // namespace phasecore::test
