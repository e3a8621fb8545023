// A network on a chip by the closed form: time per image, of one layer, and cores.
#include <algorithm>

#include "common/units.hpp"
#include "models/graph/fold.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/load.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

enum class Figure { Interval, Cores, Layer };

class ScheduleMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    v.group({"network", "", "the network"}, network_);
    chip_.fields(v);
    v.choice({"figure", "",
              "interval_ms: from image to image; cores; layer_ms: what the layer's busiest core takes of it"},
             figure_, {"interval_ms", "cores", "layer_ms"});
    v.field({"layer", "", "layer_ms: of which layer"}, layer_);
    v.check(layer_.has_value() == (figure_ == Figure::Layer), "layer_ms, and it alone, is of a `layer`",
            {"figure"});
  }

  double value(Shared&) const override {
    const config::Chip chip = chip_.load();
    const mapping::Mapping map = mapping::map(graph::fold(network_.build()), chip);
    if (figure_ == Figure::Cores) return map.cores_used;
    const mapping::BuiltProgram built = mapping::build_program(map, chip);
    return static_cast<double>(figure_ == Figure::Layer ? time_of_layer(map, built)
                               : built.waves.empty()
                                   ? mapping::loads(built.program, chip.cores()).interval_ps()
                                   : mapping::interval_of_waves(built.program, built.waves)) *
           1e-9;
  }

 private:
  common::Picoseconds time_of_layer(const mapping::Mapping& map, const mapping::BuiltProgram& built) const {
    common::Picoseconds most = 0;
    for (std::size_t t = 0; t < built.tasks.size(); ++t) {
      const mapping::TaskOrigin& origin = built.tasks[t];
      if (origin.stage >= 0 && origin.role == mapping::TaskRole::Core &&
          map.stages[origin.stage].name == *layer_)
        most = std::max(most, mapping::load_of(built.program.tasks[t]));
    }
    if (most == 0) throw common::InputError("no core works for a layer '" + *layer_ + "'");
    return most;
  }

  NetworkChoice network_;
  ChipChoice chip_;
  Figure figure_ = Figure::Interval;
  std::optional<std::string> layer_;
};

}  // namespace

void register_schedule(Measures& table) {
  table.add<ScheduleMeasure>("schedule");
}

}  // namespace phasecore::validate
