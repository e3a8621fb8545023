#include "sim/analog/compensation.hpp"

#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/analog/converter.hpp"

namespace phasecore::analog {
namespace {

constexpr struct {
  Compensation value;
  const char* name;
} kNames[] = {{Compensation::None, "none"},
              {Compensation::Gdc, "gdc"},
              {Compensation::GdcColumn, "gdc-column"},
              {Compensation::AdaBs, "adabs"}};

}  // namespace

Compensation parse_compensation(const std::string& text) {
  std::vector<std::string> allowed;
  for (const auto& n : kNames) {
    if (text == n.name) return n.value;
    allowed.push_back(n.name);
  }
  throw common::InputError("unknown compensation '" + text + "'; allowed are none, gdc, gdc-column, adabs" +
                           common::did_you_mean(text, allowed));
}

const char* name_of(Compensation c) {
  for (const auto& n : kNames)
    if (c == n.value) return n.name;
  throw common::InternalError("a compensation without a name");
}

std::vector<double> readout(const Conductances& array, const Converter& converter, const CodeLimits& limits,
                            const NoiseKey& noise, bool per_column, std::uint32_t occasion) {
  const std::size_t rows = static_cast<std::size_t>(array.rows), cols = static_cast<std::size_t>(array.cols);
  const AdcBank adc(converter, limits, noise, array.cols);
  const common::RandomKey key{noise.seed, common::Purpose::Compensation, noise.instance, noise.layer,
                              noise.replica};
  const std::uint64_t epoch =
      (std::uint64_t{occasion} << 32) | static_cast<std::uint32_t>(noise.chain_position);
  std::vector<float> sums(cols), z(cols), counts(cols);
  std::vector<double> total(cols, 0.0);  // of integers: exact
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < cols; ++j)
      sums[j] = array.values[r * cols + j] * static_cast<float>(limits.input);
    if (adc.noisy())
      common::fill_normal(key, epoch, static_cast<std::uint32_t>(r),
                          static_cast<std::uint32_t>(noise.col_begin), cols, z.data());
    adc.convert(sums.data(), z.data(), counts.data());
    for (std::size_t j = 0; j < cols; ++j) total[j] += std::fabs(counts[j]);
  }
  if (per_column) {
    for (double& t : total) t /= static_cast<double>(rows);
    return total;
  }
  double sum = 0;
  for (const double t : total) sum += t;
  return {sum / static_cast<double>(rows * cols)};
}

std::vector<double> alphas(const std::vector<double>& baseline, const std::vector<double>& now) {
  common::ensure(baseline.size() == now.size(), "alphas: two readouts of the same kind");
  std::vector<double> alpha(now.size(), 1.0);
  for (std::size_t i = 0; i < now.size(); ++i)
    if (baseline[i] > 0 && now[i] > 0) alpha[i] = baseline[i] / now[i];
  return alpha;
}

}  // namespace phasecore::analog
