#include "tests/sim/mapping/token_machine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "sim/mapping/stages/combine.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/move.hpp"

namespace phasecore::test {
namespace {

using mapping::MvmWork;
using mapping::Raster;
using mapping::raster_of;
using mapping::Stage;
using mapping::StreamOrigin;
using mapping::SubMatrix;
using mapping::TaskOrigin;
using mapping::TaskRole;
using mapping::TokenKind;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

struct Buffer {
  std::vector<Values> tokens;
  int freed = 0;
  int sent() const { return static_cast<int>(tokens.size()); }
};

class TokenMachine {
 public:
  TokenMachine(const mapping::Mapping& mapping, const mapping::BuiltProgram& built, const Values& image)
      : mapping_(mapping),
        built_(built),
        program_(built.program),
        image_(image),
        fired_(program_.tasks.size()),
        buffers_(program_.streams.size()),
        produced_(program_.tasks.size()) {}

  std::optional<Values> run(std::uint32_t seed) {
    std::mt19937 engine(seed);
    const int tasks = static_cast<int>(program_.tasks.size());
    while (true) {
      std::vector<int> able;
      for (int t = 0; t < tasks; ++t)
        if (can_fire(t)) able.push_back(t);
      if (able.empty()) break;
      // A burst, so that some tasks run far ahead of others.
      const int task = able[engine() % able.size()];
      for (int burst = 1 + static_cast<int>(engine() % 40); burst > 0 && can_fire(task); --burst) fire(task);
    }
    for (int t = 0; t < tasks; ++t)
      if (fired_[t] < program_.tasks[t].firings) return std::nullopt;
    return result_;
  }

 private:
  static bool emits(const program::Output& out, int firing) {
    return out.emits.empty() || out.emits[firing] != 0;
  }

  bool can_fire(int t) const {
    const program::Task& task = program_.tasks[t];
    const int i = fired_[t];
    if (i == task.firings) return false;
    for (const program::Input& in : task.inputs)
      if (buffers_[in.stream].sent() < in.need[i]) return false;
    for (const program::Output& out : task.outputs) {
      const Buffer& b = buffers_[out.stream];
      if (emits(out, i) && b.sent() - std::min(b.freed, b.sent()) >= program_.streams[out.stream].capacity)
        return false;
    }
    return true;
  }

  void fire(int t) {
    const program::Task& task = program_.tasks[t];
    const int i = fired_[t];
    const TaskOrigin& origin = built_.tasks[t];
    if (origin.role == TaskRole::Sink) collect_logits(t, i);
    const Values values = origin.role == TaskRole::Sink ? Values{} : compute(t, i, origin);
    for (const program::Output& out : task.outputs)
      if (emits(out, i)) buffers_[out.stream].tokens.push_back(token(t, out.stream, values));
    for (const program::Input& in : task.inputs) buffers_[in.stream].freed = in.release[i];
    ++fired_[t];
  }

  /// What a task knows of one of its inputs: all pixels that are in its buffers, the rest NaN.
  Values gather(int t, int input, const graph::Shape& shape) const {
    const Raster raster = raster_of(shape);
    Values value(static_cast<std::size_t>(raster.channels) * raster.pixels(), kMissing);
    for (const program::Input& in : program_.tasks[t].inputs) {
      const StreamOrigin& o = built_.streams[in.stream];
      if (o.input != input || o.kind != TokenKind::Pixel) continue;
      const Buffer& b = buffers_[in.stream];
      const int width = o.channel_end - o.channel_begin;
      for (int token = b.freed; token < b.sent(); ++token) {
        const std::vector<int> pixels = o.plane.pixels_of(o.blocks.at(token));
        for (std::size_t p = 0; p < pixels.size(); ++p)
          for (int c = 0; c < width; ++c)
            value[static_cast<std::size_t>(o.place + c) * raster.pixels() + pixels[p]] =
                b.tokens[token].at(p * width + c);
      }
    }
    return value;
  }

  /// The token of kind `kind` that arrived for firing i, or nothing.
  const Values* arrived(int t, TokenKind kind, int i) const {
    for (const program::Input& in : program_.tasks[t].inputs)
      if (built_.streams[in.stream].kind == kind) {
        const Buffer& b = buffers_[in.stream];
        return i >= b.freed && i < b.sent() ? &b.tokens[i] : nullptr;
      }
    return nullptr;
  }

