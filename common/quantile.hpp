// A high quantile of many values that are seen once, exactly, without keeping them all.
#pragma once

#include <cstddef>
#include <vector>

namespace phasecore::common {

/// The smallest of `count` values that at least the share `covered` of them do not exceed (nearest rank).
/// Keeps the largest (1 - covered) * count values only.
class Quantile {
 public:
  /// Throws InternalError for a share outside (0, 1].
  Quantile(double covered, std::size_t count);
  void add(float value) {
    ++seen_;
    if (kept_.size() < keep_ || value > floor_) push(value);
  }
  /// The sizes of values.
  void add_sizes(const float* values, std::size_t count);
  /// The same without those that are infinite or NaN: how many they are.
  std::size_t add_finite_sizes(const float* values, std::size_t count);
  /// Have exactly `count` values come?
  bool complete() const { return seen_ == count_; }
  /// After fewer values: that of a smaller share. 0 if there were none.
  float value() const;

 private:
  template <class Add>
  void add_by_blocks(const float* values, std::size_t count, const Add& add);
  void push(float value);
  void shrink();

  std::size_t count_, keep_, seen_ = 0;
  float floor_;  ///< no value up to this one can matter any more
  std::vector<float> kept_;
};

}  // namespace phasecore::common
