#include "nas/pareto/hypervolume.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "common/diagnostics.hpp"
#include "nas/pareto/box_tree.hpp"

namespace phasecore::pareto {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool at_least_as_good(const Point& a, const Point& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] > b[i]) return false;
  return true;
}

bool better_everywhere(const Point& a, const Point& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(a[i] < b[i])) return false;
  return true;
}

/// Sorted, without repeats and dominated points.
std::vector<Point> pruned(std::vector<Point> points) {
  constexpr std::size_t kMany = 200;  // a tree pays then
  std::sort(points.begin(), points.end());
  std::vector<Point> kept;
  if (points.size() < kMany) {
    for (const Point& point : points)  // whoever dominates a point stands before it
      if (std::none_of(kept.begin(), kept.end(),
                       [&](const Point& better) { return at_least_as_good(better, point); }))
        kept.push_back(point);
    return kept;
  }
  BoxTree tree(points);
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!tree.covers(points[i], i)) kept.push_back(points[i]);
  return kept;
}

/// `front` is pruned, hence sorted by the first objective.
double sweep2(const std::vector<Point>& front, const Point& reference) {
  double volume = 0, ceiling = reference[1];
  for (const Point& p : front) {
    volume += (reference[0] - p[0]) * (ceiling - p[1]);
    ceiling = p[1];
  }
  return volume;
}

/// Without an allocation per point: the search asks for thousands of small volumes in a round.
using Point3 = std::array<double, 3>;

/// `front` is sorted by the first objective; dominated points do no harm. The plane of objectives 1 and 2 is
/// swept along objective 0: a staircase of the points passed, its area kept up to date.
double sweep3(const std::vector<Point3>& front, const Point& reference) {
  // Objective 1 -> 2: ascending -> descending. A vector: fronts are short, and this is the innermost loop.
  std::vector<std::pair<double, double>> stairs = {{-std::numeric_limits<double>::infinity(), reference[2]},
                                                   {reference[1], -std::numeric_limits<double>::infinity()}};
  stairs.reserve(front.size() + 2);
  double volume = 0, area = 0;
  for (std::size_t i = 0; i < front.size(); ++i) {
    const double x = front[i][1], y = front[i][2];
    const auto right_of = std::upper_bound(stairs.begin(), stairs.end(), x,
                                           [](double at, const auto& step) { return at < step.first; });
    const auto left = std::prev(right_of);
    if (left->second > y) {
      // Steps to the right that are higher than y vanish under the new one.
      double from = x, height = left->second;
      auto right = right_of;
      for (; right->second >= y; ++right) {
        area += (right->first - from) * (height - y);
        from = right->first;
        height = right->second;
      }
      area += (right->first - from) * (height - y);
      const bool in_place = left->first == x;
      const auto at = stairs.erase(in_place ? left : right_of, right);
      stairs.insert(at, {x, y});
    }
    const double next = i + 1 < front.size() ? front[i + 1][0] : reference[0];
    volume += area * (next - front[i][0]);
  }
  return volume;
}

double box(const double* point, const double* reference, std::size_t objectives) {
  double volume = 1;
  for (std::size_t m = 0; m < objectives; ++m) volume *= reference[m] - point[m];
  return volume;
}

/// Four and more objectives: WFG (While, Bradstreet, Barone, "A fast way of calculating exact hypervolumes",
/// IEEE TEC 16(1), 2012) with its slicing. A point adds its box less what the later points, cut down to that
/// box, fill of it; the points go from the worst to the best in the last objective, so that all that is cut
/// down is equal there and has one objective less. Points lie one after the other in memory, a buffer per
/// level.
class Slicing {
 public:
  Slicing(const Point& reference, double most_steps)
      : reference_(reference), levels_(reference.size() + 1), steps_left_(most_steps) {}

  /// Nothing when it takes more steps.
  std::optional<double> volume(const std::vector<Point>& points) {
    Level& level = levels_[reference_.size()];
    level.values.clear();
    for (const Point& p : points) level.values.insert(level.values.end(), p.begin(), p.end());
    const double all = volume(reference_.size());
    return steps_left_ < 0 ? std::nullopt : std::optional(all);
  }

 private:
  struct Level {
    std::vector<double> values;        ///< of the points, each with as many objectives as the level has
    std::vector<const double*> order;  ///< the points that count
  };

  /// Of the points of the level.
  double volume(std::size_t objectives) {
    if (objectives == 3) return volume3();
    Level& level = levels_[objectives];
    prune(level, objectives);
    const std::size_t points = level.values.size() / objectives;
    steps_left_ -= static_cast<double>(points * (level.order.size() + 1));
    if (steps_left_ < 0) return 0;
    if (level.order.size() < 3) return volume_of_two(level.order, objectives);
    const std::size_t last = objectives - 1;
    std::sort(level.order.begin(), level.order.end(), [&](const double* a, const double* b) {
      if (a[last] != b[last]) return a[last] > b[last];
      return std::lexicographical_compare(a, a + last, b, b + last);
    });
    double all = 0;
    for (std::size_t i = 0; i < level.order.size() && steps_left_ >= 0; ++i) {
      const double* point = level.order[i];
      Level& next = levels_[last];
      next.values.clear();
      for (std::size_t j = i + 1; j < level.order.size(); ++j)
        for (std::size_t m = 0; m < last; ++m) next.values.push_back(std::max(point[m], level.order[j][m]));
      all += (reference_[last] - point[last]) * (box(point, reference_.data(), last) - volume(last));
    }
    return all;
  }

