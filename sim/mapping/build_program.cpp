#include "sim/mapping/build_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/diagnostics.hpp"
#include "sim/mapping/capacities.hpp"
#include "sim/mapping/costs.hpp"
#include "sim/mapping/layer_serial.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/program/multicast.hpp"

namespace phasecore::mapping {
namespace {

using program::Task;
using program::TaskKind;

/// A task that delivers channels [begin, end) of a value, of the blocks of one of its senders.
struct Emitter {
  int task = 0, begin = 0, end = 0;
  int sender = 0;
  std::vector<std::uint8_t> mask = {};  ///< at which of its firings; empty: all
};

/// A stage's output, or the image, as tokens: one per block.
struct Value {
  std::vector<Emitter> emitters;
  Blocks blocks;
};

/// Of an emitter's firings those that send one of its tokens [0, all) that is in `sent`.
std::vector<std::uint8_t> sending(const Emitter& emitter, const Blocks& blocks,
                                  const std::vector<int>& sent) {
  const int all = blocks.count_of(emitter.sender);
  if (static_cast<int>(sent.size()) == all) return emitter.mask;
  std::vector<std::uint8_t> mask = emitter.mask;
  if (mask.empty()) mask.assign(static_cast<std::size_t>(all), 1);
  std::size_t next = 0;
  int block = emitter.sender;
  for (std::uint8_t& sends : mask) {
    if (sends == 0) continue;
    if (next < sent.size() && sent[next] == block)
      ++next;
    else
      sends = 0;
    block += blocks.senders;
  }
  return mask;
}

class Builder {
 public:
  Builder(const Mapping& mapping, const config::Chip& chip, const fabric::Fabric& fabric)
      : mapping_(mapping), chip_(chip), fabric_(fabric), is_lean_(is_shared_out(mapping)) {}

  BuiltProgram run() {
    built_.units = fabric_.platform().units;
    for (const Stage& stage : mapping_.stages)
      program().layers.push_back(
          stage.parts == 1 ? stage.name : fmt::format("{} {}/{}", stage.name, stage.part + 1, stage.parts));
    program().layers.push_back("shared");
    add_source();
    for (int s = 0; s < stages(); ++s) add_stage(s);
    add_sink();
    send_untouched();
    refuse_unread();
    if (is_lean_)
      for (const Task& task : program().tasks) send_together(task);
    set_costs_of_streams();
    if (chip_.mapping.schedule != config::Schedule::Pipelined) run_in_turn();
    for (Task& task : program().tasks) set_memory_read_costs(task, program().streams, chip_);
    set_orders_and_capacities(program(), fabric_.platform(), chip_, mapping_);
    program::Platform platform = fabric_.platform();
    platform.units = built_.units;
    program::check(program(), platform);
    return std::move(built_);
  }

 private:
  program::Program& program() { return built_.program; }
  int stages() const { return static_cast<int>(mapping_.stages.size()); }
  int shared() const { return stages(); }
  bool host_between() const { return chip_.host.interlayer == config::Interlayer::Host; }
  Value& value_of(int stage) { return values_[stage + 1]; }  // kNetworkInput is -1

  int add_task(TaskKind kind, int core, int layer, int firings, const TaskOrigin& origin) {
    Task task;
    task.kind = kind;
    task.core = core;
    task.layer = layer;
    task.firings = firings;
    program().tasks.push_back(std::move(task));
    built_.tasks.push_back(origin);
    return static_cast<int>(program().tasks.size()) - 1;
  }

  int add_host_task(int stage, int firings, TaskRole role) {
    return add_task(TaskKind::Host, program::kHost, stage < 0 ? shared() : stage, firings, {stage, -1, role});
  }

  void add_source() {
    const Raster image = raster_of(mapping_.input_shape);
    program().source = add_host_task(-1, image.pixels(), TaskRole::Source);
    values_.push_back({{{program().source, 0, image.channels}}, {image}});
  }

  void add_sink() {
    const StageInput all{stages() - 1, mapping_.stages.back().out_shape};
    const Raster logits = raster_of(all.shape);
    program().sink = add_host_task(-1, logits.pixels(), TaskRole::Sink);
    read(all, program().sink, 0, pixel_reads(logits.pixels()), 0, logits.channels);
  }

  static program::StandardUnit visit_of(const StreamOrigin& origin) {
    return origin.input == 0 ? program::kLoad : program::kDigital;
  }

