#include "nas/evaluate/crossed.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"

namespace phasecore::evaluate {
namespace {

constexpr double kNormal = 1.959963985;

struct Sums {
  std::vector<double> by_instance, by_image;
  double all = 0, squares = 0;
};

Sums sums_of(const monte_carlo::Outcomes& o) {
  Sums sums{std::vector<double>(o.instances, 0), std::vector<double>(o.images, 0), 0, 0};
  for (int i = 0; i < o.instances; ++i)
    for (int n = 0; n < o.images; ++n) {
      const double value = o.values[static_cast<std::size_t>(i) * o.images + n];
      sums.by_instance[i] += value;
      sums.by_image[n] += value;
      sums.all += value;
      sums.squares += value * value;
    }
  return sums;
}

double sum_of_squares(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v * v;
  return sum;
}

/// error^2 as in the header. All sums are of small integers, so nothing is lost in the differences.
double variance_of_mean(const monte_carlo::Outcomes& o) {
  const double instances = o.instances, images = o.images, cells = instances * images;
  if (o.images < 2) return 0;
  const Sums sums = sums_of(o);
  const double correction = sums.all * sums.all / cells;
  const double between_instances = sum_of_squares(sums.by_instance) / images - correction;
  const double between_images = sum_of_squares(sums.by_image) / instances - correction;
  const double image_square = between_images / (images - 1);
  if (o.instances < 2) return image_square / images;
  const double instance_square = between_instances / (instances - 1);
  const double rest = std::max(0.0, sums.squares - correction - between_instances - between_images) /
                      ((instances - 1) * (images - 1));
  return std::max(0.0, instance_square - rest) / cells + std::max(0.0, image_square - rest) / cells +
         rest / cells;
}

}  // namespace

Figure crossed_mean(const monte_carlo::Outcomes& outcomes, double unit) {
  common::ensure(outcomes.images > 0 && outcomes.instances > 0 &&
                     outcomes.values.size() == static_cast<std::size_t>(outcomes.instances) * outcomes.images,
                 "evaluate: outcomes of another size than they say");
  const double least = kNormal / (outcomes.images + kNormal * kNormal);
  return {unit * monte_carlo::mean(outcomes), unit * std::max(least, std::sqrt(variance_of_mean(outcomes)))};
}

Figure spread(const monte_carlo::Outcomes& outcomes) {
  common::ensure(outcomes.instances > 1, "evaluate: the spread of one instance");
  const double deviation = monte_carlo::deviation(outcomes);
  return {deviation, deviation / std::sqrt(2.0 * (outcomes.instances - 1))};
}

}  // namespace phasecore::evaluate