  static int tile_of(const MvmWork& mvm, int replica, int i) {
    return mvm.digital ? i : mvm.tiles_of(replica).at(i);
  }

  Values rows_of(int t, int i, const Stage& s, int row_begin, int row_end) const {
    if (const Values* rows = arrived(t, TokenKind::Rows, i)) return *rows;
    const int tile = tile_of(*s.as<MvmWork>(), built_.tasks[t].replica, i);
    const Values all = input_vector(s, gather(t, 0, s.inputs[0].shape), tile);
    return {all.begin() + row_begin, all.begin() + row_end};
  }

  /// Per channel of what the task is responsible for: its values of firing i.
  Values compute(int t, int i, const TaskOrigin& origin) {
    if (origin.role == TaskRole::Source) return pixel(image_, raster_of(mapping_.input_shape), i);
    const Stage& s = mapping_.stages[origin.stage];
    if (origin.role == TaskRole::Collect) return pixel(gather(t, 0, s.out_shape), raster_of(s.out_shape), i);
    const auto* mvm = s.as<MvmWork>();
    if (mvm == nullptr) return digital(t, i, s);
    if (origin.role == TaskRole::Send) return rows_of(t, i, s, 0, mvm->tile_rows());
    const SubMatrix part = origin.submatrix >= 0 ? mvm->submatrices[origin.submatrix]
                                                 : SubMatrix{0, mvm->rows, 0, mvm->cols, 0, 0};
    const Values x = rows_of(t, i, s, part.row_begin, part.row_end);
    const bool last = program_.streams[program_.tasks[t].outputs.at(0).stream].partial_sum == false;
    const Values* sums = arrived(t, TokenKind::PartialSum, i);
    const Values w = mvm->weights_of(part);
    const int columns = part.col_end - part.col_begin;
    Values y;
    for (int c = 0; c < columns; ++c) {
      float v = part.chain_position == 0 ? 0.0f : sums != nullptr ? (*sums)[c] : kMissing;
      for (int r = 0; r < part.row_end - part.row_begin; ++r)
        v += x[r] * w[static_cast<std::size_t>(r) * columns + c];
      y.push_back(last ? v + mvm->bias[mvm->tile_column(part.col_begin + c).channel] : v);
    }
    if (last) finish(t, i, s, part.col_begin, y);
    return y;
  }

  static Values pixel(const Values& value, const Raster& raster, int p) {
    Values channels;
    for (int c = 0; c < raster.channels; ++c)
      channels.push_back(value[static_cast<std::size_t>(c) * raster.pixels() + p]);
    return channels;
  }

  /// Adds the other inputs of a stage at a pixel, channel_begin being the channel of y[0].
  void add_inputs(int t, int pixel, const Stage& s, int channel_begin, Values& y) const {
    for (std::size_t input = 1; input < s.inputs.size(); ++input) {
      const Raster raster = raster_of(s.inputs[input].shape);
      const Values other = gather(t, static_cast<int>(input), s.inputs[input].shape);
      for (std::size_t c = 0; c < y.size(); ++c) y[c] += other[(channel_begin + c) * raster.pixels() + pixel];
    }
  }

  /// Activations and added inputs of an MVM, pixel by pixel of its tile; remembers them.
  void finish(int t, int i, const Stage& s, int col_begin, const Values& y) {
    const MvmWork& mvm = *s.as<MvmWork>();
    const Raster plane = raster_of(mvm.plane);
    const int tile = tile_of(mvm, built_.tasks[t].replica, i), across = mvm.tiles().width;
    Values& all = produced_[t];
    all.resize(static_cast<std::size_t>(mvm.cols) * plane.pixels(), kMissing);
    std::vector<std::map<int, float>> copies(mvm.sharing.copies());  // their channels
    for (std::size_t c = 0; c < y.size(); ++c) {
      const auto [copy, channel] = mvm.tile_column(col_begin + static_cast<int>(c));
      copies[copy][channel] = y[c];
    }
    for (int copy = 0; copy < mvm.sharing.copies(); ++copy) {
      const int row = tile / across * mvm.sharing.tile_h + copy / mvm.sharing.tile_w;
      const int column = tile % across * mvm.sharing.tile_w + copy % mvm.sharing.tile_w;
      if (row >= plane.height || column >= plane.width) continue;
      const int pixel = row * plane.width + column, first = copies[copy].begin()->first;
      Values at;
      for (const auto& [channel, value] : copies[copy]) at.push_back(value);
      for (float& v : at) v = activated(mvm.first_activation, v);
      add_inputs(t, pixel, s, first, at);
      for (float& v : at) v = activated(mvm.activation, v);
      for (std::size_t c = 0; c < at.size(); ++c) all[(first + c) * plane.pixels() + pixel] = at[c];
    }
  }

