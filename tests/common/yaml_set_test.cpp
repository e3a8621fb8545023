#include <gtest/gtest.h>

#include "common/yaml.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

std::string after(const std::string& text, const std::string& assignment) {
  YamlNode root = test::yaml(text);
  Diagnostics diagnostics;
  set_yaml(root, assignment, diagnostics);
  diagnostics.raise_if_any();
  return write_yaml(root);
}

TEST(YamlSet, ReplacesAValueAndKeepsItsPlaceInTheOrder) {
  EXPECT_EQ(after("a: 1\nadc:\n  bits: 8\n  mode: x\nb: 2\n", "adc.bits=10"),
            "a: 1\nadc:\n  bits: 10\n  mode: x\nb: 2\n");
}

TEST(YamlSet, CreatesThePathItNames) {
  EXPECT_EQ(after("", "a.b.c=1"), "a:\n  b:\n    c: 1\n");
  EXPECT_EQ(after("layers: {}\n", "layers.\"block3.*\".adc_bits=10"),
            "layers:\n  \"block3.*\":\n    adc_bits: 10\n");
  EXPECT_EQ(after("layers: {}\n", "layers.'a=b'.x=10"), "layers:\n  \"a=b\":\n    x: 10\n");
}

TEST(YamlSet, TakesAnyYamlValue) {
  EXPECT_EQ(after("a: 1\n", "a=[1, 2]"), "a: [1, 2]\n");
  EXPECT_EQ(after("a: 1\n", "a={x: 1}"), "a:\n  x: 1\n");
  EXPECT_EQ(after("a: 1\n", "a='1'"), "a: \"1\"\n");
  EXPECT_EQ(after("a: 1\n", "a=b=c"), "a: b=c\n");
  EXPECT_EQ(after("a: 1\n", "a="), "a: null\n");
}

TEST(YamlSet, ReachesIntoLists) {
  EXPECT_EQ(after("l:\n  - x: 1\n  - x: 2\n", "l.1.x=5"), "l:\n  - x: 1\n  - x: 5\n");
  test::expect_input_error(
      [] { after("l: [1, 2]\n", "l.2=5"); },
      "--set: error: 'l.2': 'l' is a list of 2; '2' is not one of its places (0 is the first)");
}

TEST(YamlSet, RefusesWhatIsNoAssignment) {
  int cases = 0;
  for (const std::string bad :
       {"", "=", "a", "a.b", "=1", ".a=1", "a.=1", "a..b=1", "\"a=1", "\"a\"b=1", "\"\"=1"}) {
    test::expect_input_error([&] { after("", bad); },
                             "--set: error: '" + bad + "' is not of the form key.path=value");
    ++cases;
  }
  EXPECT_EQ(cases, 11);
}

TEST(YamlSet, RefusesAPathDeeperThanAFileMayBe) {
  std::string path = "a";
  for (int level = 2; level < static_cast<int>(kDeepestYaml); ++level) path += ".a";
  const std::string written = after("", path + "=1");
  EXPECT_EQ(write_yaml(test::yaml(written)), written);
  const std::string message = "' is nested too deep; allowed are 64 levels";
  test::expect_input_error([&] { after("", path + ".a=1"); }, "--set: error: '" + path + ".a" + message);
  test::expect_input_error([&] { after("", path + "={a: 1}"); }, "--set: error: '" + path + message);
}

TEST(YamlSet, NamesTheAssignmentWhoseValueIsBroken) {
  test::expect_input_error([] { after("", "a.b={x: 1, x: 2}"); },
                           "--set: error: 'a.b={x: 1, x: 2}': duplicate key 'x'; first given at line 1");
  test::expect_input_error([] { after("a: 5\n", "a.b=1"); },
                           "--set: error: 'a.b': 'a' is a single value and has no 'b'");
}

TEST(YamlSet, PlacesOfWhatItSetNameTheOption) {
  YamlNode root = test::yaml("adc: {bits: 8}\n");
  Diagnostics diagnostics;
  set_yaml(root, "adc.bits={deep: [1]}", diagnostics);
  ASSERT_TRUE(diagnostics.empty());
  const YamlNode* bits = root.find("adc")->find("bits");
  EXPECT_EQ(to_string(bits->where), "--set");
  EXPECT_EQ(to_string(bits->find("deep")->items[0].where), "--set");
  EXPECT_EQ(to_string(root.find("adc")->where), "test.yaml:1:6");
}

TEST(YamlSet, RefusesAKeyThatNoFileCouldHold) {
  YamlNode root;
  Diagnostics diagnostics;
  set_yaml(root, "layers.\"\xff\".digital=true", diagnostics);
  ASSERT_EQ(diagnostics.list().size(), 1u);
  EXPECT_NE(diagnostics.list()[0].message.find("is not UTF-8 text"), std::string::npos);
  EXPECT_EQ(root.kind, YamlNode::Kind::Null);
}

}  // namespace
}  // namespace phasecore::common
