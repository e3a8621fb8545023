// One vector through one layer of a chip, from the input registers to the last output: a matrix with Relu, or
// a network of one layer.
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
    v.field({"inputs", "", "of the matrix", 1, 65536}, inputs_);
    v.field({"outputs", "", "of the matrix", 1, 65536}, outputs_);
    v.field({"network", "", "definition of a network of one layer, instead of a matrix"}, network_);
    v.choice({"figure", "", "latency_ns, or energy_nj of its cores and the links between them"}, figure_,
             {"latency_ns", "energy_nj"});
    v.check(inputs_.has_value() != network_.has_value() && outputs_.has_value() == inputs_.has_value(),
            "give `inputs` and `outputs` of a matrix, or a `network`", {"inputs", "outputs", "network"});
  }

  double value(Shared&) const override {
    const config::Chip chip = chip_.load();
    const mapping::Mapping map = mapping::map(graph::fold(network()), chip);
    const mapping::BuiltProgram built = mapping::build_program(map, chip);
    program::Platform platform = fabric::make(chip)->platform();
    platform.units = built.units;
    const common::Picoseconds latency = latency_of(built.program, analytic::run(built.program, platform, 1));
    if (figure_ == Figure::Latency) return common::ns_from_ps(latency);
    return common::nj_from_aj(energy_of(built.program)) +
           map.cores_used * chip.power.waiting_mw * common::ns_from_ps(latency) * 1e-3;
  }

 private:
  graph::Network network() const {
    if (network_) return NetworkChoice{*network_, {}}.build();
    graph::Builder layer("layer", {*inputs_});
    layer.deliver(layer.relu("relu", layer.gemm("gemm", 0, *outputs_)));
    return graph::build(layer.finish());
  }

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
  std::optional<int> inputs_, outputs_;
  std::optional<std::string> network_;
  Figure figure_ = Figure::Latency;
};

}  // namespace

void register_layer(Measures& table) {
  table.add<LayerMeasure>("layer");
}

}  // namespace phasecore::validate
