// The types of converters at the columns of a crossbar: each is one file of types/ with its keys, its law,
// its energy and its time. Neither the chip's file nor the numbers know a type by name.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"

namespace phasecore::adc {

/// What a converter converts in one phase of an MVM.
struct Read {
  int bits = 0;              ///< of the layer: counts go to 2^bits - 1
  double saturation_ua = 0;  ///< line current at the largest count
  double pulse_ns = 0;       ///< full input pulse
};

/// f(I) = A I / (1 + B I) + C, counted while the pulse lasts and corrected digitally at two points.
struct Oscillator {
  double a_mhz_per_ua = 0, b_per_ua = 0, c_mhz = 0;
  double gain_spread = 0;        ///< relative standard deviation of A over ADCs before the correction
  double calibration_level = 1;  ///< of full scale, where the correction is exact
};

/// How line currents become counts.
struct Law {
  int max_count = 0;
  std::optional<Oscillator> oscillator;  ///< none: a straight line
};

/// The converter whose energy a chip's file gives.
struct Reference {
  double fj_per_step = 0;  ///< one conversion is this times 2^bits
  int bits = 0;
  double pulse_ns = 0;
};

class Type {
 public:
  virtual ~Type() = default;
  virtual std::unique_ptr<Type> clone() const = 0;
  /// The keys that this type has under `adc` beside those of all types.
  virtual void fields(common::FieldVisitor& v) = 0;
  virtual Law law(const Read& read) const = 0;
  /// How many times as long as the inputs ask a full input pulse lasts, so that the counts fit into it; 1 or
  /// more.
  virtual double stretch(const Read& /*of the pulse that the inputs ask for*/) const { return 1; }
  /// Time of a phase from the end of the pulse until the last of the crossbar's columns is converted, in ns.
  virtual double conversion_ns(const Read& /*read*/, int /*columns*/) const { return 0; }
  /// Silicon of the converters of so many columns beside that in area.core_mm2, in mm2.
  virtual double area_mm2(int /*columns*/) const { return 0; }
  /// Energy of one column in one phase, in femtojoules.
  virtual double conversion_fj(const Read& read, const Reference& reference) const = 0;
};

/// Types by the name that `adc.law` gives them.
class Types {
 public:
  template <class T>
  void add(const std::string& name) {
    prototypes_[name] = std::make_unique<T>();
  }
  /// With keys that are all 0; throws InternalError for an unknown name.
  std::unique_ptr<Type> make(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, std::unique_ptr<Type>> prototypes_;
};

/// Those of types/*.cpp.
const Types& types();

}  // namespace phasecore::adc
