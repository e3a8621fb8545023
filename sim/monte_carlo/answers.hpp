// What logits say about images: right or wrong, and what else is looked at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace phasecore::monte_carlo {

/// 1 for each sample whose largest logit (the first of equals) is its label's, else 0.
std::string correct_answers(const std::vector<float>& logits, const int* labels, int samples);

/// Bits of an image's answer: right; a logit is infinite or NaN; the label's logit is among the five largest.
constexpr char kCorrect = 1, kOverflow = 2, kAmongFive = 4;
/// Five of more than five, that is.
constexpr std::size_t kFive = 5;

/// All bits of each sample.
std::string answers(const std::vector<float>& logits, const int* labels, int samples);

/// 1 for each answer with that bit, else 0.
std::string with_bit(const std::string& answers, char bit);

}  // namespace phasecore::monte_carlo
