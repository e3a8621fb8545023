// What is known of figures by their names alone.
#pragma once

#include <string>

namespace phasecore::evaluate {

/// A fraction of images answered right, or its standard deviation: "accuracy@1d", "plain.accuracy@1d.std".
bool is_accuracy(const std::string& figure);

/// Where the values of a figure lie. All but accuracies and what is made of them are amounts.
struct Range {
  double low = 0, high = 0;
  bool low_occurs = true;  ///< false: values are greater than `low`
};
Range range_of(const std::string& figure);

}  // namespace phasecore::evaluate
