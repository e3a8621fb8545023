#include "nas/pareto/hypervolume.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "common/diagnostics.hpp"

namespace phasecore::pareto {

namespace {

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
  std::sort(points.begin(), points.end());
  std::vector<Point> kept;
  for (const Point& point : points)  // whoever dominates a point stands before it
    if (std::none_of(kept.begin(), kept.end(),
                     [&](const Point& better) { return at_least_as_good(better, point); }))
      kept.push_back(point);
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
  std::map<double, double> stairs;  // objective 1 -> 2: ascending -> descending
  stairs[-std::numeric_limits<double>::infinity()] = reference[2];
  stairs[reference[1]] = -std::numeric_limits<double>::infinity();
  double volume = 0, area = 0;
  for (std::size_t i = 0; i < front.size(); ++i) {
    const double x = front[i][1], y = front[i][2];
    auto left = std::prev(stairs.upper_bound(x));
    if (left->second > y) {
      // Steps to the right that are higher than y vanish under the new one.
      double from = x, height = left->second;
      auto right = std::next(left);
      while (right->second >= y) {
        area += (right->first - from) * (height - y);
        from = right->first;
        height = right->second;
        right = stairs.erase(right);
      }
      area += (right->first - from) * (height - y);
      stairs[x] = y;
    }
    const double next = i + 1 < front.size() ? front[i + 1][0] : reference[0];
    volume += area * (next - front[i][0]);
  }
  return volume;
}

double volume_of(const std::vector<Point>& front, const Point& reference);

double box(const Point& p, const Point& reference) {
  double volume = 1;
  for (std::size_t i = 0; i < p.size(); ++i) volume *= reference[i] - p[i];
  return volume;
}

/// What p fills of its box that the others do not.
double alone(std::vector<Point> others, const Point& p, const Point& reference) {
  if (p.size() == 3) {
    std::vector<Point3> limited;
    limited.reserve(others.size());
    for (const Point& other : others)
      limited.push_back({std::max(other[0], p[0]), std::max(other[1], p[1]), std::max(other[2], p[2])});
    std::sort(limited.begin(), limited.end());
    return box(p, reference) - sweep3(limited, reference);
  }
  for (Point& other : others)
    for (std::size_t m = 0; m < p.size(); ++m) other[m] = std::max(other[m], p[m]);
  return box(p, reference) - volume_of(pruned(std::move(others)), reference);
}

/// While, Bradstreet, Barone, "A fast way of calculating exact hypervolumes", IEEE TEC 16(1), 2012: a point
/// adds its box less what the later points, cut down to that box, fill of it.
double wfg(const std::vector<Point>& front, const Point& reference) {
  double volume = 0;
  for (std::size_t i = 0; i < front.size(); ++i)
    volume += alone({front.begin() + static_cast<std::ptrdiff_t>(i) + 1, front.end()}, front[i], reference);
  return volume;
}

double volume_of(const std::vector<Point>& front, const Point& reference) {
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
      return wfg(front, reference);
  }
}

}  // namespace

double hypervolume(const std::vector<Point>& points, const Point& reference) {
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
  return volume_of(pruned(std::move(inside)), reference);
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
