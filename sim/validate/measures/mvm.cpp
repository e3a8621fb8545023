// Peak figures of a chip, and one multiplication in one core.
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

enum class Figure { Time, Energy, Tops, TopsPerW, TopsPerMm2 };

class MvmMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    chip_.fields(v);
    v.field({"rows", "", "of the matrix in a core", 1, 65536}, rows_);
    v.field({"columns", "", "of the matrix in a core", 1, 65536}, columns_);
    v.choice({"figure", "",
              "time_ns, energy_nj (both of one core), tops (all cores), tops_per_w or tops_per_mm2 (of the "
              "multiplying part of a core)"},
             figure_, {"time_ns", "energy_nj", "tops", "tops_per_w", "tops_per_mm2"});
  }

  double value(Shared&) const override {
    const config::Chip chip = chip_.load();
    const double time_ns = chip.mvm_ns(chip.adc.bits);
    const double energy_nj = mvm_energy(chip, rows_, columns_, chip.adc.bits).total_pj() * 1e-3;
    const double operations = 2.0 * rows_ * columns_;
    const double tops_of_core = operations / time_ns * 1e-3;
    switch (figure_) {
      case Figure::Time:
        return time_ns;
      case Figure::Energy:
        return energy_nj;
      case Figure::Tops:
        return tops_of_core * chip.cores();
      case Figure::TopsPerW:
        return operations / energy_nj * 1e-3;
      case Figure::TopsPerMm2:
        return tops_of_core / chip.area.array_mm2;
    }
    throw common::InternalError("a figure of no known kind");
  }

 private:
  ChipChoice chip_;
  int rows_ = 0, columns_ = 0;
  Figure figure_ = Figure::Time;
};

}  // namespace

void register_mvm(Measures& table) {
  table.add<MvmMeasure>("mvm");
}

}  // namespace phasecore::validate
