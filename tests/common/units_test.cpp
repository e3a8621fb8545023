#include "common/units.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "common/random.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

TEST(Units, ConversionsRoundToTheNearestUnit) {
  EXPECT_EQ(ps_from_ns(1.0004), 1000);
  EXPECT_EQ(ps_from_ns(1.0006), 1001);
  EXPECT_EQ(ns_from_ps(1500), 1.5);
  EXPECT_EQ(aj_from_nj(1e-9), 1);
  EXPECT_EQ(aj_from_pj(2.5), 2500000);
  EXPECT_EQ(aj_from_fj(0.2), 200);
  EXPECT_EQ(nj_from_aj(1500000000), 1.5);
  EXPECT_EQ(aj_from_mw(2.0, 3), 6000) << "1 mW * 1 ps = 1e-15 J = 1000 aJ";
}

TEST(Units, WhatDoesNotFitIsTheUsersError) {
  test::expect_input_error([] { aj_from_pj(1e20); }, "error: an energy of 1e+08 J is beyond 9.2 J");
  test::expect_input_error([] { aj_from_nj(-1e10); }, "error: an energy of -10 J is beyond 9.2 J");
  test::expect_input_error([] { aj_from_fj(1e16); }, "error: an energy of 10 J is beyond 9.2 J");
  test::expect_input_error([] { aj_from_mw(1e3, 10'000'000'000'000); },
                           "error: an energy of 10 J is beyond 9.2 J");
  test::expect_input_error([] { ps_from_ns(1e17); }, "error: a time of 1e+08 s is beyond 9.2e6 s");
  test::expect_input_error([] { ps_from_ns(std::nan("")); }, "error: a time of nan s is beyond 9.2e6 s");
  test::input_error([] { rounded_energy(0x1p63); });
  test::input_error([] { rounded_time(-0x1p63); });
  const double largest = std::nextafter(0x1p63, 0);
  EXPECT_EQ(rounded_energy(largest), 9223372036854774784);
  EXPECT_EQ(rounded_time(-largest), -9223372036854774784);
}

TEST(Units, CheckedSumsAndProductsAreExactOrRefused) {
  constexpr Attojoules kMost = std::numeric_limits<Attojoules>::max();
  const std::string message = "error: an energy exceeds 9.2 J per image, the most this simulator counts";
  EXPECT_EQ(checked_add(kMost - 1, 1), kMost);
  EXPECT_EQ(checked_add(-3, 5), 2);
  EXPECT_EQ(checked_multiply(kMost / 3, 3), kMost - kMost % 3);
  EXPECT_EQ(checked_multiply(5, 0), 0);
  test::expect_input_error([] { checked_add(kMost, 1); }, message);
  test::expect_input_error([] { checked_add(-kMost, -2); }, message);
  test::expect_input_error([] { checked_multiply(kMost / 3 + 1, 3); }, message);
}

TEST(Duration, ReadsTheTimesOfTheCommandLine) {
  EXPECT_EQ(parse_duration_s("0s"), 0);
  EXPECT_EQ(parse_duration_s("1s"), 1);
  EXPECT_EQ(parse_duration_s("25s"), 25);
  EXPECT_EQ(parse_duration_s("0.5h"), 1800);
  EXPECT_EQ(parse_duration_s("2min"), 120);
  EXPECT_EQ(parse_duration_s("1h"), 3600);
  EXPECT_EQ(parse_duration_s("1d"), 86400);
  EXPECT_EQ(parse_duration_s("30d"), 2592000);
  EXPECT_EQ(parse_duration_s("1y"), 31536000);
}

TEST(Duration, RefusesEverythingElse) {
  int cases = 0;
  for (const std::string bad : {"", "1", "s", "1 s", "-1s", "-0s", "1m", "1H", "1hs", "nans", "infs", "1e3s",
                                "0x1s", "1y1d", "+1s"}) {
    test::expect_input_error(
        [&] { parse_duration_s(bad); },
        "error: '" + bad +
            "' is not a time; allowed is a number and one of s, min, h, d, y, as in 25s, 1h, 30d "
            "(1y is 365d)");
    ++cases;
  }
  EXPECT_EQ(cases, 15);
  test::input_error([] { parse_duration_s(std::string(400, '9') + "s"); });
}

TEST(Duration, IsWrittenInItsShortestForm) {
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_duration(3600), "1h");
  EXPECT_EQ(format_duration(86400), "1d");
  EXPECT_EQ(format_duration(2592000), "30d");
  EXPECT_EQ(format_duration(31536000), "1y");
  EXPECT_EQ(format_duration(25), "25s");
  EXPECT_EQ(format_duration(90), "90s");
  EXPECT_EQ(format_duration(0.5), "0.5s");
  EXPECT_NE(test::internal_error([] { format_duration(-1); }), "");
}

TEST(Duration, WrittenTimesReadBackExactly) {
  const RandomKey key;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const double scale[] = {1, 60, 3600, 86400, 31536000, 1e-3, 1e-7};
    const double seconds = uniform_index(key, 2 * i, 100000) * scale[uniform_index(key, 2 * i + 1, 7)];
    ASSERT_EQ(parse_duration_s(format_duration(seconds)), seconds) << format_duration(seconds);
  }
}

}  // namespace
}  // namespace phasecore::common