  /// A replica whose pixels no window touches, behind strides beyond the kernel, sends them to one of those
  /// that read the others; one that sees nothing but zeros receives what its neighbours read.
  void send_untouched() {
    for (const Skipped& skipped : skipped_) {
      if (!program().tasks[skipped.from.task].outputs.empty() && !program().tasks[skipped.to].inputs.empty())
        continue;
      const Blocks& all = skipped.origin.plane;
      TokenReads tokens;
      tokens.blocks = token_reads(all, skipped.from.sender, {}, false).blocks;
      const std::int64_t firings = program().tasks[skipped.to].firings;
      const std::int64_t count = all.count_of(skipped.from.sender);
      for (std::int64_t i = 1; i <= firings; ++i)
        tokens.need.push_back(static_cast<std::int32_t>((count * i + firings - 1) / firings));
      tokens.release = tokens.need;
      connect(skipped.from.task, skipped.to, visit_of(skipped.origin), std::move(tokens), skipped.bytes,
              skipped.from.mask, skipped.origin);
    }
  }

  /// Columns that a core of their own computes, while a Slice leaves them out.
  void refuse_unread() const {
    common::Diagnostics diagnostics;
    for (std::size_t t = 0; t < built_.program.tasks.size(); ++t)
      if (built_.program.tasks[t].outputs.empty() && static_cast<int>(t) != built_.program.sink)
        diagnostics.add({}, fmt::format("network '{}': nobody reads what core {} computes of layer '{}'",
                                        mapping_.network, built_.program.tasks[t].core,
                                        built_.program.layers[built_.program.tasks[t].layer]));
    diagnostics.raise_if_any();
  }

  /// Readers of the same channels and blocks get the same packets.
  void send_together(const Task& task) {
    const auto is_same = [&](const program::Output& a, const program::Output& b) {
      const StreamOrigin &first = built_.streams[a.stream], &other = built_.streams[b.stream];
      return first.channel_begin == other.channel_begin && first.channel_end == other.channel_end &&
             first.blocks == other.blocks && a.emits == b.emits;
    };
    const auto& outputs = task.outputs;
    std::vector<bool> taken(outputs.size(), false);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (taken[i] || built_.streams[outputs[i].stream].kind != TokenKind::Pixel) continue;
      program::Multicast same{{outputs[i].stream}};
      for (std::size_t j = i + 1; j < outputs.size(); ++j) {
        if (taken[j] || !is_same(outputs[i], outputs[j])) continue;
        taken[j] = true;
        same.streams.push_back(outputs[j].stream);
      }
      if (same.streams.size() > 1) program().multicasts.push_back(std::move(same));
    }
  }

  void set_costs_of_streams() {
    const program::Platform& platform = fabric_.platform();
    const program::Multicasts multicasts(program(), platform);
    const auto core_of = [&](int task) { return program().tasks[task].core; };
    for (std::size_t s = 0; s < program().streams.size(); ++s) {
      program::Stream& stream = program().streams[s];
      set_stream_costs(stream, core_of(stream.from), core_of(stream.to), platform, chip_,
                       multicasts.shared(static_cast<int>(s)));
    }
  }

  /// The tasks on cores, by wave.
  std::vector<std::vector<int>> waves() {
    const bool one_by_one = chip_.mapping.schedule == config::Schedule::CrossbarSerial;
    const std::vector<int> wave_of = waves_of(mapping_.stages);
    std::vector<std::vector<int>> waves;
    for (std::size_t t = 0; t < built_.tasks.size(); ++t) {
      if (program().tasks[t].core == program::kHost) continue;
      const std::size_t wave =
          one_by_one ? waves.size() : static_cast<std::size_t>(wave_of[built_.tasks[t].stage]);
      waves.resize(std::max(waves.size(), wave + 1));
      waves[wave].push_back(static_cast<int>(t));
    }
    return waves;
  }

  void run_in_turn() {
    built_.waves = waves();
    if (built_.waves.empty()) return;  // the host does everything
    mapping::run_in_waves(program(), built_.waves, shared());
    TaskOrigin starter;
    starter.role = TaskRole::Starter;
    built_.tasks.resize(program().tasks.size(), starter);
    StreamOrigin signal;
    signal.kind = TokenKind::Signal;
    built_.streams.resize(program().streams.size(), signal);
  }

