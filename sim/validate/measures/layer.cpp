// One vector through one layer of a chip, from the input registers to the last output.
#include <algorithm>
#include <limits>

#include "common/units.hpp"
#include "models/graph/builder.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

enum class Figure { Latency, Energy };

class LayerMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    chip_.fields(v);
    v.field({"inputs", "", "of the layer", 1, 65536}, inputs_);
    v.field({"outputs", "", "of the layer", 1, 65536}, outputs_);
    v.choice({"figure", "", "latency_ns, or energy_nj of its cores and the links between them"}, figure_,
             {"latency_ns", "energy_nj"});
  }

  double value(Shared&) const override {
    const config::Chip chip = chip_.load();
    graph::Builder layer("layer", {inputs_});
    layer.deliver(layer.relu("relu", layer.gemm("gemm", 0, outputs_)));
    const mapping::Mapping map = mapping::map(graph::fold(graph::build(layer.finish())), chip);
    const mapping::BuiltProgram built = mapping::build_program(map, chip);
    program::Platform platform = fabric::make(chip)->platform();
    platform.units = built.units;
    const common::Picoseconds latency = latency_of(built.program, analytic::run(built.program, platform, 1));
    if (figure_ == Figure::Latency) return common::ns_from_ps(latency);
    return common::nj_from_aj(energy_of(built.program)) +
           map.cores_used * chip.power.waiting_mw * common::ns_from_ps(latency) * 1e-3;
  }

 private:
  static common::Picoseconds latency_of(const program::Program& p, const program::Activity& run) {
    common::Picoseconds first = std::numeric_limits<common::Picoseconds>::max(), last = 0;
    for (std::size_t t = 0; t < p.tasks.size(); ++t) {
      if (p.tasks[t].core == program::kHost) continue;
      first = std::min(first, run.tasks[t].first_start_ps);
      last = std::max(last, run.tasks[t].last_end_ps);
    }
    return last - first;
  }

  /// Of the cores' work and of what travels between them.
  static common::Attojoules energy_of(const program::Program& p) {
    common::Attojoules sum = 0;
    for (const program::Task& task : p.tasks)
      for (const common::Attojoules part : program::firing_energy(task)) sum += part * task.firings;
    for (const program::Stream& stream : p.streams)
      if (p.tasks[stream.from].core != program::kHost && p.tasks[stream.to].core != program::kHost)
        sum += stream.token_energy_network * stream.tokens;
    return sum;
  }

  ChipChoice chip_;
  int inputs_ = 0, outputs_ = 0;
  Figure figure_ = Figure::Latency;
};

}  // namespace

void register_layer(Measures& table) {
  table.add<LayerMeasure>("layer");
}

}  // namespace phasecore::validate
