#include "nas/search/reasons.hpp"

#include <gtest/gtest.h>

namespace phasecore::search {
namespace {

Candidate broken(std::vector<std::string> rules) {
  Candidate c;
  c.verdict.reason = "some values";
  c.verdict.broken = std::move(rules);
  return c;
}

Candidate failed(const std::string& why) {
  Candidate c;
  c.verdict.reason = why;
  return c;
}

TEST(Reasons, CountRulesAndFailuresThatDifferInNumbersOnly) {
  Result result;
  result.candidates = {Candidate{},
                       broken({"cores is above 64", "latency_ns is above 9"}),
                       broken({"cores is above 64"}),
                       broken({"cores is above 66"}),
                       failed("layer 'a1' needs 96 cores, 12 of 64 are left"),
                       failed("layer 'b2.x' needs 7 cores, 3 of 64 are left"),
                       failed("layer 'a1' needs 65 cores, 12 of 64 are left"),
                       failed("worker died of SIGSEGV")};
  const auto reasons = commonest_reasons(result);
  ASSERT_EQ(reasons.size(), 5u);
  EXPECT_EQ(reasons[0].candidates, 3);
  EXPECT_EQ(reasons[0].text, "layer 'a1' needs 96 cores, 12 of 64 are left") << "the first of them";
  EXPECT_EQ(reasons[1].candidates, 2);
  EXPECT_EQ(reasons[1].text, "cores is above 64");
  EXPECT_EQ(reasons[2].candidates, 1);
}

TEST(Reasons, AreAtMostFive) {
  Result result;
  for (const char* why : {"a", "b", "c", "d", "e", "f", "f"}) result.candidates.push_back(failed(why));
  const auto reasons = commonest_reasons(result);
  ASSERT_EQ(reasons.size(), 5u);
  EXPECT_EQ(reasons[0].text, "f");
  EXPECT_EQ(reasons[1].text, "a");
}

}  // namespace
}  // namespace phasecore::search
