#include "sim/mapping/as_file.hpp"

#include "sim/mapping/placement.hpp"

namespace phasecore::mapping {

config::MappingFile as_file(const Mapping& mapping, const config::Chip& chip) {
  config::MappingFile file;
  file.schema = "phasecore.mapping/1";
  file.network = mapping.network;
  file.chip = chip.name;
  for (const Stage& stage : mapping.stages) {
    config::LayerOverride entry;
    std::vector<int> cores;
    if (const MvmWork* mvm = in_crossbars(stage)) {
      entry.tile_h = mvm->sharing.tile_h;
      entry.tile_w = mvm->sharing.tile_w;
      entry.replicas = mvm->sharing.replicas;
      if (!mvm->pool_cut.is_none()) {
        entry.pool_h = mvm->pool_cut.h;
        entry.pool_w = mvm->pool_cut.w;
      }
      for (const SubMatrix& part : mvm->submatrices) cores.push_back(part.core);
    } else if (stage.core >= 0 && stage.part == 0) {
      if (stage.as<MvmWork>() != nullptr) entry.digital = true;
      if (stage.parts > 1) entry.replicas = stage.parts;
      const Stage* part = &stage;
      for (int i = 0; i < stage.parts; ++i) cores.push_back(part++->core);
    }
    if (cores.empty()) continue;
    entry.cores = core_text(cores);
    file.layers.emplace_back(stage.name, std::move(entry));
  }
  return file;
}

}  // namespace phasecore::mapping