  double volume_of_two(const std::vector<const double*>& points, std::size_t objectives) const {
    double all = 0;
    for (const double* p : points) all += box(p, reference_.data(), objectives);
    if (points.size() < 2) return all;
    double common = 1;
    for (std::size_t m = 0; m < objectives; ++m)
      common *= reference_[m] - std::max(points[0][m], points[1][m]);
    return all - common;
  }

  double volume3() {
    const std::vector<double>& values = levels_[3].values;
    points3_.clear();
    for (std::size_t at = 0; at < values.size(); at += 3)
      points3_.push_back({values[at], values[at + 1], values[at + 2]});
    std::sort(points3_.begin(), points3_.end());
    return sweep3(points3_, reference_);
  }

  /// Leaves out what another point equals or dominates.
  static void prune(Level& level, std::size_t objectives) {
    level.order.clear();
    std::vector<const double*>& kept = level.order;
    for (std::size_t at = 0; at < level.values.size(); at += objectives) {
      const double* point = level.values.data() + at;
      const auto covers = [&](const double* a, const double* b) {
        for (std::size_t m = 0; m < objectives; ++m)
          if (a[m] > b[m]) return false;
        return true;
      };
      if (std::any_of(kept.begin(), kept.end(), [&](const double* other) { return covers(other, point); }))
        continue;
      kept.erase(
          std::remove_if(kept.begin(), kept.end(), [&](const double* other) { return covers(point, other); }),
          kept.end());
      kept.push_back(point);
    }
  }

  const Point& reference_;
  std::vector<Level> levels_;  ///< by the number of objectives
  std::vector<Point3> points3_;
  double steps_left_;  ///< comparisons of two points
};

/// `front` is pruned.
std::optional<double> volume_of(const std::vector<Point>& front, const Point& reference, double most_steps) {
  if (front.empty()) return 0;
  switch (reference.size()) {
    case 1:
      return reference[0] - front[0][0];
    case 2:
      return sweep2(front, reference);
    case 3: {
      std::vector<Point3> points;
      for (const Point& p : front) points.push_back({p[0], p[1], p[2]});
      return sweep3(points, reference);
    }
    default:
      return Slicing(reference, most_steps).volume(front);
  }
}

/// What p fills of its box that the others do not.
double alone(std::vector<Point> others, const Point& p, const Point& reference) {
  const double whole = box(p.data(), reference.data(), p.size());
  if (p.size() == 3) {
    std::vector<Point3> limited;
    limited.reserve(others.size());
    for (const Point& other : others)
      limited.push_back({std::max(other[0], p[0]), std::max(other[1], p[1]), std::max(other[2], p[2])});
    std::sort(limited.begin(), limited.end());
    return whole - sweep3(limited, reference);
  }
  for (Point& other : others)
    for (std::size_t m = 0; m < p.size(); ++m) other[m] = std::max(other[m], p[m]);
  return whole - volume_of(pruned(std::move(others)), reference, kInfinity).value();
}

std::optional<double> checked_volume(const std::vector<Point>& points, const Point& reference,
                                     double most_steps) {
  common::ensure(!reference.empty(), "hypervolume: no objectives");
  std::vector<Point> inside;
  for (const Point& p : points) {
    common::ensure(p.size() == reference.size(),
                   "hypervolume: a point has another dimension than the reference");
    for (std::size_t m = 0; m < p.size(); ++m)
      common::ensure(!std::isnan(p[m]) && std::isfinite(reference[m]),
                     "hypervolume: NaN or no finite reference");
    if (better_everywhere(p, reference)) inside.push_back(p);
  }
  return volume_of(pruned(std::move(inside)), reference, most_steps);
}

}  // namespace

std::optional<double> hypervolume_within(const std::vector<Point>& points, const Point& reference,
                                         double most_steps) {
  const auto volume = checked_volume(points, reference, most_steps);
  return volume && std::isfinite(*volume) ? volume : std::nullopt;
}

double hypervolume(const std::vector<Point>& points, const Point& reference) {
  return checked_volume(points, reference, kInfinity).value();
}

double improvement(const std::vector<Point>& points, const Point& p, const Point& reference) {
  common::ensure(p.size() == reference.size(),
                 "improvement: the point has another dimension than the reference");
  if (!better_everywhere(p, reference)) return 0;
  std::vector<Point> others;
  for (const Point& other : points) {
    common::ensure(other.size() == p.size(), "improvement: points of different dimensions");
    if (at_least_as_good(other, p)) return 0;
    if (better_everywhere(other, reference)) others.push_back(other);
  }
  return alone(std::move(others), p, reference);
}

std::vector<double> contributions(const std::vector<Point>& points, const Point& reference) {
  const double all = hypervolume(points, reference);
  std::vector<double> lost;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::vector<Point> others = points;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    lost.push_back(all - hypervolume(others, reference));
  }
  return lost;
}

}  // namespace phasecore::pareto
