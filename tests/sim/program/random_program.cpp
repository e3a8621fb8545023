#include "random_program.hpp"

#include <algorithm>
#include <numeric>

#include "common/diagnostics.hpp"
#include "common/random.hpp"
#include "link_use.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/fabric/dedicated.hpp"

namespace phasecore::test {
namespace {

using program::kHost;
using program::Picoseconds;
using program::Stream;
using program::Task;
using program::TaskKind;

class Generator {
 public:
  Generator(std::uint64_t seed, std::uint32_t attempt, const RandomOptions& options) : options_(options) {
    key_.seed = seed;
    key_.instance = attempt;
    key_.layer = (options.mesh ? 1 : 0) + (options.contended ? 2 : 0) + (options.torus ? 4 : 0) +
                 8 * (options.chips - 1);
  }

  RandomProgram make() {
    make_layout();
    shuffle_cores();
    p_.layers = {"layer0"};
    p_.source = add_host_task(range(1, 12));
    nodes_.push_back({p_.source, {}, true});
    const int layers = range(1, 6);
    for (int i = 0; i < layers; ++i) add_layer();
    add_sink();
    p_.layers.push_back("shared");
    p_.tasks[p_.source].layer = p_.tasks[p_.sink].layer = static_cast<int>(p_.layers.size()) - 1;
    fit_buffers();
    return {layout_, p_, range(1, 4)};
  }

 private:
  struct Node {
    int task;                         ///< whose outputs the next layers read
    std::vector<std::uint8_t> emits;  ///< empty: every firing
    bool leaf;
  };

  int range(int low, int high) {
    return low + static_cast<int>(
                     common::uniform_index(key_, draws_++, static_cast<std::uint32_t>(high - low + 1)));
  }
  bool chance(int percent) { return range(1, 100) <= percent; }
  template <class T>
  T pick(std::initializer_list<T> of) {
    return *(of.begin() + range(0, static_cast<int>(of.size()) - 1));
  }

  void make_layout() {
    grid_.columns = range(2, 5);
    grid_.rows = range(2, 5);
    network_.topology = !options_.mesh ? "dedicated" : options_.torus ? "torus" : "mesh";
    network_.clock_ps = pick({1000, 2500, 700});
    network_.flit_bytes = options_.contended ? pick({1, 2, 4}) : pick({1, 4, 16, 32});
    network_.header_flits = range(0, 2);
    network_.link_latency_cycles = range(1, 3);
    network_.router_latency_cycles = range(0, 5);
    host_.link = options_.mesh && chance(85) ? config::HostLink::Shared : config::HostLink::PerCore;
    const int host_core = range(0, grid_.columns * grid_.rows - 1);
    host_.column = host_core % grid_.columns;
    host_.row = host_core / grid_.columns;
    host_.clock_ps = pick({1000, 2500, 900});
    host_.bytes_per_cycle = pick({1, 4, 16, 32});
    host_.latency_cycles = range(1, 20);
    if (options_.chips > 1) join_chips();
  }

  void join_chips() {
    config::Chips& chips = layout_.chip.chips.emplace();
    chips.count = options_.chips;
    chips.row = range(0, grid_.rows - 1);
    chips.link_clock_ps = pick({1000, 2500, 300});
    chips.link_bytes_per_cycle = pick({1, 4, 16});
    chips.link_latency_cycles = range(1, 20);
  }

  void shuffle_cores() {
    free_cores_.resize(layout_.cores());
    std::iota(free_cores_.begin(), free_cores_.end(), 0);
    for (int i = static_cast<int>(free_cores_.size()) - 1; i > 0; --i)
      std::swap(free_cores_[i], free_cores_[range(0, i)]);
    hub_ = range(0, layout_.cores() - 1);
  }

  int add_host_task(int firings) {
    Task t;
    t.kind = TaskKind::Host;
    t.firings = firings;
    p_.tasks.push_back(t);
    return static_cast<int>(p_.tasks.size()) - 1;
  }

