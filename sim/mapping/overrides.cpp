#include "sim/mapping/overrides.hpp"

#include "common/diagnostics.hpp"
#include "sim/mapping/stages/recurrent.hpp"

namespace phasecore::mapping {

bool matches(const std::string& pattern, const std::string& name) {
  // Greedy with one point of return: a later * makes earlier ones irrelevant.
  std::size_t p = 0, n = 0, star = std::string::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace {

/// Layers in digital units have cores, and parts of their channels.
bool names(const std::string& pattern, const config::LayerOverride& change, const std::string& layer) {
  if (change.digital || change.adc_bits || change.tile_h || change.tile_w) return false;
  if (change.replicas) return pattern == layer;
  return change.cores && matches(pattern, layer);
}

/// Changes the layer if it is in crossbars and meant; is it, or its pool, which becomes a stage where it is
/// cut, meant at all?
bool apply_override(const std::string& pattern, const config::LayerOverride& change, Stage& stage) {
  MvmWork* mvm = stage.as<MvmWork>();
  if (mvm == nullptr) return names(pattern, change, stage.name);
  if (!matches(pattern, stage.name)) return names(pattern, change, mvm->pool_layer);
  if (change.digital) mvm->digital = *change.digital;
  if (change.adc_bits) mvm->adc_bits = *change.adc_bits;
  return true;
}

/// Where the chip's file makes a layer digital.
common::Location made_digital(const Stage& stage, const config::Chip& chip) {
  common::Location where;
  for (const auto& [pattern, change] : chip.layers)
    if (change.digital && matches(pattern, stage.name)) where = change.where;
  return where;
}

}  // namespace

std::optional<bool> said_digital(const config::Chip& chip, const std::string& layer) {
  std::optional<bool> said;
  for (const auto& [pattern, change] : chip.layers)
    if (change.digital && matches(pattern, layer)) said = change.digital;
  return said;
}

void apply_overrides(std::vector<Stage>& stages, const config::Chip& chip) {
  std::vector<std::string> analog;
  for (Stage& stage : stages) {
    MvmWork* mvm = stage.as<MvmWork>();
    if (mvm == nullptr) continue;
    mvm->adc_bits = chip.adc.bits;
    analog.push_back(stage.name);
  }
  common::Diagnostics diagnostics;
  for (const auto& [pattern, change] : chip.layers) {
    bool found = false;
    for (Stage& stage : stages) found = apply_override(pattern, change, stage) || found;
    if (found) continue;
    std::string known;
    for (const std::string& name : analog) known += (known.empty() ? "" : ", ") + name;
    diagnostics.add(change.where, "chip '" + chip.name + "': layers: '" + pattern +
                                      "' matches no convolution or Gemm of the network; they are " + known +
                                      common::did_you_mean(pattern, analog));
  }
  for (Stage& stage : stages) {
    MvmWork* mvm = stage.as<MvmWork>();
    if (mvm == nullptr || !mvm->digital) continue;
    mvm->adc_bits = 0;
    if (stage.as<RecurrentWork>() != nullptr)
      diagnostics.add(made_digital(stage, chip), "chip '" + chip.name + "': layers: '" + stage.name +
                                                     "' cannot be digital: its gates take what crossbars "
                                                     "multiply");
    if (!(chip.digital.macs_per_cycle > 0))
      diagnostics.add(made_digital(stage, chip), "chip '" + chip.name + "': layers: '" + stage.name +
                                                     "' cannot be digital: digital.macs_per_cycle is 0");
  }
  diagnostics.raise_if_any();
}

}  // namespace phasecore::mapping
