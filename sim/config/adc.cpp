// Keys of the converters: those of all types, those of the type that `adc.law` names, those of their range.
#include <memory>
#include <utility>

#include "sim/config/chip.hpp"

namespace phasecore::config {

void Adc::use(const std::string& law) {
  type_ = adc::types().make(law);
  law_ = law;
}

void Adc::range_fields(AdcRange of, common::FieldVisitor& v) {
  if (of == AdcRange::Calibrated)
    v.field({"range_quantile", "", "share of a layer's line currents that its range covers", 0.5, 1},
            range_quantile);
  if (of == AdcRange::Bound)
    v.field({"range_bound", "", "range in fully-on devices at full input, as aihwkit's out_bound", 1e-3, 1e6},
            range_bound);
}

void Adc::fields(common::FieldVisitor& v) {
  v.field({"bits", "bit", "counts per polarity: 0 to 2^bits - 1", 1, 16}, bits);
  std::string law = law_;
  v.choice({"law", "", "type of the converters: how currents become counts, in what time, for what energy"},
           law, adc::types().names());
  if (law != law_) use(law);
  v.field({"saturation_ua", "uA", "largest current that a line carries", 1e-3, 1e6}, saturation_ua);
  static const std::vector<std::string> ranges = {"saturation", "calibrated", "bound"};
  v.choice(
      {"range", "",
       "line current at the largest count, at most saturation_ua. saturation: that; calibrated: a quantile "
       "of each layer's line currents on the calibration images; bound: a number of devices, for all layers"},
      range, ranges);
  range_fields(range, v);
  for (const AdcRange other : {AdcRange::Calibrated, AdcRange::Bound})
    if (other != range)
      v.other_choice("range", ranges[static_cast<int>(other)],
                     [other](common::FieldVisitor& keys) { Adc().range_fields(other, keys); });
  std::unique_ptr<adc::Type> type = type_->clone();
  type->fields(v);
  type_ = std::move(type);
  v.field({"output_noise", "",
           "standard deviation per MVM at the reference pulse and voltage; 1 = one fully-on device at full "
           "input",
           0, 1e3},
          output_noise);
  for (const std::string& other : adc::types().names())
    if (other != law_)
      v.other_choice("law", other,
                     [&](common::FieldVisitor& keys) { adc::types().make(other)->fields(keys); });
}

}  // namespace phasecore::config
