#include "sim/analog/compensation.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "common/random.hpp"
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

std::vector<std::int8_t> readout_signs(config::ReadoutInputs inputs, int rows) {
  const std::size_t n = static_cast<std::size_t>(rows);
  std::vector<std::int8_t> signs(n * n, 0);
  if (inputs == config::ReadoutInputs::OneHot) {
    for (std::size_t r = 0; r < n; ++r) signs[r * n + r] = 1;
    return signs;
  }
  const common::RandomKey key{0, common::Purpose::Compensation, 0, common::stable_hash("readout signs")};
  std::vector<float> drawn(n);
  for (std::size_t v = 0; v < n; ++v) {
    common::fill_uniform(key, 0, static_cast<std::uint32_t>(v), 0, n, drawn.data());
    for (std::size_t r = 0; r < n; ++r) signs[v * n + r] = drawn[r] < 0.5f ? -1 : 1;
  }
  return signs;
}

namespace {

/// Sums of all vectors of a readout, rows x columns. Those of one row at a time are its codes.
std::vector<float> readout_sums(const Conductances& array, const CodeLimits& limits, const Readout& how) {
  const auto full = static_cast<float>(limits.input);
  if (how.inputs == config::ReadoutInputs::OneHot && !how.lines.any()) {
    std::vector<float> sums = array.values;
    for (float& sum : sums) sum *= full;
    return sums;
  }
  std::vector<std::int8_t> inputs = readout_signs(how.inputs, array.rows);
  for (std::int8_t& x : inputs) x = static_cast<std::int8_t>(x * limits.input);
  const PackedConductances packed(array);
  const WidenedRows vectors(packed, array.rows, inputs.data());
  const std::size_t rows = static_cast<std::size_t>(array.rows), cols = static_cast<std::size_t>(array.cols);
  std::vector<float> padded(rows * packed.stride()), sums(rows * cols);
  packed.multiply(vectors.vectors(), padded.data());
  if (how.lines.any())
    LineCodes(array, how.lines, static_cast<double>(limits.input) * limits.conductance)
        .apply(vectors.vectors(), packed.stride(), padded.data());
  for (std::size_t r = 0; r < rows; ++r)
    std::copy_n(padded.data() + r * packed.stride(), cols, sums.data() + r * cols);
  return sums;
}

}  // namespace

std::vector<double> readout(const Conductances& array, const Converter& converter, const CodeLimits& limits,
                            const NoiseKey& noise, const Readout& how, std::uint32_t occasion) {
  const std::size_t rows = static_cast<std::size_t>(array.rows), cols = static_cast<std::size_t>(array.cols);
  const AdcBank adc(converter, limits, noise, array.cols);
  const common::RandomKey key{noise.seed, common::Purpose::Compensation, noise.instance, noise.layer,
                              noise.replica};
  const std::uint64_t epoch =
      (std::uint64_t{occasion} << 32) | static_cast<std::uint32_t>(noise.chain_position);
  const std::vector<float> sums = readout_sums(array, limits, how);
  std::vector<float> z(cols), counts(cols);
  std::vector<double> total(cols, 0.0);  // of integers: exact
  for (std::size_t r = 0; r < rows; ++r) {
    if (adc.noisy())
      common::fill_normal(key, epoch, static_cast<std::uint32_t>(r),
                          static_cast<std::uint32_t>(noise.col_begin), cols, z.data());
    adc.convert(sums.data() + r * cols, z.data(), counts.data());
    for (std::size_t j = 0; j < cols; ++j) total[j] += std::fabs(counts[j]);
  }
  if (how.per_column) {
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
