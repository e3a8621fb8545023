#include "sim/monte_carlo/answers.hpp"

#include <algorithm>

#include "sim/numerics/health.hpp"

namespace phasecore::monte_carlo {
namespace {

/// Are fewer than five logits before the label's, the first of equals first? A NaN is among no five.
bool among_five(const float* logits, std::size_t classes, std::size_t label) {
  if (label >= classes || !(logits[label] == logits[label])) return false;
  std::size_t before = 0;
  for (std::size_t c = 0; c < classes; ++c)
    before += logits[c] > logits[label] || (logits[c] == logits[label] && c < label) ? 1 : 0;
  return before < kFive;
}

}  // namespace

std::string correct_answers(const std::vector<float>& logits, const int* labels, int samples) {
  std::string result;
  const std::size_t classes = samples == 0 ? 0 : logits.size() / samples;
  for (int s = 0; s < samples; ++s) {
    const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(s * classes);
    const auto largest = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes));
    result.push_back(largest - begin == labels[s] ? kCorrect : 0);
  }
  return result;
}

std::string answers(const std::vector<float>& logits, const int* labels, int samples) {
  std::string result = correct_answers(logits, labels, samples);
  const std::size_t classes = samples == 0 ? 0 : logits.size() / samples;
  for (int s = 0; s < samples; ++s) {
    const float* const of_image = logits.data() + s * classes;
    if (!numerics::all_finite(of_image, classes)) result[s] |= kOverflow;
    // The largest is among them even where NaN leaves no order.
    if ((result[s] & kCorrect) != 0 || among_five(of_image, classes, static_cast<std::size_t>(labels[s])))
      result[s] |= kAmongFive;
  }
  return result;
}

std::string with_bit(const std::string& answers, char bit) {
  std::string result;
  for (const char a : answers) result.push_back((a & bit) != 0 ? 1 : 0);
  return result;
}

}  // namespace phasecore::monte_carlo
