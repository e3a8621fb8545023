// Whatever a settings struct holds, its dump loads to the same struct.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "common/fields.hpp"
#include "common/random.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

enum class Colour { Red, Green, Blue };

struct Leaf {
  double number = 0;
  std::optional<int> maybe;
  std::string text;
  void fields(FieldVisitor& v) {
    v.field({"number", "", ""}, number);
    v.field({"maybe", "", ""}, maybe);
    v.field({"text", "", ""}, text);
  }
  bool operator==(const Leaf& o) const {
    return std::memcmp(&number, &o.number, sizeof number) == 0 && maybe == o.maybe && text == o.text;
  }
};

struct Tree {
  bool flag = false;
  int whole = 0;
  Colour colour = Colour::Red;
  Leaf leaf;
  std::vector<int> integers;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::optional<bool> maybe_flag;
  std::optional<double> maybe_number;
  std::optional<std::string> maybe_text;
  std::vector<Leaf> list;
  std::vector<std::pair<std::string, Leaf>> map;
  void fields(FieldVisitor& v) {
    v.field({"flag", "", ""}, flag);
    v.field({"whole", "", ""}, whole);
    v.choice({"colour", "", ""}, colour, {"red", "true", "12"});
    v.group({"leaf", "", ""}, leaf);
    v.field({"integers", "", ""}, integers);
    v.field({"numbers", "", ""}, numbers);
    v.field({"texts", "", ""}, texts);
    v.field({"maybe_flag", "", ""}, maybe_flag);
    v.field({"maybe_number", "", ""}, maybe_number);
    v.field({"maybe_text", "", ""}, maybe_text);
    v.list({"list", "", ""}, list);
    v.map({"map", "", ""}, map);
  }
  bool operator==(const Tree& o) const {
    return flag == o.flag && whole == o.whole && colour == o.colour && leaf == o.leaf &&
           integers == o.integers && numbers == o.numbers && texts == o.texts && maybe_flag == o.maybe_flag &&
           maybe_number == o.maybe_number && maybe_text == o.maybe_text && list == o.list && map == o.map;
  }
};

class Draws {
 public:
  explicit Draws(std::uint32_t number) { key_.instance = number; }
  std::uint32_t below(std::uint32_t bound) { return uniform_index(key_, address_++, bound); }
  bool coin() { return below(2) == 1; }
  int integer() {
    const int extremes[] = {0, -1, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};
    return coin() ? extremes[below(4)] : static_cast<int>(below(0xffffffffu));
  }
  double number() {
    if (coin()) return static_cast<double>(integer()) / 1000;
    while (true) {
      const std::uint64_t bits = std::uint64_t{below(0xffffffffu)} << 32 | below(0xffffffffu);
      double value = 0;
      std::memcpy(&value, &bits, sizeof value);
      if (value - value == 0) return value;  // not NaN, not infinite; subnormals and -0 included
    }
  }
  std::string text() {
    static const std::vector<std::string> pieces = {
        "a",    "Z",   "0",  "9",    " ",    ":",  "#", "'", "\"",  "\\",
        "\n",   "\t",  "-",  "?",    "[",    "{",  "&", "*", "!",   "|",
        ">",    "%",   "@",  "`",    "~",    "µ",  "€", ",", ".",   "null",
        "true", "yes", "<<", "\x01", "\x7f", "\r", "]", "}", "---", "\xF0\x9F\x99\x82"};
    std::string out;
    for (std::uint32_t n = below(6); n > 0; --n)
      out += pieces[below(static_cast<std::uint32_t>(pieces.size()))];
    return out;
  }
  Leaf leaf() {
    Leaf leaf;
    leaf.number = number();
    if (coin()) leaf.maybe = integer();
    leaf.text = text();
    return leaf;
  }
  Tree tree() {
    Tree tree;
    tree.flag = coin();
    tree.whole = integer();
    tree.colour = static_cast<Colour>(below(3));
    tree.leaf = leaf();
    for (std::uint32_t n = below(4); n > 0; --n) tree.integers.push_back(integer());
    for (std::uint32_t n = below(4); n > 0; --n) tree.numbers.push_back(number());
    for (std::uint32_t n = below(4); n > 0; --n) tree.texts.push_back(text());
    if (coin()) tree.maybe_flag = coin();
    if (coin()) tree.maybe_number = number();
    if (coin()) tree.maybe_text = text();
    for (std::uint32_t n = below(3); n > 0; --n) tree.list.push_back(leaf());
    for (std::uint32_t n = below(4); n > 0; --n)
      tree.map.emplace_back(text() + "k" + std::to_string(n), leaf());
    return tree;
  }

 private:
  RandomKey key_;
  std::uint64_t address_ = 0;
};

TEST(FieldsProperty, DumpedStructsLoadToEqualStructs) {
  constexpr std::uint32_t kCases = 3000;
  for (std::uint32_t i = 0; i < kCases; ++i) {
    const Tree original = Draws(i).tree();
    const std::string text = dump_fields(original);
    Diagnostics diagnostics;
    Tree loaded;
    load_fields(parse_yaml(text, "dump.yaml", diagnostics), loaded, diagnostics);
    ASSERT_NO_THROW(diagnostics.raise_if_any()) << "case " << i << "\n" << text;
    ASSERT_TRUE(loaded == original) << "case " << i << "\n" << text;
    ASSERT_EQ(dump_fields(loaded), text) << "case " << i;
  }
}

TEST(FieldsProperty, DumpRefusesNumbersThatAreNotFinite) {
  Tree tree;
  tree.leaf.number = std::numeric_limits<double>::infinity();
  EXPECT_EQ(test::internal_error([&] { dump_fields(tree); }), "format_double: the number is not finite");
}

// Broken text must give diagnostics, never a crash or another exception.
TEST(FieldsProperty, MutilatedFilesGiveDiagnosticsOnly) {
  int refused = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    Draws draws(100000 + i);
    std::string text = dump_fields(draws.tree());
    for (std::uint32_t n = 1 + draws.below(3); n > 0 && !text.empty(); --n) {
      const std::uint32_t at = draws.below(static_cast<std::uint32_t>(text.size()));
      if (draws.coin())
        text.erase(at, 1 + draws.below(8));
      else
        text.insert(at, draws.text());
    }
    Diagnostics diagnostics;
    Tree loaded;
    ASSERT_NO_THROW(load_fields(parse_yaml(text, "x.yaml", diagnostics), loaded, diagnostics)) << text;
    refused += diagnostics.empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace phasecore::common
