#include "sim/mapping/build_program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/diagnostics.hpp"
#include "sim/mapping/capacities.hpp"
#include "sim/mapping/costs.hpp"

namespace phasecore::mapping {
namespace {

using program::Task;
using program::TaskKind;

/// A task that delivers channels [begin, end) of a value.
struct Emitter {
  int task = 0, begin = 0, end = 0;
};

/// A stage's output, or the image, as tokens: one per pixel.
struct Value {
  std::vector<Emitter> emitters;
  int tokens = 0;
  std::vector<std::uint8_t> mask;  ///< at which firings of the emitters; empty: all
};

class Builder {
 public:
  Builder(const Mapping& mapping, const config::Chip& chip, const fabric::Fabric& fabric)
      : mapping_(mapping), chip_(chip), fabric_(fabric) {}

  BuiltProgram run() {
    built_.units = fabric_.platform().units;
    for (const Stage& stage : mapping_.stages) program().layers.push_back(stage.name);
    program().layers.push_back("shared");
    add_source();
    for (int s = 0; s < stages(); ++s) add_stage(s);
    add_sink();
    refuse_unread();
    for (Task& task : program().tasks) set_memory_read_costs(task, program().streams, chip_);
    set_orders_and_capacities(program(), fabric_.platform(), chip_, mapping_.network);
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
    values_.push_back({{{program().source, 0, image.channels}}, image.pixels(), {}});
  }

