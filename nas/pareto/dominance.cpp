#include "nas/pareto/dominance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/diagnostics.hpp"

namespace phasecore::pareto {

namespace {

/// Peels fronts off: how many still beat each member, and whom it beats.
template <class T>
std::vector<std::vector<std::size_t>> peeled(const std::vector<T>& members, const Point& epsilon) {
  const std::size_t n = members.size();
  std::vector<std::vector<std::size_t>> beaten(n), fronts;
  std::vector<std::size_t> beaten_by(n, 0);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) {
      if (dominates(members[a], members[b], epsilon)) {
        beaten[a].push_back(b);
        ++beaten_by[b];
      } else if (dominates(members[b], members[a], epsilon)) {
        beaten[b].push_back(a);
        ++beaten_by[a];
      }
    }
  std::vector<std::size_t> current;
  for (std::size_t i = 0; i < n; ++i)
    if (beaten_by[i] == 0) current.push_back(i);
  while (!current.empty()) {
    std::vector<std::size_t> next;
    for (const std::size_t i : current)
      for (const std::size_t worse : beaten[i])
        if (--beaten_by[worse] == 0) next.push_back(worse);
    std::sort(next.begin(), next.end());
    fronts.push_back(std::move(current));
    current = std::move(next);
  }
  return fronts;
}

}  // namespace

bool dominates(const Point& a, const Point& b, const Point& epsilon) {
  common::ensure(a.size() == b.size() && (epsilon.empty() || epsilon.size() == a.size()),
                 "dominates: points of different dimensions");
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] <= b[i])) return false;
    better = better || b[i] - a[i] > (epsilon.empty() ? 0 : epsilon[i]);
  }
  return better;
}

bool dominates(const Score& a, const Score& b, const Point& epsilon) {
  if (a.violation > 0 || b.violation > 0) return a.violation < b.violation;
  return dominates(a.objectives, b.objectives, epsilon);
}

Point pooled_errors(const std::vector<Score>& scores) {
  Point squares;
  std::size_t feasible = 0;
  for (const Score& score : scores) {
    if (score.violation > 0) continue;
    ++feasible;
    squares.resize(score.objectives.size(), 0);
    for (std::size_t i = 0; i < score.errors.size(); ++i) squares.at(i) += score.errors[i] * score.errors[i];
  }
  for (double& square : squares) square = std::sqrt(square / static_cast<double>(feasible));
  return squares;
}

std::vector<std::vector<std::size_t>> sort_fronts(const std::vector<Score>& scores, const Point& epsilon) {
  return peeled(scores, epsilon);
}

std::vector<std::vector<std::size_t>> sort_fronts(const std::vector<Point>& points, const Point& epsilon) {
  return peeled(points, epsilon);
}

std::vector<std::size_t> front(const std::vector<Score>& scores, const Point& epsilon) {
  std::vector<std::size_t> best;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].violation > 0) continue;
    const bool beaten = std::any_of(scores.begin(), scores.end(),
                                    [&](const Score& other) { return dominates(other, scores[i], epsilon); });
    if (!beaten) best.push_back(i);
  }
  return best;
}

std::vector<double> crowding(const std::vector<Point>& front) {
  std::vector<double> distance(front.size(), 0);
  if (front.empty()) return distance;
  std::vector<std::size_t> order(front.size());
  for (std::size_t m = 0; m < front[0].size(); ++m) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return front[a][m] < front[b][m]; });
    const double range = front[order.back()][m] - front[order.front()][m];
    if (!(range > 0)) continue;
    distance[order.front()] = distance[order.back()] = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i + 1 < order.size(); ++i)
      distance[order[i]] += (front[order[i + 1]][m] - front[order[i - 1]][m]) / range;
  }
  return distance;
}

}  // namespace phasecore::pareto
