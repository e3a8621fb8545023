// The AnalogNAS-Bench table: clean-up, look-up, refusals.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "models/spaces/nasbench_table.hpp"
#include "tests/models/spaces/shipped.hpp"

namespace phasecore::spaces {
namespace {

Cell cell_of(const std::array<int, 6>& ops) {
  Cell cell;
  for (int e = 0; e < 6; ++e) cell[e] = static_cast<CellOp>(ops[e]);
  return cell;
}

std::string small_table() {
  return test::read_text(test::source_path("tests/data/nasbench/small.csv"));
}

TEST(NasbenchTable, CleansUpWhatIsKnownToBeWrong) {
  const auto table = NasbenchTable::parse(small_table(), "small.csv");
  EXPECT_EQ(table.rows_read(), 7);
  EXPECT_EQ(table.rows_with_empty_cells(), 1);
  EXPECT_EQ(table.surplus_rows(), 2);
  EXPECT_EQ(table.wrong_values(), 1);
  ASSERT_EQ(table.entries().size(), 4u);
  ASSERT_EQ(table.retrained().size(), 1u);
  EXPECT_EQ(table.retrained()[0].cell, cell_of({4, 3, 4, 3, 2, 1}));
  EXPECT_EQ(table.retrained()[0].runs, 3);
  EXPECT_NEAR(table.retrained()[0].hardware_aware_range, 0.035, 1e-12);
  EXPECT_NEAR(table.find(cell_of({4, 3, 4, 3, 2, 1}))->hardware_aware, 0.76, 1e-12) << "the first training";
}

TEST(NasbenchTable, ReadsEveryColumnIntoItsPlace) {
  const auto table = NasbenchTable::parse(small_table(), "small.csv");
  const TableEntry* entry = table.find(cell_of({2, 3, 0, 4, 2, 1}));
  ASSERT_NE(entry, nullptr);
  EXPECT_NEAR(entry->digital, 0.90, 1e-12);
  EXPECT_NEAR(entry->post_training, 0.89, 1e-12);
  EXPECT_NEAR(entry->quant_aware, 0.885, 1e-12);
  EXPECT_NEAR(entry->noisy, 0.70, 1e-12);
  EXPECT_NEAR(entry->hardware_aware, 0.87, 1e-12);
  for (int t = 0; t < 4; ++t) {
    EXPECT_NEAR(entry->plain_drift[t]->mean, 0.60 - 0.05 * t, 1e-12);
    EXPECT_NEAR(entry->plain_drift[t]->std, 0.01 + 0.01 * t, 1e-12);
    EXPECT_NEAR(entry->hardware_aware_drift[t]->mean, 0.86 - 0.01 * t, 1e-12);
    EXPECT_NEAR(entry->hardware_aware_drift[t]->std, 0.0025 * (t + 1), 1e-12);
  }
  const TableEntry* skips = table.find(Cell{});
  ASSERT_NE(skips, nullptr);
  EXPECT_FALSE(skips->hardware_aware_drift[0].has_value());
  EXPECT_NEAR(skips->hardware_aware_drift[1]->mean, 0.5, 1e-12);
}

TEST(NasbenchTable, FindsCellsThatDifferInDeadEdgesOnly) {
  const auto table = NasbenchTable::parse(small_table(), "small.csv");
  // In the table with a dead edge (1,2), here without it.
  const auto space = test::shipped("nasbench201");
  const auto& cells = dynamic_cast<const Nasbench201&>(*space);
  const Genes genes = space->canonical({2, 1, 2, 1, 1, 3});
  ASSERT_NE(genes, (Genes{2, 1, 2, 1, 1, 3}));
  ASSERT_TRUE(table.exists(cells.cell(genes)));
  EXPECT_NEAR(table.find(cells.cell(genes))->digital, 0.85, 1e-12);
  EXPECT_FALSE(table.exists(cell_of({2, 2, 2, 2, 2, 2}))) << "its row had empty cells";
  EXPECT_FALSE(table.exists(cell_of({3, 3, 3, 3, 3, 3})));
}

TEST(NasbenchTable, DoesNotDependOnLineEndsOrColumnOrder) {
  std::string text = small_table(), dos;
  for (const char c : text) dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(NasbenchTable::parse(dos, "dos.csv").entries().size(), 4u);
  const std::string from = "ptq_accuracy,qat_accuracy", to = "qat_accuracy,ptq_accuracy";
  text.replace(text.find(from), from.size(), to);
  EXPECT_NEAR(NasbenchTable::parse(text, "order.csv").find(cell_of({2, 3, 0, 4, 2, 1}))->quant_aware, 0.89,
              1e-12);
}

TEST(NasbenchTable, RefusesWhatIsNoTableWithEveryLine) {
  const std::string good = small_table();
  const std::string header = good.substr(0, good.find('\n') + 1);
  test::expect_input_error([&] { NasbenchTable::parse("", "empty.csv"); },
                           "error: empty.csv: no AnalogNAS-Bench table: the first line names no columns");
  std::string renamed = good;
  renamed.replace(renamed.find("qat_accuracy"), 12, "qat_accurate");
  test::expect_input_error([&] { NasbenchTable::parse(renamed, "t.csv"); },
                           "t.csv:1: error: unknown column 'qat_accurate'; did you mean 'qat_accuracy'?\n"
                           "t.csv:1: error: column 'qat_accuracy' is missing");
  const std::string tail = ",1 ± 1,1 ± 1,1 ± 1,1 ± 1,1 ± 1,1 ± 1,1 ± 1,1 ± 1\n";
  test::expect_input_error(
      [&] {
        NasbenchTable::parse(header + "\"(0, 0, 0, 0, 0, 5)\",1,2,3,4,5" + tail +
                                 "\"(0, 0, 0, 0, 0, 1)\",1,2\n" + "\"(0, 0, 0, 0, 0, 1)\",1,nan,3,101,5" +
                                 tail + "\"(0\n",
                             "t.csv");
      },
      "t.csv:2: error: architecture is '(0, 0, 0, 0, 0, 5)'; expected '(a, b, c, d, e, f)' with digits 0 to "
      "4\n"
      "t.csv:3: error: 3 cells; expected 14\n"
      "t.csv:4: error: ptq_accuracy is 'nan'; expected a percentage\n"
      "t.csv:4: error: analog_accuracy is '101'; expected a percentage\n"
      "t.csv:5: error: a quote is not closed");
}

TEST(NasbenchTable, HasTheKnownCountsWhereTheUsersCopyIsThere) {
  // The published table is not part of the repository; where a copy lies beside the checkout it is checked
  // too.
  const std::string path = test::source_path("../shared/reference/analognas-bench/benchmark_data.csv");
  if (!std::filesystem::exists(path)) {
    std::cout << "NOTE: no copy of the AnalogNAS-Bench table beside the checkout (" << path
              << "): only the made-up small table was checked\n";
    EXPECT_EQ(NasbenchTable::parse(small_table(), "small.csv").entries().size(), 4u);
    return;
  }
  const auto table = NasbenchTable::read(path);
  EXPECT_EQ(table.rows_read(), 6135);
  EXPECT_EQ(table.rows_with_empty_cells(), 4);
  EXPECT_EQ(table.surplus_rows(), 20);
  EXPECT_EQ(table.retrained().size(), 14u);
  EXPECT_EQ(table.wrong_values(), 1);
  ASSERT_EQ(table.entries().size(), 6111u);
  const auto space = test::shipped("nasbench201");
  int without_path = 0;
  for (const TableEntry& entry : table.entries()) {
    Genes genes;
    for (const CellOp op : entry.cell) genes.push_back(static_cast<int>(op));
    EXPECT_EQ(table.find(entry.cell), &entry);
    EXPECT_TRUE(table.exists(without_dead_edges(entry.cell)));
    if (space->exists(genes)) continue;
    ++without_path;
    // A cell without a path learns nothing: the numbering of the operations is right.
    EXPECT_NEAR(entry.digital, 0.10, 1e-9);
  }
  EXPECT_EQ(without_path, 57);
}

}  // namespace
}  // namespace phasecore::spaces
