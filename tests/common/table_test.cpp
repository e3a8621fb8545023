#include "common/table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>

#include "common/random.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

Table example() {
  Table table(
      {{"name", "layer", 0}, {"energy_nj", "energy (µJ)", 2}, {"macs", "MACs", 0}, {"hidden", "", 0}});
  table.add_row({std::string("stem"), 1.005, 7LL, 0.1});
  table.add_row({std::string("größe"), -0.001, 123456LL, {}});
  table.add_row({{}, {}, {}, std::string("a,\"b\"\n")});
  return table;
}

TEST(Table, CsvHoldsEveryDigitAndFollowsRfc4180) {
  EXPECT_EQ(example().csv(),
            "name,energy_nj,macs,hidden\n"
            "stem,1.005,7,0.1\n"
            "größe,-0.001,123456,\n"
            ",,,\"a,\"\"b\"\"\n\"\n");
  Table texts({{"t", "t", 0}});
  texts.add_row({std::string()});
  texts.add_row({std::string("a\rb")});
  EXPECT_EQ(texts.csv(), "t\n\"\"\n\"a\rb\"\n");
}

TEST(Table, TextIsAlignedByCharactersNotBytes) {
  EXPECT_EQ(example().text(),
            "layer  energy (µJ)    MACs\n"
            "-----  -----------  ------\n"
            "stem          1.00       7\n"
            "größe         0.00  123456\n"
            "-                -       -\n");
}

TEST(Table, TextKeepsNumbersRightAndTextLeftInOneColumn) {
  Table table({{"v", "value", 1}, {"n", "note", 0}});
  table.add_row({std::string("none"), std::string("x")});
  table.add_row({1.25, {}});
  EXPECT_EQ(table.text(), "value  note\n-----  ----\nnone   x\n  1.2  -\n");
}

TEST(Table, OneLongCellDoesNotWidenTheOtherRows) {
  Table table({{"name", "name"}, {"value", "value", 0}});
  const std::string name(100'000, 'x');
  table.add_row({name, 1LL});
  table.add_row({std::string("y"), 2LL});
  const std::string text = table.text();
  EXPECT_NE(text.find("\n" + name + "      1\n"), std::string::npos);
  EXPECT_LT(text.size(), name.size() + 2000);
}

TEST(Table, RefusesRowsOfAnotherLengthAndNumbersThatAreNone) {
  Table table({{"v", "v", 1}});
  EXPECT_EQ(test::internal_error([&] {
              table.add_row({1LL, 2LL});
            }),
            "a table of 1 columns was given a row of 2");
  table.add_row({std::numeric_limits<double>::quiet_NaN()});
  EXPECT_NE(test::internal_error([&] { (void)table.csv(); }), "");
  EXPECT_NE(test::internal_error([&] { (void)table.text(); }), "");
}

TEST(FormatDouble, IsShortestAndReadsBackExactly) {
  EXPECT_EQ(format_double(0.1), "0.1");
  EXPECT_EQ(format_double(5), "5");
  EXPECT_EQ(format_double(-0.0), "-0");
  EXPECT_EQ(format_double(1e300), "1e+300");
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const RandomKey key;
    const std::uint64_t bits = std::uint64_t{uniform_index(key, 2 * i, 0xffffffffu)} << 32 |
                               uniform_index(key, 2 * i + 1, 0xffffffffu);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (value - value != 0) continue;  // NaN and infinities have no text
    ASSERT_EQ(std::strtod(format_double(value).c_str(), nullptr), value);
  }
  EXPECT_NE(test::internal_error([] { format_double(std::numeric_limits<double>::infinity()); }), "");
}

}  // namespace
}  // namespace phasecore::common
