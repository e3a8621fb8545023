// experiments/kendall.awk against values worked out by hand.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/support/support.hpp"

namespace phasecore {
namespace {

constexpr char kHeading[] =
    "network,parameters,macs,inherited,inherited_1d,inherited_1d_error,alone,alone_1d,alone_1d_error,genes\n";

test::CommandResult kendall(const std::string& table) {
  const test::TempDirectory place;
  test::write_text(place / "table.csv", table);
  return test::run_command("awk -f '" + test::source_path("experiments/kendall.awk") + "' " +
                           (place / "table.csv"));
}

/// "| label | accuracy | tau | low .. high |" of every line below the heading.
struct Row {
  std::string label, accuracy;
  double tau = 0, low = 0, high = 0;
};

std::vector<Row> rows_of(const std::string& text) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');)
      if (!cell.empty()) cells.push_back(cell.substr(1, cell.size() - 2));
    if (cells.size() != 4 || cells[3].find(" .. ") == std::string::npos) continue;
    const auto dots = cells[3].find(" .. ");
    rows.push_back({cells[0], cells[1], std::stod(cells[2]), std::stod(cells[3].substr(0, dots)),
                    std::stod(cells[3].substr(dots + 4))});
  }
  return rows;
}

// By MACs the networks are a, b | c, d | e, f in thirds; the file has them in another order.
//   inherited  0.1 0.2 0.3 0.3 0.5 0.6   c and d are tied
//   own        0.1 0.3 0.2 0.4 0.5 0.6   c is below b
// Of 15 pairs 1 is tied in x, 1 is discordant, 13 are concordant: tau-b = 12 / sqrt(14 * 15) = 0.828.
// Within thirds (a, b), (c, d), (e, f): 2 concordant, 1 tied in x: tau-b = 2 / sqrt(2 * 3) = 0.816.
// MACs against own: 14 concordant, 1 discordant: tau-b = 13 / 15 = 0.867.
// After a day the inherited accuracy falls and the own rises with the MACs: -1, -1 and 1.
constexpr char kSix[] =
    "d,1,40,0.3,0.47,0.01,0.4,0.24,0.01,x\n"
    "a,1,10,0.1,0.50,0.01,0.1,0.21,0.01,x\n"
    "f,1,60,0.6,0.45,0.01,0.6,0.26,0.01,x\n"
    "c,1,30,0.3,0.48,0.01,0.2,0.23,0.01,x\n"
    "b,1,20,0.2,0.49,0.01,0.3,0.22,0.01,x\n"
    "e,1,50,0.5,0.46,0.01,0.5,0.25,0.01,x\n";

TEST(Kendall, IsTauBOverallWithinThirdsAndOfTheSize) {
  const auto result = kendall(kHeading + std::string(kSix));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = rows_of(result.out);
  ASSERT_EQ(rows.size(), 6u) << result.out;
  const char* labels[] = {"inherited accuracy", "inherited accuracy, within thirds of equal MACs", "MACs"};
  const double expected[] = {0.83, 0.82, 0.87, -1, -1, 1};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(rows[i].label, labels[i % 3]);
    EXPECT_EQ(rows[i].accuracy, i < 3 ? "digital" : "1d");
    EXPECT_DOUBLE_EQ(rows[i].tau, expected[i]) << rows[i].label;
    EXPECT_LE(rows[i].low, rows[i].tau) << rows[i].label;
    EXPECT_GE(rows[i].high, rows[i].tau) << rows[i].label;
  }
  // Whatever networks are drawn, they stay in order; drawn networks of a mixed order do not.
  EXPECT_DOUBLE_EQ(rows[3].high, -1);
  EXPECT_DOUBLE_EQ(rows[5].low, 1);
  EXPECT_LT(rows[0].low, 0.7);
  EXPECT_DOUBLE_EQ(rows[0].high, 1);
}

TEST(Kendall, WithoutAnyOrderIsZero) {
  std::string table = kHeading;
  for (int i = 0; i < 6; ++i) table += "n,1," + std::to_string(i) + ",0.5,0.5,0,0.5,0.5,0,x\n";
  const auto rows = rows_of(kendall(table).out);
  ASSERT_EQ(rows.size(), 6u);
  for (const Row& row : rows) EXPECT_EQ(row.tau, 0) << row.label;
}

TEST(Kendall, RefusesFewerThanSixNetworks) {
  const std::string six = kSix;
  const auto result = kendall(kHeading + six.substr(0, six.rfind("e,1")));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "kendall.awk: error: fewer than 6 networks\n");
}

}  // namespace
}  // namespace phasecore