  void add_sink() {
    const Value& logits = values_.back();
    program().sink = add_host_task(-1, logits.tokens, TaskRole::Sink);
    const StageInput all{stages() - 1, mapping_.stages.back().out_shape};
    read(all, program().sink, 0, pixel_reads(logits.tokens), 0, raster_of(all.shape).channels);
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

  /// `unit`: where a firing on a core needs the tokens.
  void connect(int from, int to, program::StandardUnit unit, Reads reads, int bytes, int tokens,
               std::vector<std::uint8_t> mask, const StreamOrigin& origin) {
    program::Stream stream;
    stream.from = from;
    stream.to = to;
    stream.bytes = bytes;
    stream.tokens = tokens;
    stream.partial_sum = origin.kind == TokenKind::PartialSum;
    const int from_core = program().tasks[from].core, to_core = program().tasks[to].core;
    stream.route = fabric_.route(from_core, to_core);
    stream.streaming = !stream.route.empty() &&
                       fabric_.platform().links[stream.route.front().link].kind == program::LinkKind::Circuit;
    check_packet(stream);
    set_stream_costs(stream, from_core, to_core, fabric_.platform(), chip_);
    const int index = static_cast<int>(program().streams.size());
    program().streams.push_back(std::move(stream));
    built_.streams.push_back(origin);
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

  /// `task` reads, as its input `input`, channels [begin, end) of what it sees there, from every emitter that
  /// has some of them.
  void read(const StageInput& from, int task, int input, const Reads& reads, int begin, int end) {
    int place = 0;
    for (const ChannelPart& part : parts_of(from)) {
      const int shift = part.begin - place;
      place += part.end - part.begin;
      read_part({part.stage, std::max(begin + shift, part.begin), std::min(end + shift, part.end)}, task,
                reads, {part.stage, 0, 0, TokenKind::Pixel, input, -shift});
    }
  }

  /// `origin.place`: of the stage's channel 0 in what the task sees.
  void read_part(const ChannelPart& part, int task, const Reads& reads, StreamOrigin origin) {
    const bool fp16 = part.stage == stages() - 1 && chip_.numbers.logits_fp16;
    const Value& value = value_of(part.stage);
    const int first_place = origin.place;
    for (const Emitter& e : value.emitters) {
      origin.channel_begin = std::max(part.begin, e.begin);
      origin.channel_end = std::min(part.end, e.end);
      const int width = origin.channel_end - origin.channel_begin;
      if (width <= 0) continue;
      origin.place = first_place + origin.channel_begin;
      connect(e.task, task, origin.input == 0 ? program::kLoad : program::kDigital, reads,
              width * (fp16 ? 2 : 1), value.tokens, value.mask, origin);
    }
  }

  void add_stage(int s) {
    const Stage& stage = mapping_.stages[s];
    Value value;
    value.tokens = raster_of(stage.out_shape).pixels();
    value.mask = stage.work->emits(stage);
    const MvmWork* mvm = in_crossbars(stage);
    const bool on_host = mvm == nullptr && stage.core == program::kHost;
    if (on_host) {
      add_host_stage(s, value);
    } else {
      // Between the host and a core travels what the core's registers take: rows of the input vector.
      const int sender = host_between() ? add_sender(s) : -1;
      if (mvm != nullptr)
        add_crossbars(s, sender, value);
      else
        add_digital(s, sender, value);
    }
    values_.push_back(std::move(value));
    if (host_between() && !on_host && s + 1 < stages()) add_collector(s);
  }

  void add_host_stage(int s, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const int task = add_host_task(s, stage.firings(), TaskRole::HostStage);
    for (int input = 0; input < inputs_of(stage); ++input) read_input(stage, input, task);
    value.emitters.push_back({task, 0, raster_of(stage.out_shape).channels});
  }

  int add_sender(int s) {
    const Stage& stage = mapping_.stages[s];
    common::ensure(inputs_of(stage) == 1, "mapping: the host sends cores one input vector");
    const int task = add_host_task(s, stage.firings(), TaskRole::Send);
    read_input(stage, 0, task);
    return task;
  }

  /// The host keeps the outputs of a stage for all who read them.
  void add_collector(int s) {
    const int channels = raster_of(mapping_.stages[s].out_shape).channels;
    const int tokens = value_of(s).tokens;
    const int task = add_host_task(s, tokens, TaskRole::Collect);
    read({s, mapping_.stages[s].out_shape}, task, 0, pixel_reads(tokens), 0, channels);
    value_of(s) = {{{task, 0, channels}}, tokens, {}};
  }

  static int inputs_of(const Stage& stage) { return static_cast<int>(stage.inputs.size()); }

  /// All channels of an input.
  void read_input(const Stage& stage, int input, int task) {
    const StageInput& from = stage.inputs[input];
    read(from, task, input, stage.reads(input), 0, raster_of(from.shape).channels);
  }

  /// Rows of the input vector of an MVM.
  void read_rows(int s, int sender, int task, int row_begin, int row_end) {
    const Stage& stage = mapping_.stages[s];
    const int firings = stage.firings();
    if (sender >= 0)
      return connect(sender, task, program::kLoad, pixel_reads(firings), row_end - row_begin, firings, {},
                     {s, row_begin, row_end, TokenKind::Rows});
    const int per_channel = stage.as<MvmWork>()->rows_per_channel(stage);
    read(stage.inputs[0], task, 0, stage.reads(0), row_begin / per_channel,
         (row_end + per_channel - 1) / per_channel);
  }

  void add_crossbars(int s, int sender, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const MvmWork& mvm = *in_crossbars(stage);
    const int firings = stage.firings();
    for (int k = 0; k < static_cast<int>(mvm.submatrices.size()); ++k) {
      const SubMatrix& part = mvm.submatrices[k];
      const int task = add_task(TaskKind::Mvm, part.core, s, firings, {s, k, TaskRole::Core});
      set_mvm_costs(program().tasks[task], stage, k, chip_);
      if (mvm.ends_chain(k)) add_visits(task, stage);
      read_rows(s, sender, task, part.row_begin, part.row_end);
      if (part.chain_position > 0) {
        const int bits = (part.col_end - part.col_begin) * chip_.numbers.partial_sum_bits;
        connect(task - 1, task, program::kDigital, pixel_reads(firings), (bits + 7) / 8, firings, {},
                {s, part.col_begin, part.col_end, TokenKind::PartialSum});
      }
      if (!mvm.ends_chain(k)) continue;
      for (int input = 1; input < inputs_of(stage); ++input)
        read(stage.inputs[input], task, input, stage.reads(input), part.col_begin, part.col_end);
      value.emitters.push_back({task, part.col_begin, part.col_end});
    }
  }

  /// Units of other kinds that the stage's work asks for.
  void add_visits(int task, const Stage& stage) {
    for (const UnitWork& work : stage.work->further_units(stage)) {
      auto& units = built_.units;
      const auto unit = std::find(units.begin(), units.end(), work.unit);
      program::Visit visit = program::digital_visit(work.duration_ps, work.pipeline_ps);
      visit.unit = static_cast<int>(unit - units.begin());
      visit.energy[static_cast<int>(program::Component::Digital)] = work.energy;
      if (unit == units.end()) units.push_back(work.unit);
      program().tasks[task].visits.push_back(visit);
    }
  }

  void add_digital(int s, int sender, Value& value) {
    const Stage& stage = mapping_.stages[s];
    const int task = add_task(TaskKind::Digital, stage.core, s, stage.firings(), {s, -1, TaskRole::Core});
    set_digital_costs(program().tasks[task], stage, chip_);
    add_visits(task, stage);
    if (sender >= 0)
      read_rows(s, sender, task, 0, stage.as<MvmWork>()->rows);
    else
      read_input(stage, 0, task);
    for (int input = 1; input < inputs_of(stage); ++input) read_input(stage, input, task);
    value.emitters.push_back({task, 0, raster_of(stage.out_shape).channels});
  }

  const Mapping& mapping_;
  const config::Chip& chip_;
  const fabric::Fabric& fabric_;
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
