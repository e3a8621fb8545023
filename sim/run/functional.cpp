#include "sim/run/functional.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/kernels/mvm.hpp"

namespace phasecore::run {
namespace {

using mapping::TaskRole;
using mapping::TokenKind;
using numerics::Held;
using numerics::Kernel;
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

const Kernel& FunctionalChip::kernel_of(int task) const {
  return executor_.kernel(built_.tasks[task].stage);
}

Held& FunctionalChip::held(int task, int image) {
  const auto [found, is_new] = held_.try_emplace({task, image});
  Held& held = found->second;
  const mapping::TaskOrigin& origin = built_.tasks[task];
  if (!is_new || origin.role == TaskRole::Sink) return held;
  const mapping::Stage& stage = kernel_of(task).stage();
  if (origin.role == TaskRole::Collect)
    held.inputs.emplace_back(graph::volume(stage.out_shape));
  else
    for (const mapping::StageInput& input : stage.inputs)
      held.inputs.emplace_back(graph::volume(input.shape));
  return held;
}

void FunctionalChip::receive(int task, int input, int image, int index, const Payload& payload) {
  if (built_.tasks[task].role == TaskRole::Sink) return;
  const mapping::StreamOrigin& origin = built_.streams[built_.program.tasks[task].inputs.at(input).stream];
  Held& at = held(task, image);
  if (origin.kind == TokenKind::Rows) {
    at.rows[index] = payload;
  } else if (origin.kind == TokenKind::PartialSum) {
    at.received[index] = payload;
  } else if (origin.kind == TokenKind::State) {
    std::vector<std::int8_t>& state = at.state[origin.blocks.at(index) + 1];
    state.resize(static_cast<std::size_t>(kernel_of(task).channels()));
    std::copy(payload.begin(), payload.end(), state.begin() + origin.channel_begin);
  } else {
    const mapping::Stage& stage = kernel_of(task).stage();
    const bool collects = built_.tasks[task].role == TaskRole::Collect;
    const int channels =
        mapping::raster_of(collects ? stage.out_shape : stage.inputs.at(origin.input).shape).channels;
    const int width = origin.channel_end - origin.channel_begin;
    const std::vector<int> pixels = origin.plane.pixels_of(origin.blocks.at(index));
    common::ensure(payload.size() == pixels.size() * width, "functional chip: a token of the wrong size");
    auto from = payload.begin();
    for (const int pixel : pixels) {
      std::copy_n(
          from, width,
          at.inputs.at(origin.input).begin() + static_cast<std::ptrdiff_t>(pixel) * channels + origin.place);
      from += width;
    }
  }
}

/// The channels of pixels, cut as the streams want them.
std::vector<Payload> FunctionalChip::send_pixels(int task, const Pixels& pixels) const {
  std::vector<Payload> payloads;
  for (const program::Output& output : built_.program.tasks[task].outputs) {
    const mapping::StreamOrigin& origin = built_.streams[output.stream];
    payloads.emplace_back();
    if (origin.kind == TokenKind::Signal) continue;
    for (int pixel = 0; pixel < pixels.count; ++pixel) {
      const std::int8_t* codes = pixels.codes + static_cast<std::ptrdiff_t>(pixel) * pixels.channels;
      payloads.back().insert(payloads.back().end(), codes + origin.channel_begin - pixels.first_channel,
                             codes + origin.channel_end - pixels.first_channel);
    }
  }
  return payloads;
}

/// The host sends each core exactly its rows of the input vector.
std::vector<Payload> FunctionalChip::send_rows(int task, Held& held, int firing) {
  const auto& kernel = dynamic_cast<const numerics::MvmKernel&>(kernel_of(task));
  const auto& submatrices = kernel.mvm().submatrices;
  std::vector<Payload> payloads;
  for (const program::Output& output : built_.program.tasks[task].outputs) {
    const mapping::StreamOrigin& origin = built_.streams[output.stream];
    const auto receiver = std::find_if(submatrices.begin(), submatrices.end(), [&](const auto& m) {
      return m.row_begin == origin.channel_begin && m.row_end == origin.channel_end &&
             m.replica == built_.tasks[task].replica;
    });
    common::ensure(receiver != submatrices.end() || (submatrices.empty() && origin.channel_begin == 0),
                   "functional chip: rows for no core");
    const auto submatrix = submatrices.empty() ? 0 : static_cast<int>(receiver - submatrices.begin());
    payloads.push_back(kernel.rows(submatrix, firing, held, work_));
  }
  return payloads;
}

std::vector<Payload> FunctionalChip::send_delivery(int task, const numerics::Delivery& delivery) const {
  const Kernel& kernel = kernel_of(task);
  const std::size_t outputs = built_.program.tasks[task].outputs.size();
  if (!delivery.partial.empty()) return std::vector<Payload>(outputs, delivery.partial);
  if (delivery.values.empty()) return std::vector<Payload>(outputs);
  const auto fp16 = [&] {
    return fp16_bytes(delivery.values.data(), static_cast<int>(delivery.values.size()));
  };
  const auto& streams = built_.program.tasks[task].outputs;
  const auto goes_back = [&](const program::Output& output) {
    return built_.streams[output.stream].kind == TokenKind::State;
  };
  if (kernel.fp16_output() && std::none_of(streams.begin(), streams.end(), goes_back))
    return std::vector<Payload>(outputs, fp16());
  std::vector<std::int8_t> codes(delivery.values.size());
  kernel.encode(codes.size(), delivery.values.data(), codes.data());
  std::vector<Payload> payloads = send_pixels(task, pixels_of(task, codes));
  // Logits leave as FP16, the state goes back as codes.
  for (std::size_t i = 0; kernel.fp16_output() && i < outputs; ++i)
    if (!goes_back(streams[i])) payloads[i] = fp16();
  return payloads;
}

/// What a task on a core delivers: of each pixel all channels, or those of a sub-matrix' columns.
FunctionalChip::Pixels FunctionalChip::pixels_of(int task, const std::vector<std::int8_t>& codes) const {
  const Kernel& kernel = kernel_of(task);
  const auto* mvm = mapping::in_crossbars(kernel.stage());
  if (mvm == nullptr)
    return {codes.data(), static_cast<int>(codes.size()) / kernel.channels(), kernel.channels(), 0};
  const mapping::Channels part = mvm->channels_of(mvm->submatrices[built_.tasks[task].submatrix]);
  return {codes.data(), static_cast<int>(codes.size()) / part.count(), part.count(), part.begin};
}

std::vector<Payload> FunctionalChip::fire(int task, int image, int firing) {
  const mapping::TaskOrigin& origin = built_.tasks[task];
  if (origin.role == TaskRole::Sink) return {};
  if (origin.role == TaskRole::Starter)
    return std::vector<Payload>(built_.program.tasks[task].outputs.size());
  if (origin.role == TaskRole::Source) {
    const int channels = mapping::raster_of(executor_.mapping().input_shape).channels;
    return send_pixels(
        task, {images_.data() + image * image_volume_ + static_cast<std::size_t>(firing) * channels, 1,
               channels, 0});
  }
  Held& at = held(task, image);
  const Kernel& kernel = kernel_of(task);
  std::vector<Payload> payloads;
  if (origin.role == TaskRole::Collect)
    payloads =
        send_pixels(task, {at.inputs[0].data() + static_cast<std::ptrdiff_t>(firing) * kernel.channels(), 1,
                           kernel.channels(), 0});
  else if (origin.role == TaskRole::Send)
    payloads = send_rows(task, at, firing);
  else
    payloads = send_delivery(task, kernel.fire(state_.devices(origin.stage),
                                               {origin.submatrix, firing, first_image_ + image}, at, work_));
  if (firing + 1 == built_.program.tasks[task].firings) held_.erase({task, image});
  return payloads;
}

std::vector<float> FunctionalChip::logits(const Payload& arrived) const {
  const Kernel& last = executor_.kernel(static_cast<int>(executor_.mapping().stages.size()) - 1);
  const std::ptrdiff_t bytes = last.fp16_output() ? 2 : 1;
  common::ensure(static_cast<std::ptrdiff_t>(arrived.size()) == last.volume() * bytes,
                 "functional chip: the sink received another number of logits");
  std::vector<float> logits(last.volume());
  const std::int8_t* at = arrived.data();
  for (const program::Input& input : built_.program.tasks[built_.program.sink].inputs) {
    const mapping::StreamOrigin& origin = built_.streams[input.stream];
    for (const int block : origin.blocks)
      for (const int pixel : origin.plane.pixels_of(block))
        for (int channel = origin.channel_begin; channel < origin.channel_end; ++channel, at += bytes)
          logits[static_cast<std::size_t>(channel) * last.pixels() + pixel] =
              last.fp16_output() ? fp16_value(at) : static_cast<float>(*at) * last.output_step();
  }
  return logits;
}

numerics::State functional_state(const numerics::Executor& executor, const graph::FoldedNetwork& network,
                                 const graph::Batch& calibration_images, const FunctionalRequest& request) {
  numerics::State state =
      executor.programmed(request.seed, request.instance, {request.time_s}, request.compensation).front();
  if (request.compensation == analog::Compensation::AdaBs)
    executor.recalibrate(state, network, calibration_images);
  return state;
}

void check_functional(const numerics::Executor& executor, const numerics::State& state,
                      const mapping::BuiltProgram& built, const program::Platform& platform,
                      const graph::Batch& images, ChipRunner& chips) {
  const std::vector<float> wanted = executor.logits(state, images, 0);
  FunctionalChip functions(executor, state, built, images, 0);
  const auto result = chips.run_functional(platform, built.program, images.samples, functions);
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
