// Genotypes as rows of numbers; the rank correlation by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "common/diagnostics.hpp"
#include "nas/surrogate/surrogate.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::surrogate {
namespace {

/// Genes: ordered of 9; categorical of 3, twice from one alphabet; categorical of 2.
class Mixed : public test::ToyDomain {
 public:
  int genes() const override { return 4; }
  int choices(int gene) const override { return gene == 0 ? 9 : gene == 3 ? 2 : 3; }
  bool ordered(int gene) const override { return gene == 0; }
  int alphabet(int gene) const override { return gene == 2 ? 1 : gene; }
};

TEST(Encode, WritesIndicesOneHotCountsAndMore) {
  const Row row = encode(Mixed(), {7, 2, 2, 0}, {0.5});
  const Row expected = {7, /*gene 1*/ 0,     0, 1, /*gene 2*/ 0, 0, 1, /*gene 3*/ 1,
                        0, /*alphabet 1*/ 0, 0, 2, 0.5};
  EXPECT_EQ(row, expected);
}

TEST(KendallTau, IsTauB) {
  EXPECT_DOUBLE_EQ(*kendall_tau({1, 2, 3, 4}, {10, 20, 30, 40}), 1);
  EXPECT_DOUBLE_EQ(*kendall_tau({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_DOUBLE_EQ(*kendall_tau({1, 2, 3, 4}, {1, 3, 2, 4}), 4.0 / 6);
  // Pairs: 5 concordant, 0 discordant, 1 tied in the second list: 5 / sqrt(6 * 5).
  EXPECT_DOUBLE_EQ(*kendall_tau({1, 2, 3, 4}, {1, 2, 2, 4}), 5 / std::sqrt(30.0));
  EXPECT_FALSE(kendall_tau({1, 2}, {3, 3}).has_value());
  EXPECT_FALSE(kendall_tau({}, {}).has_value());
  EXPECT_THROW(kendall_tau({1}, {}), common::InternalError);
}

}  // namespace
}  // namespace phasecore::surrogate
