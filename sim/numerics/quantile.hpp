// A high quantile of many values that are seen once, exactly, without keeping them all.
#pragma once

#include <cstddef>
#include <vector>

namespace phasecore::numerics {

/// The smallest of `count` values that at least the share `covered` of them do not exceed (nearest rank).
/// Keeps the largest (1 - covered) * count values only.
class Quantile {
 public:
  Quantile(double covered, long long count);
  void add(float value) {
    if (kept_.size() < keep_ || value > floor_) push(value);
  }
  /// After exactly `count` values (fewer: of a smaller share). 0 if there were none.
  float value() const;

 private:
  void push(float value);
  void shrink();

  std::size_t keep_;
  float floor_ = 0;  ///< no value up to this one can matter any more
  std::vector<float> kept_;
};

}  // namespace phasecore::numerics