  /// `unit`: where a firing on a core needs the tokens.
  void connect(int from, int to, program::StandardUnit unit, TokenReads reads, int bytes,
               std::vector<std::uint8_t> mask, StreamOrigin origin) {
    program::Stream stream;
    stream.from = from;
    stream.to = to;
    stream.bytes = bytes;
    stream.tokens = static_cast<int>(reads.blocks.size());
    stream.partial_sum = origin.kind == TokenKind::PartialSum;
    const int from_core = program().tasks[from].core, to_core = program().tasks[to].core;
    stream.route = fabric_.route(from_core, to_core);
    stream.streaming = !stream.route.empty() &&
                       fabric_.platform().links[stream.route.front().link].kind == program::LinkKind::Circuit;
    check_packet(stream);
    const int index = static_cast<int>(program().streams.size());
    program().streams.push_back(std::move(stream));
    if (origin.kind == TokenKind::Pixel || origin.kind == TokenKind::State)
      origin.blocks = std::move(reads.blocks);
    built_.streams.push_back(std::move(origin));
    program().tasks[from].outputs.push_back({index, std::move(mask)});
    const int visit = to_core == program::kHost ? 0 : unit;
    program().tasks[to].inputs.push_back({index, visit, std::move(reads.need), std::move(reads.release)});
  }

  /// The chip's checks allow for what crossbars take and give; a digital layer may send wider pixels.
  void check_packet(const program::Stream& stream) {
    const program::Platform& platform = fabric_.platform();
    const int flits = program::flits(platform, stream.bytes);
    for (const program::Step& step : stream.route) {
      const program::Link& link = platform.links[step.link];
      if (program::enters_router(link) && flits > link.buffer_flits)
        throw common::InputError(fmt::format(
            "chip '{}': network.buffer_flits = {} cannot hold a packet of {} flits ({} bytes) from "
            "'{}' to '{}'",
            chip_.name, link.buffer_flits, flits, stream.bytes, layer_of(stream.from), layer_of(stream.to)));
    }
  }

  const std::string& layer_of(int task) { return program().layers[program().tasks[task].layer]; }

  /// `task` reads as its `input` channels [begin, end) of what it sees there, from all that have some.
  void read(const StageInput& from, int task, int input, const Reads& reads, int begin, int end) {
    int place = 0;
    for (const ChannelPart& part : parts_of(from)) {
      const int shift = part.begin - place;
      place += part.end - part.begin;
      StreamOrigin origin;
      origin.stage = part.stage;
      origin.input = input;
      origin.place = -shift;
      const ChannelPart seen{part.stage, std::max(begin + shift, part.begin),
                             std::min(end + shift, part.end)};
      read_part(seen, task, counted_in(value_of(part.stage).blocks, from.shape, reads), origin);
    }
  }

  /// `origin.place`: of the stage's channel 0 in what the task sees.
  void read_part(const ChannelPart& part, int task, const Reads& reads, StreamOrigin origin) {
    const bool fp16 = part.stage == stages() - 1 && chip_.numbers.logits_fp16;
    const Value& value = value_of(part.stage);
    const int first_place = origin.place;
    origin.plane = value.blocks;
    for (const Emitter& e : value.emitters) {
      origin.channel_begin = std::max(part.begin, e.begin);
      origin.channel_end = std::min(part.end, e.end);
      const int width = origin.channel_end - origin.channel_begin;
      if (width <= 0) continue;
      origin.place = first_place + origin.channel_begin;
      TokenReads tokens = token_reads(value.blocks, e.sender, reads, is_lean_);
      const int bytes = width * value.blocks.height * value.blocks.width * (fp16 ? 2 : 1);
      if (tokens.blocks.empty()) {
        skipped_.push_back({e, task, bytes, origin});
        continue;
      }
      std::vector<std::uint8_t> mask = sending(e, value.blocks, tokens.blocks);
      connect(e.task, task, visit_of(origin), std::move(tokens), bytes, std::move(mask), origin);
    }
  }

  void add_stage(int s) {
    const Stage& stage = mapping_.stages[s];
    Value value;
    value.blocks = {raster_of(stage.out_shape)};
    const MvmWork* mvm = in_crossbars(stage);
    const bool on_host = mvm == nullptr && stage.core == program::kHost;
    if (on_host)
      add_host_stage(s, value);
    else if (mvm != nullptr)
      add_crossbars(s, value);
    else
      add_digital(s, value);
    values_.push_back(std::move(value));
    if (host_between() && !on_host && s + 1 < stages()) add_collector(s);
  }

  void add_host_stage(int s, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const int task = add_host_task(s, stage.firings(), TaskRole::HostStage);
    for (int input = 0; input < inputs_of(stage); ++input) read_input(stage, input, task);
    value.emitters.push_back({task, 0, raster_of(stage.out_shape).channels});
  }

