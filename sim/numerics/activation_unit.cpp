#include "sim/numerics/activation_unit.hpp"

#include <algorithm>

#include "sim/numerics/epilogue.hpp"

namespace phasecore::numerics {
namespace {

float computed(const std::vector<mapping::Function>& functions, float value, int channel) {
  for (const mapping::Function& function : functions) value = analog::round_fp16(function.of(value, channel));
  return value;
}

}  // namespace

ActivationUnit::ActivationUnit(const mapping::Activation& activation, int channels)
    : clamp_{activation.kind, activation.low, activation.high, {}},
      limits_(limits_of(clamp_)),
      channels_(channels) {
  const auto& functions = activation.functions;
  if (functions.empty()) return;
  if (std::any_of(functions.begin(), functions.end(), [](const auto& f) { return f.per_channel; })) {
    functions_ = functions;
    return;
  }
  table_.resize(1 << 16);
  for (std::size_t bits = 0; bits < table_.size(); ++bits)
    table_[bits] = fp16_bits(computed(functions, fp16_value(static_cast<std::uint16_t>(bits)), 0));
}

void ActivationUnit::run(std::ptrdiff_t at, std::size_t count, float* values) const {
  activate(clamp_, count, values);
  if (!table_.empty())
    for (std::size_t i = 0; i < count; ++i) values[i] = fp16_value(table_[fp16_bits(values[i])]);
  if (functions_.empty()) return;
  int channel = static_cast<int>(at % channels_);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = computed(functions_, values[i], channel);
    if (++channel == channels_) channel = 0;
  }
}

}  // namespace phasecore::numerics
