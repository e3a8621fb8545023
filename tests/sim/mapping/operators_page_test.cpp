// What docs/operators.md says of the chip, against the rules of lowering.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "models/graph/ops/pointwise.hpp"
#include "sim/mapping/lowering.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

struct Row {
  std::vector<std::string> operators;
  std::string crossbar, digital, host;
  bool on_chip() const { return !(crossbar + digital + host).empty(); }
};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// "| `A` `B` | float | crossbar | digital unit | host | training |"
std::vector<Row> rows() {
  std::vector<Row> rows;
  std::istringstream lines(test::read_text(test::source_path("docs/operators.md")));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    std::vector<std::string> cells;
    std::istringstream rest(line.substr(1));
    for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(trimmed(cell));
    EXPECT_EQ(cells.size(), 6u) << line;
    Row& row = rows.emplace_back();
    std::istringstream names(cells.at(0));
    for (std::string name; names >> name;) row.operators.push_back(name.substr(1, name.size() - 2));
    row.crossbar = cells.at(2);
    row.digital = cells.at(3);
    row.host = cells.at(4);
  }
  return rows;
}

/// Operators that become others while a model is read, or part of them before it is mapped: what they become.
const std::map<std::string, std::string>& becomes() {
  static const std::map<std::string, std::string> others = {
      {"MatMul", "Gemm"},        {"QLinearConv", "Conv"},
      {"QLinearMatMul", "Gemm"}, {"Split", "Slice"},
      {"Gather", "Slice"},       {"Squeeze", "Reshape"},
      {"Unsqueeze", "Reshape"},  {"Sum", "Add"},
      {"Upsample", "Resize"},    {"BatchNormalization", "Conv"},
      {"Dropout", "Reshape"},    {"Identity", "Reshape"}};
  return others;
}

/// Functions of single values, which have one rule for all.
template <class... Functions>
std::map<std::string, bool> mapped() {
  return {{Functions().name(), lowering_rules().find(graph::Layer("f", Functions(), {0})) != nullptr}...};
}

const std::map<std::string, bool>& functions() {
  using namespace graph;
  static const std::map<std::string, bool> all =
      mapped<Abs, Ceil, Cos, Exp, Floor, Log, Neg, Reciprocal, Round, Sign, Sin, Sqrt, Celu, Elu, Erf, Gelu,
             HardSigmoid, HardSwish, LeakyRelu, Mish, Selu, Sigmoid, Softplus, Softsign, Swish, Tanh,
             ThresholdedRelu>();
  return all;
}

bool has_rule(const std::string& name) {
  if (const auto function = functions().find(name); function != functions().end()) return function->second;
  const auto other = becomes().find(name);
  const std::vector<std::string> named = lowering_rules().names();
  return std::count(named.begin(), named.end(), other == becomes().end() ? name : other->second) > 0;
}

TEST(OperatorsPage, SaysOfTheChipWhatItHasRulesFor) {
  int on_chip = 0, elsewhere = 0;
  for (const Row& row : rows())
    for (const std::string& name : row.operators) {
      EXPECT_EQ(row.on_chip(), has_rule(name)) << name;
      ++(row.on_chip() ? on_chip : elsewhere);
    }
  EXPECT_GT(on_chip, 30);
  EXPECT_GT(elsewhere, 10);
}

TEST(OperatorsPage, NamesNoneOfTheRulesTwiceOrNotAtAll) {
  std::multiset<std::string> named;
  for (const Row& row : rows()) named.insert(row.operators.begin(), row.operators.end());
  for (const std::string& rule : lowering_rules().names()) EXPECT_EQ(named.count(rule), 1u) << rule;
}

}  // namespace
}  // namespace phasecore::mapping
