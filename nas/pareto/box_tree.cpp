#include "nas/pareto/box_tree.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "common/diagnostics.hpp"

namespace phasecore::pareto {
namespace {

/// Points of a box that is not split further.
constexpr std::size_t kFewPoints = 8;

bool no_worse(const Point& a, const Point& b) {
  for (std::size_t m = 0; m < a.size(); ++m)
    if (!(a[m] <= b[m])) return false;
  return true;
}

double shift(const Point& from, const Point& p, const Point& scale) {
  double needed = -std::numeric_limits<double>::infinity();
  for (std::size_t m = 0; m < from.size(); ++m)
    needed = std::max(needed, (from[m] - p[m]) / (scale.empty() ? 1 : scale[m]));
  return needed;
}

}  // namespace

BoxTree::BoxTree(const std::vector<Point>& points) : points_(points), order_(points.size()) {
  common::ensure(!points.empty(), "a tree of no points");
  for (const Point& p : points)
    common::ensure(p.size() == points[0].size(), "a tree of points of different dimensions");
  std::iota(order_.begin(), order_.end(), 0);
  boxes_.push_back(box_of(0, points.size()));
  split(0, 0);
}

BoxTree::Box BoxTree::box_of(std::size_t begin, std::size_t end) const {
  Box box;
  box.low = box.high = points_[order_[begin]];
  box.begin = begin;
  box.end = end;
  box.first = *std::min_element(order_.begin() + static_cast<std::ptrdiff_t>(begin),
                                order_.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t i = begin; i < end; ++i)
    for (std::size_t m = 0; m < box.low.size(); ++m) {
      box.low[m] = std::min(box.low[m], points_[order_[i]][m]);
      box.high[m] = std::max(box.high[m], points_[order_[i]][m]);
    }
  return box;
}

/// In the middle of an objective, each in its turn.
void BoxTree::split(std::size_t box, std::size_t objective) {
  const std::size_t begin = boxes_[box].begin, end = boxes_[box].end;
  if (end - begin <= kFewPoints) return;
  const std::size_t middle = begin + (end - begin) / 2;
  const auto at = [&](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
  std::nth_element(at(begin), at(middle), at(end), [&](std::size_t a, std::size_t b) {
    return points_[a][objective] < points_[b][objective];
  });
  const std::size_t halves = boxes_.size();
  boxes_[box].halves = halves;
  boxes_.push_back(box_of(begin, middle));
  boxes_.push_back(box_of(middle, end));
  const std::size_t next = objective + 1 < points_[0].size() ? objective + 1 : 0;
  split(halves, next);
  split(halves + 1, next);
}

bool BoxTree::covers(const Point& p, std::size_t count) {
  common::ensure(p.size() == points_[0].size(), "a point of another dimension than the tree's");
  return covers(boxes_[0], p, count);
}

bool BoxTree::covers(const Box& box, const Point& p, std::size_t count) {
  ++steps_;
  if (box.first >= count || !no_worse(box.low, p)) return false;
  if (no_worse(box.high, p)) return true;  // all of it does, so the first point, which counts
  if (box.halves != 0)
    return covers(boxes_[box.halves], p, count) || covers(boxes_[box.halves + 1], p, count);
  for (std::size_t i = box.begin; i < box.end; ++i) {
    ++steps_;
    if (order_[i] < count && no_worse(points_[order_[i]], p)) return true;
  }
  return false;
}

double BoxTree::shift_to_cover(const Point& p, const Point& scale, double enough) {
  common::ensure(p.size() == points_[0].size() && (scale.empty() || scale.size() == p.size()),
                 "a point of another dimension than the tree's");
  double least = std::numeric_limits<double>::infinity();
  approach(boxes_[0], p, scale, enough, least);
  return least;
}

/// No point of a box needs less than its best corner.
void BoxTree::approach(const Box& box, const Point& p, const Point& scale, double enough, double& least) {
  ++steps_;
  if (least <= enough) return;
  if (box.halves == 0) {
    for (std::size_t i = box.begin; i < box.end; ++i) {
      ++steps_;
      least = std::min(least, shift(points_[order_[i]], p, scale));
    }
    return;
  }
  const Box *near = &boxes_[box.halves], *far = near + 1;
  double to_near = shift(near->low, p, scale), to_far = shift(far->low, p, scale);
  if (to_far < to_near) {
    std::swap(near, far);
    std::swap(to_near, to_far);
  }
  if (to_near < least) approach(*near, p, scale, enough, least);
  if (to_far < least) approach(*far, p, scale, enough, least);
}

}  // namespace phasecore::pareto
