// The catalogue of figures: what a measured number is called, its unit, which way is better, how it is
// printed. Search and sweep, their tables and pages know figures from here; who measures them, from
// nas/evaluate.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace phasecore::figures {

/// A measured number. Units are in the figure's name; accuracies are fractions, avm_pp percentage points.
struct Figure {
  double value = 0;
  double error = 0;  ///< standard error, 0 = exact
  bool operator==(const Figure& o) const { return value == o.value && error == o.error; }
};
using Figures = std::map<std::string, Figure>;

enum class Better { Higher, Lower, Neither };

/// Where the values of a figure lie.
struct Range {
  double low = 0, high = std::numeric_limits<double>::infinity();
  bool low_occurs = false;  ///< false: values are greater than `low`
};

/// One figure, or a family of them: "accuracy@" is accuracy@1d, accuracy@digital, ...
struct Kind {
  std::string name;  ///< that of a family ends with '@'
  std::string unit;
  Better better = Better::Lower;
  std::string meaning;  ///< for `phasecore describe`
  Range range = {};
};

/// Of the standard deviations `NAME.std`: as the figure, lower is better.
class Catalogue {
 public:
  explicit Catalogue(std::vector<Kind> kinds) : kinds_(std::move(kinds)) {}
  const std::vector<Kind>& kinds() const { return kinds_; }
  /// Throws InternalError for a name that is there already.
  void add(Kind kind);
  /// nullptr for what is no figure.
  const Kind* find(const std::string& figure) const;
  /// Lower for what the catalogue does not know, as all costs are.
  Better better(const std::string& figure) const;

 private:
  std::vector<Kind> kinds_;
};

/// What search and sweep measure.
const Catalogue& catalogue();

/// A fraction of images answered right, or its standard deviation: "accuracy@1d", "plain.accuracy@1d.std".
bool is_accuracy(const std::string& figure);

/// All but accuracies and what is made of them are amounts.
Range range_of(const std::string& figure);

/// "88.31", "88.31 ± 0.42", "66420": percent for accuracies, a 95 % interval where there is one.
std::string text(const std::string& name, const Figure& figure);

}  // namespace phasecore::figures
