#include "sim/run/functional.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "common/diagnostics.hpp"
#include "sim/numerics/epilogue.hpp"

namespace phasecore::run {
namespace {

using mapping::TaskRole;
using mapping::TokenKind;
using numerics::StagePass;
using program::Payload;

/// FP16 numbers as two bytes each, little-endian, and back. The values are FP16 already: nothing is lost.
Payload fp16_bytes(const float* values, int count) {
  Payload bytes;
  for (int i = 0; i < count; ++i) {
    const std::uint16_t half = numerics::fp16_bits(values[i]);
    bytes.push_back(static_cast<std::int8_t>(half & 0xff));
    bytes.push_back(static_cast<std::int8_t>(half >> 8));
  }
  return bytes;
}

float fp16_value(const std::int8_t* bytes) {
  const auto low = static_cast<std::uint8_t>(bytes[0]), high = static_cast<std::uint8_t>(bytes[1]);
  return numerics::fp16_value(static_cast<std::uint16_t>(low | high << 8));
}

}  // namespace

FunctionalChip::FunctionalChip(const numerics::Executor& executor, const numerics::State& state,
                               const mapping::BuiltProgram& built, const graph::Batch& images,
                               int first_image)
    : executor_(executor),
      state_(state),
      built_(built),
      images_(executor.encode(images)),
      image_volume_(static_cast<std::size_t>(graph::volume(executor.mapping().input_shape))),
      first_image_(first_image) {}

const StagePass& FunctionalChip::pass_of(int task) const {
  return executor_.pass(built_.tasks[task].stage);
}

FunctionalChip::Held& FunctionalChip::held(int task, int image) {
  const auto [found, is_new] = held_.try_emplace({task, image});
  if (!is_new) return found->second;
  Held& held = found->second;
  const mapping::TaskOrigin& origin = built_.tasks[task];
  if (origin.role == TaskRole::Sink) return held;
  const mapping::Stage& stage = executor_.pass(origin.stage).stage();
  const mapping::Mapping& map = executor_.mapping();
  const auto volume = [&](int s) { return graph::volume(numerics::output_shape(map, s)); };
  held.input.resize(volume(origin.role == TaskRole::Collect ? origin.stage : stage.input));
  if (stage.skip) held.skip.resize(volume(*stage.skip));
  return held;
}

void FunctionalChip::receive(int task, int input, int image, int index, const Payload& payload) {
  if (built_.tasks[task].role == TaskRole::Sink) return;
  const program::Input& from = built_.program.tasks[task].inputs.at(input);
  const mapping::StreamOrigin& origin = built_.streams[from.stream];
  Held& at = held(task, image);
  if (origin.kind == TokenKind::Rows) {
    at.rows[index] = payload;
  } else if (origin.kind == TokenKind::PartialSum) {
    at.partial[index] = payload;
  } else {
    // What is added arrives in the digital phase; what is multiplied (or added to) is loaded.
    const mapping::TaskOrigin& to = built_.tasks[task];
    const mapping::Stage& stage = executor_.pass(to.stage).stage();
    const bool is_skip = to.role != TaskRole::Collect && to.role != TaskRole::Send && stage.skip &&
                         from.phase == program::Phase::Digital;
    const int channels = numerics::as_image(numerics::output_shape(executor_.mapping(), origin.stage))[0];
    common::ensure(static_cast<int>(payload.size()) == origin.channel_end - origin.channel_begin,
                   "functional chip: a token of the wrong size");
    std::vector<std::int8_t>& plane = is_skip ? at.skip : at.input;
    std::copy(payload.begin(), payload.end(),
              plane.begin() + static_cast<std::ptrdiff_t>(index) * channels + origin.channel_begin);
  }
}

bool FunctionalChip::emits(int task, int firing) const {
  const auto& outputs = built_.program.tasks[task].outputs;
  common::ensure(!outputs.empty(), "functional chip: a task without outputs");
  return outputs[0].emits.empty() || outputs[0].emits[firing] != 0;
}

/// A pixel's codes, of which channel `first_channel` is the first, cut as the streams want it.
std::vector<Payload> FunctionalChip::send_pixel(int task, const std::int8_t* codes, int first_channel) const {
  std::vector<Payload> payloads;
  for (const program::Output& output : built_.program.tasks[task].outputs) {
    const mapping::StreamOrigin& origin = built_.streams[output.stream];
    payloads.emplace_back(codes + origin.channel_begin - first_channel,
                          codes + origin.channel_end - first_channel);
  }
  return payloads;
}

std::vector<std::int8_t> FunctionalChip::rows_of(int task, int submatrix, Held& held, int firing) {
  const auto sent = held.rows.find(firing);
  if (sent != held.rows.end()) {
    std::vector<std::int8_t> rows = std::move(sent->second);
    held.rows.erase(sent);
    return rows;
  }
  const StagePass& pass = pass_of(task);
  const numerics::Patches& patches = pass.patches(submatrix);
  std::vector<std::int8_t> rows(patches.rows());
  patches.gather(pass.arrange(1, held.input.data(), work_.input), firing, 1, rows.data());
  return rows;
}

/// The host sends each core exactly its rows of the input vector.
std::vector<Payload> FunctionalChip::send_rows(int task, Held& held, int firing) {
  const auto& submatrices = pass_of(task).stage().submatrices;
  std::vector<Payload> payloads;
  for (const program::Output& output : built_.program.tasks[task].outputs) {
    const mapping::StreamOrigin& origin = built_.streams[output.stream];
    int submatrix = 0;
    while (submatrix < static_cast<int>(submatrices.size()) &&
           (submatrices[submatrix].row_begin != origin.channel_begin ||
            submatrices[submatrix].row_end != origin.channel_end))
      ++submatrix;
    common::ensure(submatrix < static_cast<int>(submatrices.size()) ||
                       (submatrices.empty() && origin.channel_begin == 0),
                   "functional chip: rows for no core");
    payloads.push_back(rows_of(task, submatrices.empty() ? 0 : submatrix, held, firing));
  }
  return payloads;
}

std::vector<Payload> FunctionalChip::fire_crossbar(int task, Held& held, int image, int firing) {
  const StagePass& pass = pass_of(task);
  const int submatrix = built_.tasks[task].submatrix;
  const mapping::SubMatrix& m = pass.stage().submatrices[submatrix];
  const std::vector<std::int8_t> rows = rows_of(task, submatrix, held, firing);
  const std::int32_t address = first_image_ + image, position = firing;
  const auto received = held.partial.find(firing);
  common::ensure((m.chain_position > 0) == (received != held.partial.end()),
                 "functional chip: a partial sum is missing");
  std::vector<float> values(m.col_end - m.col_begin);
  pass.multiply(submatrix, state_.stages[built_.tasks[task].stage],
                {state_.seed, state_.instance, state_.analog}, 1, rows.data(), &address, &position,
                m.chain_position > 0 ? received->second.data() : nullptr, work_, values.data());
  if (m.chain_position > 0) held.partial.erase(received);
  if (pass.ends_chain(submatrix)) return finish(task, held, firing, m.col_begin, values);
  Payload codes(values.size());
  pass.encode_partial(submatrix, 1, values.data(), codes.data());
  return std::vector<Payload>(built_.program.tasks[task].outputs.size(), codes);
}

std::vector<Payload> FunctionalChip::fire_digital_layer(int task, Held& held, int firing) {
  const StagePass& pass = pass_of(task);
  std::vector<float> values(pass.stage().cols);
  pass.multiply_digital(1, rows_of(task, 0, held, firing).data(), work_, values.data());
  return finish(task, held, firing, 0, values);
}

/// A stage's sums of one position, columns from first_channel on -> activations, skip, pool, codes.
std::vector<Payload> FunctionalChip::finish(int task, Held& held, int firing, int first_channel,
                                            std::vector<float>& values) {
  const StagePass& pass = pass_of(task);
  const int columns = static_cast<int>(values.size());
  const std::int8_t* skip =
      pass.stage().skip
          ? held.skip.data() + static_cast<std::ptrdiff_t>(firing) * pass.stage().cols + first_channel
          : nullptr;
  pass.combine(columns, skip, values.data());
  if (pass.has_pool()) {
    held.plane.resize(static_cast<std::size_t>(pass.positions()) * columns);
    std::copy(values.begin(), values.end(),
              held.plane.begin() + static_cast<std::ptrdiff_t>(firing) * columns);
    if (!emits(task, firing)) return std::vector<Payload>(built_.program.tasks[task].outputs.size());
    pass.pool_pixel(held.pooled++, held.plane.data(), columns, columns, values.data());
  }
  if (pass.fp16_output())
    return std::vector<Payload>(built_.program.tasks[task].outputs.size(),
                                fp16_bytes(values.data(), columns));
  std::vector<std::int8_t> codes(columns);
  pass.encode(columns, values.data(), codes.data());
  return send_pixel(task, codes.data(), first_channel);
}

/// Adds, activations and pools of their own, on a core or on the host: one output pixel.
std::vector<Payload> FunctionalChip::fire_digital_stage(int task, Held& held, int firing) {
  const StagePass& pass = pass_of(task);
  const int channels = numerics::as_image(pass.stage().mvm_shape)[0];
  std::vector<float> values(channels);
  if (pass.has_pool()) {
    // Pixels that have not arrived are in no window yet.
    held.plane.resize(held.input.size());
    pass.start_digital(held.input.size(), held.input.data(), nullptr, held.plane.data());
    pass.combine(held.plane.size(), nullptr, held.plane.data());
    pass.pool_pixel(firing, held.plane.data(), channels, channels, values.data());
  } else {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(firing) * channels;
    pass.start_digital(channels, held.input.data() + at, pass.stage().skip ? held.skip.data() + at : nullptr,
                       values.data());
    pass.combine(channels, nullptr, values.data());
  }
  if (pass.fp16_output())
    return std::vector<Payload>(built_.program.tasks[task].outputs.size(),
                                fp16_bytes(values.data(), channels));
  std::vector<std::int8_t> codes(channels);
  pass.encode(channels, values.data(), codes.data());
  return send_pixel(task, codes.data(), 0);
}

std::vector<Payload> FunctionalChip::fire(int task, int image, int firing) {
  const mapping::TaskOrigin& origin = built_.tasks[task];
  if (origin.role == TaskRole::Sink) return {};
  if (origin.role == TaskRole::Source) {
    const int channels = numerics::as_image(executor_.mapping().input_shape)[0];
    return send_pixel(
        task, images_.data() + image * image_volume_ + static_cast<std::size_t>(firing) * channels, 0);
  }
  Held& at = held(task, image);
  std::vector<Payload> payloads;
  const StagePass& pass = pass_of(task);
  if (origin.role == TaskRole::Collect) {
    const int channels = numerics::as_image(pass.stage().out_shape)[0];
    payloads = send_pixel(task, at.input.data() + static_cast<std::ptrdiff_t>(firing) * channels, 0);
  } else if (origin.role == TaskRole::Send) {
    payloads = send_rows(task, at, firing);
  } else if (pass.analog()) {
    payloads = fire_crossbar(task, at, image, firing);
  } else if (pass.stage().kind == mapping::StageKind::Mvm) {
    payloads = fire_digital_layer(task, at, firing);
  } else {
    payloads = fire_digital_stage(task, at, firing);
  }
  if (firing + 1 == built_.program.tasks[task].firings) held_.erase({task, image});
  return payloads;
}

std::vector<float> FunctionalChip::logits(const Payload& arrived) const {
  const StagePass& pass = executor_.pass(static_cast<int>(executor_.mapping().stages.size()) - 1);
  const int pixels = pass.volume() / numerics::as_image(pass.stage().out_shape)[0];
  const std::ptrdiff_t bytes = pass.fp16_output() ? 2 : 1;
  common::ensure(static_cast<std::ptrdiff_t>(arrived.size()) == pass.volume() * bytes,
                 "functional chip: the sink received another number of logits");
  std::vector<float> logits(pass.volume());
  const std::int8_t* at = arrived.data();
  for (const program::Input& input : built_.program.tasks[built_.program.sink].inputs) {
    const mapping::StreamOrigin& origin = built_.streams[input.stream];
    for (int pixel = 0; pixel < pixels; ++pixel)
      for (int channel = origin.channel_begin; channel < origin.channel_end; ++channel, at += bytes)
        logits[static_cast<std::size_t>(channel) * pixels + pixel] =
            pass.fp16_output() ? fp16_value(at) : static_cast<float>(*at) * pass.output_step();
  }
  return logits;
}

numerics::State functional_state(const numerics::Executor& executor, const graph::Network& network,
                                 const graph::Batch& calibration_images, const FunctionalRequest& request) {
  numerics::State state =
      executor.programmed(request.seed, request.instance, {request.time_s}, request.compensation).front();
  if (request.compensation == analog::Compensation::AdaBs)
    executor.recalibrate(state, network, calibration_images);
  return state;
}

void check_functional(const numerics::Executor& executor, const numerics::State& state,
                      const mapping::BuiltProgram& built, const program::Structure& structure,
                      const graph::Batch& images, ChipRunner& chips) {
  const std::vector<float> wanted = executor.logits(state, images, 0);
  FunctionalChip functions(executor, state, built, images, 0);
  const auto result = chips.run_functional(structure, built.program, images.samples, functions);
  common::ensure(static_cast<int>(result.outputs.size()) == images.samples,
                 "functional chip: logits of another number of images");
  for (int image = 0; image < images.samples; ++image) {
    const std::vector<float> is = functions.logits(result.outputs[image]);
    for (std::size_t c = 0; c < is.size(); ++c) {
      const float want = wanted[image * is.size() + c];
      if (std::memcmp(&is[c], &want, sizeof want) != 0)
        throw common::InternalError("functional chip: image " + std::to_string(image) + ", logit " +
                                    std::to_string(c) + " is " + std::to_string(is[c]) +
                                    ", the executor computes " + std::to_string(want));
    }
  }
}

}  // namespace phasecore::run