  int add_core_task(int layer, int firings) {
    Task t;
    t.layer = layer;
    t.core = free_cores_.back();
    free_cores_.pop_back();
    t.kind = chance(80) ? TaskKind::Mvm : TaskKind::Digital;
    t.firings = firings;
    // Packets meet less often when firings are rarer; where firings are quicker than packets, the port
    // decides.
    const int scale = chance(25) ? 1 : options_.contended ? 50 : 200;
    Picoseconds load = 0, mvm = 0;
    if (t.kind == TaskKind::Mvm) {
      load = chance(50) ? range(1, 40'000) : 0;
      mvm = range(1, 3'000) * scale;
      t.rows = range(1, 256);
      t.columns = range(1, 256);
      t.macs = t.rows * t.columns;
    }
    const int digital = range(1, 2'000) * scale;
    const int pipeline = range(0, digital);
    t.visits = {program::load_visit(load), program::crossbar_visit(mvm, chance(50)),
                program::digital_visit(digital, pipeline)};
    for (auto& energy : t.visits.back().energy) energy = range(0, 1'000'000);
    p_.tasks.push_back(t);
    return static_cast<int>(p_.tasks.size()) - 1;
  }

  /// Tokens of an image a consumer may have needed and no longer needs, firing by firing.
  void windows(program::Input& in, int firings, int tokens, bool need_all) {
    in.need.resize(firings);
    for (auto& n : in.need) n = range(0, tokens);
    std::sort(in.need.begin(), in.need.end());
    if (need_all || chance(80)) in.need.back() = tokens;  // else the last tokens are never needed
    in.need.back() =
        std::max(in.need.back(), 1);  // a consumer that needs nothing would run ahead of its image
    std::int32_t released = 0;
    for (int i = 0; i < firings; ++i) {
      // mostly what this firing needed; sometimes what only a skipped window would have
      const int most = chance(25) && i + 1 < firings ? in.need[i + 1] : in.need[i];
      released = range(released, std::max(released, static_cast<std::int32_t>(most)));
      in.release.push_back(released);
    }
    in.release.back() = tokens;
  }

  static int least_capacity(const program::Input& in) {
    int least = 1;
    for (std::size_t i = 0; i < in.need.size(); ++i)
      least = std::max(least, in.need[i] - (i ? in.release[i - 1] : 0));
    return least;
  }

  int sent(const Node& node) const {
    const int firings = p_.tasks[node.task].firings;
    return node.emits.empty()
               ? firings
               : firings - static_cast<int>(std::count(node.emits.begin(), node.emits.end(), 0));
  }

  /// The cores of a stream's way over circuits, none where it takes another.
  std::vector<int> circuits_of(const Stream& s) {
    const int from = p_.tasks[s.from].core, to = p_.tasks[s.to].core;
    if (options_.mesh || from == kHost || to == kHost) return {};
    const int over = options_.contended ? hub_ : range(0, layout_.cores() - 1);
    std::vector<int> cores = {from, to};
    if (over != from && over != to && (options_.contended || chance(40))) cores = {from, over, to};
    for (std::size_t i = 1; i < cores.size(); ++i) layout_.circuits.push_back({cores[i - 1], cores[i]});
    return cores;
  }

  /// When all circuits are known.
  void set_routes() {
    if (options_.mesh || layout_.circuits.empty()) {
      p_ = layout_.routed(std::move(p_));
      return;
    }
    const fabric::Dedicated fabric(layout_.chip, layout_.circuits);
    for (std::size_t i = 0; i < p_.streams.size(); ++i) {
      Stream& s = p_.streams[i];
      s.route = cores_of_[i].empty() ? fabric.route(p_.tasks[s.from].core, p_.tasks[s.to].core)
                                     : fabric.route_over(cores_of_[i]);
    }
  }

  void connect(Node& producer, int consumer, program::Input in, bool partial_sum) {
    Stream s;
    s.from = producer.task;
    s.to = consumer;
    s.bytes = range(1, options_.contended ? 200 : 64);
    s.tokens = sent(producer);
    s.capacity = least_capacity(in) + (chance(60) ? range(0, 2) : range(0, 2 * s.tokens));
    s.partial_sum = partial_sum;
    s.streaming = partial_sum && !options_.mesh && chance(80);
    s.credit_ps = chance(80) ? range(0, 30'000) : 0;
    s.token_energy_network = range(0, 1'000'000);
    s.token_energy_host = range(0, 1'000'000);
    s.token_energy_write = range(0, 1'000'000);
    cores_of_.push_back(circuits_of(s));
    in.stream = static_cast<int>(p_.streams.size());
    p_.streams.push_back(s);
    p_.tasks[consumer].inputs.push_back(std::move(in));
    p_.tasks[producer.task].outputs.push_back({static_cast<int>(p_.streams.size()) - 1, producer.emits});
    producer.leaf = false;
  }

  void connect_window(Node& producer, int consumer, int unit, bool need_all) {
    program::Input in;
    in.visit = p_.tasks[consumer].core == kHost ? 0 : unit;
    windows(in, p_.tasks[consumer].firings, sent(producer), need_all);
    connect(producer, consumer, std::move(in), false);
  }

  /// A chain of 1 to 4 cores (or a relay on the host) that reads an earlier layer, perhaps with a skip from
  /// another one.
  void add_layer() {
    const int before = static_cast<int>(nodes_.size());
    const int producer = chance(70) ? before - 1 : range(0, before - 1);
    const int firings = range(1, 12);
    const int layer = static_cast<int>(p_.layers.size());
    const bool relay = producer != 0 && chance(options_.mesh ? 5 : 40);
    const int hops =
        relay ? 0 : std::min<int>(chance(50) ? 1 : range(2, 4), static_cast<int>(free_cores_.size()));
    if (!relay && hops == 0) return;
    p_.layers.push_back("layer" + std::to_string(layer));
    Node last{};
    if (relay) {
      last.task = add_host_task(firings);
      p_.tasks[last.task].layer = layer;
      connect_window(nodes_[producer], last.task, program::kLoad, false);
    }
    for (int hop = 0; hop < hops; ++hop) {
      const int task = add_core_task(layer, firings);
      connect_window(nodes_[producer], task, program::kLoad, false);
      if (hop > 0) {
        program::Input in;
        in.visit = program::kDigital;
        in.need.resize(firings);
        std::iota(in.need.begin(), in.need.end(), 1);
        in.release = in.need;
        connect(last, task, std::move(in), true);
      }
      last = {task, {}, true};
    }
    if (before > 1 && chance(30))
      connect_window(nodes_[range(0, before - 1)], last.task, program::kDigital, false);
    if (chance(40)) {  // a pool: some firings complete nothing
      last.emits.assign(firings, 0);
      for (auto& e : last.emits) e = chance(40);
      last.emits[range(0, firings - 1)] = 1;
    }
    last.leaf = true;
    nodes_.push_back(last);
  }

  void add_sink() {
    p_.sink = add_host_task(range(1, 3));
    for (auto& node : nodes_)
      if (node.leaf) connect_window(node, p_.sink, program::kLoad, true);
  }

  void fit_buffers() {
    int largest = 1;
    for (const auto& s : p_.streams) largest = std::max(largest, layout_.flits(s.bytes));
    network_.buffer_flits = options_.contended ? largest + range(0, 2 * largest) : 64 * largest;
    set_routes();
  }

  RandomOptions options_;
  common::RandomKey key_;
  std::uint64_t draws_ = 0;
  Layout layout_;
  config::Grid& grid_ = layout_.chip.grid;
  config::Interconnect& network_ = layout_.chip.network;
  config::Host& host_ = layout_.chip.host;
  program::Program p_;
  std::vector<std::vector<int>> cores_of_;  ///< of each stream
  std::vector<Node> nodes_;
  std::vector<int> free_cores_;
  int hub_ = 0;
};

/// Buffers that are too tight for paths that meet again would deadlock: a whole image and more never does.
void widen_if_stuck(RandomProgram& r) {
  try {
    analytic::run(r.program, r.platform(), r.images);
  } catch (const common::InternalError&) {
    for (auto& s : r.program.streams) s.capacity = std::max(s.capacity, s.tokens);
    analytic::run(r.program, r.platform(), r.images);
  }
}

}  // namespace

RandomProgram random_program(std::uint64_t seed, const RandomOptions& options) {
  for (std::uint32_t attempt = 0; attempt < 500; ++attempt) {
    RandomProgram r = Generator(seed, attempt, options).make();
    program::check(r.program, r.platform());
    widen_if_stuck(r);
    if (nobody_meets(r.program, r.platform(), r.images) != options.contended) return r;
  }
  throw common::InternalError("no random program with the asked-for property for seed " +
                              std::to_string(seed));
}

}  // namespace phasecore::test
