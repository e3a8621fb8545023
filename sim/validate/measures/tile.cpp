// One array against time, as `phasecore tile` characterises it.
#include "sim/tile/tile.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "common/units.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

enum class Figure { RelativeError, Alpha, EquivalentBits };

class TileMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    v.field({"weights", "", "matrix file, beside this one"}, weights_);
    v.place("weights", where_);
    v.field({"inputs", "", "vectors, beside this one"}, inputs_);
    v.field({"device", "", "shipped PCM devices"}, device_);
    v.choice({"mode", "", "as --mode"}, mode_, {"device-pairs", "aihwkit-tile"});
    v.choice({"compensation", "", "as --compensation"}, compensation_, {"none", "gdc", "gdc-column"});
    v.field({"bits", "", "of both converters, with an output bound of 10; 0: perfect ones", 0, 20}, bits_);
    v.field({"time", "", "from the end of programming, as 1d"}, time_);
    v.field({"instances", "", "programmings", 1, 1000}, instances_);
    v.choice({"figure", "", "rel_l2, alpha, or equivalent_bits of the weights"}, figure_,
             {"rel_l2", "alpha", "equivalent_bits"});
  }

  double value(Shared& shared) const override {
    const std::string key =
        fmt::format("{} {} {} {} {} {} {} {}", beside(weights_), beside(inputs_), device_,
                    static_cast<int>(mode_), static_cast<int>(compensation_), bits_, time_, instances_);
    const tile::Point& point = shared.characterisation(key, request()).points.at(0);
    switch (figure_) {
      case Figure::RelativeError:
        return point.rel_l2.mean;
      case Figure::Alpha:
        return point.alpha.mean;
      case Figure::EquivalentBits:
        return point.equivalent_bits;
    }
    throw common::InternalError("a figure of no known kind");
  }

 private:
  std::string beside(const std::string& name) const {
    return (std::filesystem::path(where_.file).parent_path() / name).string();
  }

  tile::Request request() const {
    tile::Request r;
    r.weights = tile::read_matrix(beside(weights_));
    r.inputs = tile::read_matrix(beside(inputs_));
    r.device = config::load_device(device_);
    r.mode = mode_;
    r.compensation = compensation_;
    r.converters.dac_bits = r.converters.adc_bits = bits_;
    if (bits_ == 0) r.converters.out_bound.reset();
    r.times_s = {common::parse_duration_s(time_)};
    r.instances = instances_;
    return r;
  }

  common::Location where_;
  std::string weights_, inputs_, device_, time_;
  tile::Mode mode_ = tile::Mode::DevicePairs;
  analog::Compensation compensation_ = analog::Compensation::None;
  int bits_ = 0, instances_ = 0;
  Figure figure_ = Figure::RelativeError;
};

}  // namespace

void register_tile(Measures& table) {
  table.add<TileMeasure>("tile");
}

}  // namespace phasecore::validate