  /// Between the host and a core travels what the core's registers take: rows of the input vector. -1 where
  /// the cores read pixels.
  int add_sender(int s, const Reads& reads, int replica) {
    if (!host_between()) return -1;
    const Stage& stage = mapping_.stages[s];
    common::ensure(inputs_of(stage) == 1, "mapping: the host sends cores one input vector");
    const int task = add_host_task(s, static_cast<int>(reads.spans.size()), TaskRole::Send);
    built_.tasks[task].replica = replica;
    read(stage.inputs[0], task, 0, reads, 0, raster_of(stage.inputs[0].shape).channels);
    return task;
  }

  /// The host keeps the outputs of a stage for all who read them.
  void add_collector(int s) {
    const Raster out = raster_of(mapping_.stages[s].out_shape);
    const int task = add_host_task(s, out.pixels(), TaskRole::Collect);
    read({s, mapping_.stages[s].out_shape}, task, 0, pixel_reads(out.pixels()), 0, out.channels);
    value_of(s) = {{{task, 0, out.channels}}, {out}};
  }

  static int inputs_of(const Stage& stage) { return static_cast<int>(stage.inputs.size()); }
  /// All channels of an input.
  void read_input(const Stage& stage, int input, int task) {
    const StageInput& from = stage.inputs[input];
    read(from, task, input, stage.reads(input), 0, raster_of(from.shape).channels);
  }

  /// One token per firing.
  static TokenReads each(int firings) {
    Blocks line;
    line.plane.width = firings;
    return token_reads(line, 0, pixel_reads(firings), false);
  }

  /// Rows of the input vector of an MVM.
  void read_rows(int s, int sender, int task, const Reads& reads, int row_begin, int row_end) {
    const Stage& stage = mapping_.stages[s];
    if (sender >= 0)
      return connect(sender, task, program::kLoad, each(program().tasks[task].firings), row_end - row_begin,
                     {}, {s, row_begin, row_end, TokenKind::Rows});
    const int per_channel = stage.as<MvmWork>()->rows_per_channel(stage);
    read(stage.inputs[0], task, 0, reads, row_begin / per_channel, (row_end + per_channel - 1) / per_channel);
  }

  void add_crossbars(int s, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const MvmWork& mvm = *in_crossbars(stage);
    value.blocks = mvm.out_blocks(stage);
    for (int replica = 0; replica < mvm.sharing.replicas; ++replica) {
      std::vector<Reads> reads;
      for (int input = 0; input < inputs_of(stage); ++input)
        reads.push_back(mvm.reads_of(stage, input, replica));
      const int sender = add_sender(s, reads[0], replica);
      for (int k = 0; k < mvm.per_replica(); ++k)
        add_crossbar(s, replica * mvm.per_replica() + k, sender, reads, value);
      if (const auto* recurrent = stage.as<RecurrentWork>()) feed_back(s, *recurrent, sender, value);
    }
  }

  void add_crossbar(int s, int submatrix, int sender, const std::vector<Reads>& reads, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const MvmWork& mvm = *in_crossbars(stage);
    const SubMatrix& part = mvm.submatrices[submatrix];
    const int firings = static_cast<int>(reads[0].spans.size());
    const int task =
        add_task(TaskKind::Mvm, part.core, s, firings, {s, submatrix, TaskRole::Core, part.replica});
    set_mvm_costs(program().tasks[task], stage, submatrix, chip_);
    if (mvm.ends_chain(submatrix)) add_visits(task, mvm.units_behind(stage, submatrix));
    const auto* recurrent = stage.as<RecurrentWork>();
    if (recurrent == nullptr || !recurrent->is_fed_back(part))
      read_rows(s, sender, task, reads[0], part.row_begin, part.row_end);
    if (part.chain_position > 0) {
      const int bits = (part.col_end - part.col_begin) * chip_.numbers.partial_sum_bits;
      connect(task - 1, task, program::kDigital, each(firings), (bits + 7) / 8, {},
              {s, part.col_begin, part.col_end, TokenKind::PartialSum});
    }
    if (!mvm.ends_chain(submatrix)) return;
    const auto [begin, end] = mvm.channels_of(part);
    for (int input = 1; input < inputs_of(stage); ++input)
      read(stage.inputs[input], task, input, reads[input], begin, end);
    value.emitters.push_back({task, begin, end, part.replica, mvm.emits_of(stage, part.replica)});
  }

