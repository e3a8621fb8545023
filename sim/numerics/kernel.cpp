#include "sim/numerics/kernel.hpp"

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::numerics {
namespace {

int code_limit(const char* key, int bits, const char* why) {
  if (bits < 2 || bits > 8)
    throw common::InputError(std::string(key) + " is " + std::to_string(bits) + "; " + why +
                             " INT8 codes, so 2 to 8 are allowed");
  return (1 << (bits - 1)) - 1;
}

}  // namespace

int code_max(const config::Chip& chip) {
  return code_limit("crossbar.input_bits", chip.crossbar.input_bits, "activations are");
}

int partial_max(const config::Chip& chip) {
  return code_limit("numbers.partial_sum_bits", chip.numbers.partial_sum_bits, "partial sums travel as");
}

Kernel::Kernel(const StageContext& context)
    : stage_(&context.mapping.stages.at(context.stage)),
      output_step_(context.calibration.output_step.at(context.stage)),
      max_code_(code_max(context.chip)),
      fp16_output_(context.chip.numbers.logits_fp16 &&
                   context.stage + 1 == static_cast<int>(context.mapping.stages.size())) {
  const mapping::Raster out = mapping::raster_of(stage_->out_shape);
  channels_ = out.channels;
  pixels_ = out.pixels();
  bool known = fp16_output_ || output_step_ > 0;
  for (const mapping::StageInput& input : stage_->inputs) {
    const auto step_of = [&](const mapping::ChannelPart& part) {
      return part.stage == mapping::kNetworkInput ? context.calibration.input_step
                                                  : context.calibration.output_step.at(part.stage);
    };
    const std::vector<mapping::ChannelPart> parts = mapping::parts_of(input);
    input_steps_.push_back(step_of(parts.front()));
    known = known && input_steps_.back() > 0;
    for (const mapping::ChannelPart& part : parts)
      common::ensure(step_of(part) == input_steps_.back(),
                     "numerics: what '" + stage_->name + "' reads has codes of different steps");
  }
  common::ensure(known, "numerics: stage '" + stage_->name + "' has no code step");
}

void Kernel::encode(std::size_t count, const float* values, std::int8_t* codes) const {
  numerics::encode(count, values, 1.0f / output_step_, max_code_, codes);
}

void Kernel::add_inputs(const ImageBatch& images, std::size_t first, std::ptrdiff_t at, std::size_t count,
                        float* values) const {
  for (std::size_t i = first; i < images.inputs.size(); ++i)
    add_codes(count, images.inputs[i] + at, input_steps_[i], values);
}

void Kernel::added_inputs(const ImageBatch& images, std::size_t first, std::ptrdiff_t at,
                          analog::AddedCodes& added) const {
  added.codes.clear();
  added.steps.clear();
  for (std::size_t i = first; i < images.inputs.size(); ++i) {
    added.codes.push_back(images.inputs[i] + at);
    added.steps.push_back(input_steps_[i]);
  }
}

float* Kernel::place(const Results& results, std::ptrdiff_t at, std::size_t count, Workspace& work) {
  if (results.codes == nullptr) return results.values + at;
  work.values.resize(count);
  return work.values.data();
}

void Kernel::deliver(const float* values, std::size_t count, std::ptrdiff_t at, const Results& results,
                     StageHealth* health) const {
  if (health != nullptr) {
    health->see_delivered(count, values);
    if (results.codes != nullptr) health->output.see(count, values, output_step_, max_code_);
  }
  if (results.codes != nullptr) encode(count, values, results.codes + at);
}

ImageBatch Kernel::arrived(const Held& held) {
  ImageBatch image;
  image.count = 1;
  for (const auto& codes : held.inputs) image.inputs.push_back(codes.data());
  return image;
}

std::unique_ptr<Kernel> Kernels::make(const StageContext& context) const {
  const mapping::Stage& stage = context.mapping.stages.at(context.stage);
  const auto found = makers_.find(typeid(*stage.work));
  common::ensure(found != makers_.end(), "numerics: no kernel for what stage '" + stage.name + "' does");
  return found->second(context);
}

}  // namespace phasecore::numerics
