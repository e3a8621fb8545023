// Points in boxes within boxes: whether one of many covers another point, and by how much the nearest fails
// to, without looking at all of them.
#pragma once

#include <cstddef>
#include <vector>

#include "nas/pareto/dominance.hpp"

namespace phasecore::pareto {

class BoxTree {
 public:
  /// Of at least one point, all with as many objectives. They have to stay where they are.
  explicit BoxTree(const std::vector<Point>& points);

  /// Is one of points 0 to `count` - 1 no worse than p in every objective?
  bool covers(const Point& p, std::size_t count);
  bool covers(const Point& p) { return covers(p, points_.size()); }
  /// The least number that, subtracted from every objective of some point, makes it cover p; differences are
  /// divided by `scale` (empty: 1). Of numbers up to `enough` any will do.
  double shift_to_cover(const Point& p, const Point& scale, double enough);

  /// Boxes and points that were looked at so far.
  std::size_t steps() const { return steps_; }

 private:
  /// Of the points order_[begin] to order_[end - 1]. Its halves, if it has any, are one after the other.
  struct Box {
    Point low, high;
    std::size_t begin = 0, end = 0;
    std::size_t first = 0;   ///< least index of its points
    std::size_t halves = 0;  ///< the first of them; 0: none
  };

  void split(std::size_t box, std::size_t objective);
  Box box_of(std::size_t begin, std::size_t end) const;
  bool covers(const Box& box, const Point& p, std::size_t count);
  void approach(const Box& box, const Point& p, const Point& scale, double enough, double& least);

  const std::vector<Point>& points_;
  std::vector<std::size_t> order_;
  std::vector<Box> boxes_;  ///< the first holds all
  std::size_t steps_ = 0;
};

}  // namespace phasecore::pareto
