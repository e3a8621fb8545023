#include "sim/mapping/overrides.hpp"

#include <map>

#include "common/diagnostics.hpp"

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

void apply_overrides(std::vector<Stage>& stages, const config::Chip& chip) {
  std::vector<std::string> analog;
  for (Stage& stage : stages) {
    MvmWork* mvm = stage.as<MvmWork>();
    if (mvm == nullptr) continue;
    mvm->adc_bits = chip.adc.bits;
    analog.push_back(stage.name);
  }
  common::Diagnostics diagnostics;
  std::map<const Stage*, common::Location> made_digital;
  for (const auto& [pattern, change] : chip.layers) {
    bool found = false;
    // Layers in digital units have cores, and parts of their channels.
    const bool suits_any = (change.cores || change.replicas) && !change.digital && !change.adc_bits &&
                           !change.tile_h && !change.tile_w;
    const auto names = [&](const std::string& layer) {
      return suits_any && (change.replicas ? pattern == layer : matches(pattern, layer));
    };
    for (Stage& stage : stages) {
      MvmWork* mvm = stage.as<MvmWork>();
      // A pool becomes a stage where it is cut.
      found = found || names(stage.name) || (mvm != nullptr && names(mvm->pool_layer));
      if (mvm == nullptr || !matches(pattern, stage.name)) continue;
      found = true;
      if (change.digital) {
        mvm->digital = *change.digital;
        made_digital[&stage] = change.where;
      }
      if (change.adc_bits) mvm->adc_bits = *change.adc_bits;
    }
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
    if (!(chip.digital.macs_per_cycle > 0))
      diagnostics.add(made_digital[&stage], "chip '" + chip.name + "': layers: '" + stage.name +
                                                "' cannot be digital: digital.macs_per_cycle is 0");
  }
  diagnostics.raise_if_any();
}

}  // namespace phasecore::mapping
