#include "sim/monte_carlo/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "common/random.hpp"

namespace phasecore::monte_carlo {
namespace {

constexpr int kResamples = 1000;
/// Positions of the 2.5 % and 97.5 % quantiles among the sorted resamples.
constexpr int kLow = 24, kHigh = 975;
/// The standard normal's 97.5 % quantile.
constexpr double kNormal = 1.959963985;

/// How often each of n things is drawn in n draws, for every resample.
std::vector<std::uint16_t> draw(std::uint64_t seed, std::uint32_t what, int n) {
  std::vector<std::uint16_t> counts(static_cast<std::size_t>(kResamples) * n, 0);
  common::RandomKey key;
  key.seed = seed;
  key.purpose = common::Purpose::Bootstrap;
  key.layer = what;
  for (int r = 0; r < kResamples; ++r)
    for (int i = 0; i < n; ++i) {
      const std::uint64_t address = static_cast<std::uint64_t>(r) * n + i;
      ++counts[static_cast<std::size_t>(r) * n + common::uniform_index(key, address, n)];
    }
  return counts;
}

std::vector<double> means_of_instances(const Outcomes& o) {
  std::vector<double> means;
  for (int i = 0; i < o.instances; ++i) {
    long long sum = 0;
    for (int n = 0; n < o.images; ++n) sum += o.values[static_cast<std::size_t>(i) * o.images + n];
    means.push_back(static_cast<double>(sum) / o.images);
  }
  return means;
}

}  // namespace

double mean(const Outcomes& outcomes) {
  long long sum = 0;
  for (const std::int8_t v : outcomes.values) sum += v;
  return static_cast<double>(sum) / static_cast<double>(outcomes.values.size());
}

double deviation(const Outcomes& outcomes) {
  if (outcomes.instances < 2) return 0;
  const double centre = mean(outcomes);
  double squares = 0;
  for (const double m : means_of_instances(outcomes)) squares += (m - centre) * (m - centre);
  return std::sqrt(squares / (outcomes.instances - 1));
}

Bootstrap::Bootstrap(std::uint64_t seed, int instances, int images)
    : instances_(instances),
      images_(images),
      instance_counts_(draw(seed, 1, instances)),
      image_counts_(draw(seed, 2, images)) {
  if (instances < 2) return;
  const boost::math::students_t student(instances - 1);
  stretch_ = std::sqrt(instances / (instances - 1.0)) * boost::math::quantile(student, 0.975) / kNormal;
}

double Bootstrap::resolution() const {
  return kNormal * kNormal / (images_ + kNormal * kNormal);
}

Interval Bootstrap::interval(const Outcomes& outcomes, double lowest, double highest, double unit) const {
  common::ensure(outcomes.instances == instances_ && outcomes.images == images_ &&
                     outcomes.values.size() == static_cast<std::size_t>(instances_) * images_,
                 "monte_carlo: outcomes of another size than the bootstrap");
  const double centre = mean(outcomes);
  const std::vector<double> means = means_of_instances(outcomes);
  std::vector<double> resampled;
  for (int r = 0; r < kResamples; ++r) {
    const std::uint16_t* of_image = image_counts_.data() + static_cast<std::size_t>(r) * images_;
    double instances_only = 0;
    long long both = 0;
    for (int i = 0; i < instances_; ++i) {
      const int times = instance_counts_[static_cast<std::size_t>(r) * instances_ + i];
      if (times == 0) continue;
      const std::int8_t* values = outcomes.values.data() + static_cast<std::size_t>(i) * images_;
      long long sum = 0;
      for (int n = 0; n < images_; ++n) sum += static_cast<int>(of_image[n]) * values[n];
      both += times * sum;
      instances_only += times * means[i];
    }
    instances_only /= instances_;
    const double full = static_cast<double>(both) / instances_ / images_;
    resampled.push_back(centre + stretch_ * (instances_only - centre) + (full - instances_only));
  }
  std::sort(resampled.begin(), resampled.end());
  const double low = std::max(lowest, std::min(centre - resolution(), resampled[kLow]));
  const double high = std::min(highest, std::max(centre + resolution(), resampled[kHigh]));
  return {unit * centre, unit * low, unit * high};
}

}  // namespace phasecore::monte_carlo
