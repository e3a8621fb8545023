#include "sim/monte_carlo/answers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace phasecore::monte_carlo {
namespace {

TEST(Answers, TheLabelIsAmongTheFiveLargestLogits) {
  const std::vector<float> logits = {7, 6, 5, 4, 3, 2, 1};
  for (int label = 0; label < 7; ++label) {
    const std::string answer = answers(logits, &label, 1);
    EXPECT_EQ(with_bit(answer, kCorrect)[0], label == 0 ? 1 : 0) << label;
    EXPECT_EQ(with_bit(answer, kAmongFive)[0], label < 5 ? 1 : 0) << label;
    EXPECT_EQ(with_bit(answer, kOverflow)[0], 0);
  }
}

TEST(Answers, OfEqualLogitsTheFirstOnesCount) {
  const std::vector<float> logits(7, 1);
  for (int label = 0; label < 7; ++label) {
    const std::string answer = answers(logits, &label, 1);
    EXPECT_EQ(with_bit(answer, kCorrect)[0], label == 0 ? 1 : 0) << label;
    EXPECT_EQ(with_bit(answer, kAmongFive)[0], label < 5 ? 1 : 0) << label;
  }
}

TEST(Answers, WhoIsRightIsAmongTheFiveEvenWhereLogitsAreNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> logits = {nan, nan, nan, nan, nan, nan, 9, 6, 5, 4, 3, 2, 1, 0};
  const int labels[] = {0, 3};
  const std::string both = answers(logits, labels, 2);
  EXPECT_EQ(with_bit(both, kCorrect), std::string("\1\0", 2));
  EXPECT_EQ(with_bit(both, kAmongFive), std::string("\1\1", 2));
  EXPECT_EQ(with_bit(both, kOverflow), std::string("\1\0", 2));
  const int nowhere = 5;
  EXPECT_EQ(with_bit(answers(logits, &nowhere, 1), kAmongFive)[0], 0);
}

TEST(Answers, ALabelBeyondTheLogitsIsWrong) {
  const std::vector<float> logits = {3, 2, 1};
  const int label = 300;  // no byte
  EXPECT_EQ(answers(logits, &label, 1), std::string(1, '\0'));
}

}  // namespace
}  // namespace phasecore::monte_carlo
