#include "nas/pareto/indicators.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/diagnostics.hpp"
#include "nas/pareto/box_tree.hpp"

namespace phasecore::pareto {

std::size_t knee(const std::vector<Point>& front) {
  common::ensure(!front.empty(), "knee: empty front");
  Point low = front[0], high = front[0];
  for (const Point& p : front)
    for (std::size_t m = 0; m < low.size(); ++m) {
      low[m] = std::min(low[m], p.at(m));
      high[m] = std::max(high[m], p[m]);
    }
  std::size_t best = 0;
  std::pair<double, double> least{std::numeric_limits<double>::infinity(), 0};  // worst objective, sum
  for (std::size_t i = 0; i < front.size(); ++i) {
    double worst = 0, sum = 0;
    for (std::size_t m = 0; m < low.size(); ++m) {
      if (high[m] == low[m]) continue;
      const double scaled = (front[i][m] - low[m]) / (high[m] - low[m]);
      worst = std::max(worst, scaled);
      sum += scaled;
    }
    if (std::pair(worst, sum) < least) {
      least = {worst, sum};
      best = i;
    }
  }
  return best;
}

double coverage(const std::vector<Point>& a, const std::vector<Point>& b) {
  if (b.empty()) return 1;
  if (a.empty()) return 0;
  BoxTree tree(a);
  const auto covered = std::count_if(b.begin(), b.end(), [&](const Point& p) { return tree.covers(p); });
  return static_cast<double>(covered) / static_cast<double>(b.size());
}

double additive_epsilon(const std::vector<Point>& a, const std::vector<Point>& b, const Point& scale) {
  common::ensure(!a.empty() && !b.empty(), "additive_epsilon: empty front");
  BoxTree tree(a);
  double worst = -std::numeric_limits<double>::infinity();
  for (const Point& p : b) worst = std::max(worst, tree.shift_to_cover(p, scale, worst));
  return worst;
}

}  // namespace phasecore::pareto