  Values digital(int t, int i, const Stage& s) {
    Values in = gather(t, 0, s.inputs[0].shape);
    const Raster from = raster_of(s.inputs[0].shape);
    if (const auto* sum = s.as<mapping::ElementwiseWork>()) {
      Values y = pixel(in, from, i);
      add_inputs(t, i, s, 0, y);
      for (float& v : y) v = activated(sum->activation, v);
      return y;
    }
    const bool combines = s.as<mapping::CombineWork>() != nullptr;
    if (combines || s.as<mapping::MoveWork>() != nullptr) {
      std::vector<Values> inputs;
      for (std::size_t input = 0; input < s.inputs.size(); ++input)
        inputs.push_back(gather(t, static_cast<int>(input), s.inputs[input].shape));
      Values y;
      for (int c = 0; c < raster_of(s.out_shape).channels; ++c)
        y.push_back(combines ? combined(s, inputs, c, i) : moved(s, inputs, c, i));
      return y;
    }
    const auto& pool = *s.as<mapping::PoolWork>();
    for (float& v : in) v = activated(pool.activation, v);
    Values y;
    for (int c = 0; c < from.channels; ++c)
      y.push_back(pooled(pool.pool, {from, raster_of(s.out_shape)}, in, c, i));
    return y;
  }

  /// What the next token of a stream holds.
  Values token(int t, int stream, const Values& values) const {
    const StreamOrigin& o = built_.streams[stream];
    const TaskOrigin& origin = built_.tasks[t];
    const Stage* s = origin.stage >= 0 ? &mapping_.stages[origin.stage] : nullptr;
    const MvmWork* mvm = s != nullptr && origin.role == TaskRole::Core ? s->as<MvmWork>() : nullptr;
    if (o.kind == TokenKind::PartialSum) return values;
    if (o.kind == TokenKind::Rows) return {values.begin() + o.channel_begin, values.begin() + o.channel_end};
    if (mvm == nullptr) return {values.begin() + o.channel_begin, values.begin() + o.channel_end};
    const Raster plane = raster_of(mvm->plane);
    Values payload;
    for (const int pixel : o.plane.pixels_of(o.blocks.at(buffers_[stream].sent())))
      for (int c = o.channel_begin; c < o.channel_end; ++c)
        payload.push_back(mvm->pool
                              ? pooled(*mvm->pool, {plane, raster_of(s->out_shape)}, produced_[t], c, pixel)
                              : produced_[t][static_cast<std::size_t>(c) * plane.pixels() + pixel]);
    return payload;
  }

  void collect_logits(int t, int i) {
    const Raster out = raster_of(mapping_.stages.back().out_shape);
    const Values now = pixel(gather(t, 0, mapping_.stages.back().out_shape), out, i);
    result_.resize(static_cast<std::size_t>(out.channels) * out.pixels(), kMissing);
    for (int c = 0; c < out.channels; ++c) result_[static_cast<std::size_t>(c) * out.pixels() + i] = now[c];
  }

  const mapping::Mapping& mapping_;
  const mapping::BuiltProgram& built_;
  const program::Program& program_;
  const Values& image_;
  std::vector<int> fired_;
  std::vector<Buffer> buffers_;
  std::vector<Values> produced_;  ///< per task of a layer: its outputs before a pool
  Values result_;
};

}  // namespace

std::optional<Values> run_tokens(const mapping::Mapping& mapping, const mapping::BuiltProgram& built,
                                 const Values& image, std::uint32_t seed) {
  return TokenMachine(mapping, built, image).run(seed);
}

}  // namespace phasecore::test