  /// The state goes back to the crossbars that multiply it in the next step: from core to core, or by the
  /// host, which then sends zeros before the first step.
  void feed_back(int s, const RecurrentWork& work, int sender, const Value& value) {
    const int steps = work.positions();
    const int first = static_cast<int>(program().tasks.size()) - work.per_replica();
    const auto& parts = work.submatrices;
    int host = sender;
    if (sender >= 0 && steps > 1) {
      host = add_host_task(s, steps, TaskRole::Send);
      for (const Emitter& cells : value.emitters) feed_back(s, cells, host, {cells.begin, cells.end});
    }
    for (std::size_t k = 0; k < parts.size(); ++k) {
      if (!work.is_fed_back(parts[k])) continue;
      const int task = first + static_cast<int>(k);
      const Channels rows{parts[k].row_begin - work.input_rows, parts[k].row_end - work.input_rows};
      if (host >= 0)
        connect(host, task, program::kLoad, each(steps), rows.end - rows.begin, {},
                {s, parts[k].row_begin, parts[k].row_end, TokenKind::Rows});
      else if (steps > 1)
        for (const Emitter& cells : value.emitters) feed_back(s, cells, task, rows);
    }
    if (host < 0) send_states_together(first);
  }

  /// Those of its channels that are rows of a task.
  void feed_back(int s, const Emitter& cells, int task, const Channels& rows) {
    const int steps = program().tasks[cells.task].firings;
    const Channels shared{std::max(cells.begin, rows.begin), std::min(cells.end, rows.end)};
    if (shared.begin >= shared.end) return;
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(steps), 1);
    mask.back() = 0;
    StreamOrigin origin{s, shared.begin, shared.end, TokenKind::State};
    origin.place = shared.begin;
    origin.plane.plane = {1, 1, steps};
    connect(cells.task, task, program::kLoad, state_reads(steps), shared.end - shared.begin, std::move(mask),
            std::move(origin));
  }

  /// Crossbars one beside the other multiply the same values of the state.
  void send_states_together(int first_task) {
    for (std::size_t t = static_cast<std::size_t>(first_task); t < program().tasks.size(); ++t) {
      std::map<int, program::Multicast> by_channel;
      for (const program::Output& output : program().tasks[t].outputs)
        if (const StreamOrigin& origin = built_.streams[output.stream]; origin.kind == TokenKind::State)
          by_channel[origin.channel_begin].streams.push_back(output.stream);
      for (auto& [channel, same] : by_channel)
        if (same.streams.size() > 1) program().multicasts.push_back(std::move(same));
    }
  }

  /// Units of other kinds that a work asks for.
  void add_visits(int task, const std::vector<UnitWork>& units_behind) {
    for (const UnitWork& work : units_behind) {
      auto& units = built_.units;
      const auto unit = std::find(units.begin(), units.end(), work.unit);
      program::Visit visit = program::digital_visit(work.duration_ps, work.pipeline_ps);
      visit.unit = static_cast<int>(unit - units.begin());
      visit.energy[static_cast<int>(program::Component::Digital)] = work.energy;
      if (unit == units.end()) units.push_back(work.unit);
      program().tasks[task].visits.push_back(visit);
    }
  }

  void add_digital(int s, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const Reads reads = stage.reads(0);
    const int sender = add_sender(s, reads, 0);
    const int task = add_task(TaskKind::Digital, stage.core, s, stage.firings(), {s, -1, TaskRole::Core});
    set_digital_costs(program().tasks[task], stage, chip_);
    add_visits(task, stage.work->further_units(stage));
    if (sender >= 0)
      read_rows(s, sender, task, reads, 0, stage.as<MvmWork>()->rows);
    else
      read_input(stage, 0, task);
    for (int input = 1; input < inputs_of(stage); ++input) read_input(stage, input, task);
    value.emitters.push_back({task, 0, raster_of(stage.out_shape).channels, 0, stage.work->emits(stage)});
  }

  const Mapping& mapping_;
  const config::Chip& chip_;
  const fabric::Fabric& fabric_;
  /// Where layers are shared out, blocks that a reader does not look at are not sent to it, and what several
  /// read is sent once.
  const bool is_lean_;
  /// What an emitter has for a reader that touches none of it.
  struct Skipped {
    Emitter from;
    int to = 0, bytes = 0;
    StreamOrigin origin;
  };
  std::vector<Skipped> skipped_;
  BuiltProgram built_;
  std::vector<Value> values_;  ///< the image, then the stages
};

}  // namespace

BuiltProgram build_program(const Mapping& mapping, const config::Chip& chip, const fabric::Fabric& fabric) {
  return Builder(mapping, chip, fabric).run();
}

BuiltProgram build_program(const Mapping& mapping, const config::Chip& chip) {
  return build_program(mapping, chip, *fabric::make(chip));
}

}  // namespace phasecore::mapping
