#include "nas/evaluate/figures.hpp"

#include <limits>

namespace phasecore::evaluate {

bool is_accuracy(const std::string& figure) {
  return figure.rfind("accuracy@", 0) == 0 || figure.rfind("plain.accuracy@", 0) == 0;
}

Range range_of(const std::string& figure) {
  if (is_accuracy(figure)) return {0, 1, true};
  if (figure == "avm_pp") return {-100, 100, true};
  return {0, std::numeric_limits<double>::infinity(), false};
}

}  // namespace phasecore::evaluate
