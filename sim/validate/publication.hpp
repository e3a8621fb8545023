// What a publication says: a file in configs/validation for each.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"
#include "common/settings_files.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {

enum class Kind {
  Exact,       ///< equal as printed: counts, closed forms
  Calibrated,  ///< constants were fitted to it (`fitted_on` in the chip's file)
  Predicted,   ///< nothing was fitted to it
};
const char* name_of(Kind kind);

/// What ours is to be.
enum class Compared { Equal, AtMost, AtLeast };

struct Row {
  std::string id;
  std::string what;
  std::optional<std::string> place;  ///< in the source: a table
  Kind kind = Kind::Exact;
  std::optional<double> published;  ///< none: predicted before anyone compares
  std::string unit;
  std::optional<double> rounded_to;     ///< exact: the last digit printed
  std::optional<double> tolerance_pct;  ///< of the others
  Compared compared = Compared::Equal;
  std::optional<std::string> reason;  ///< known, for a deviation beyond the tolerance
  std::string measure;
  std::shared_ptr<Measure> of;  ///< what is measured
  common::Location where;
  void fields(common::FieldVisitor& v);

  /// In percent of the published value, if there is one: that of `tolerance_pct`, or half of the last digit.
  double tolerance() const;
};

struct Publication {
  std::string schema;  ///< "phasecore.validation/1"
  std::string source;
  std::vector<Row> rows;
  void fields(common::FieldVisitor& v);
};

constexpr common::SettingsKind validation_files{"validation", "validation"};

/// All shipped ones, by name. Throws InputError with all that is wrong, rows of the same id included.
std::vector<Publication> load_publications();

}  // namespace phasecore::validate
