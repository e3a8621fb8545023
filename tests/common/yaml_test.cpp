#include "common/yaml.hpp"

#include <gtest/gtest.h>

#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

/// All messages about a text, one per line.
std::string complaints(const std::string& text) {
  Diagnostics diagnostics;
  parse_yaml(text, "f.yaml", diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.list()) all += to_string(d) + "\n";
  return all;
}

TEST(Yaml, KeepsOrderTextQuotesAndPlaces) {
  const YamlNode root = test::yaml("b: 010\na:\n  - 'x'\n  - {k: .nan}\n  - ~\n", "f.yaml");
  ASSERT_EQ(root.kind, YamlNode::Kind::Map);
  ASSERT_EQ(root.members.size(), 2u);
  EXPECT_EQ(root.members[0].key, "b");
  EXPECT_EQ(root.members[0].value.scalar, "010");
  EXPECT_FALSE(root.members[0].value.quoted);
  EXPECT_EQ(to_string(root.members[0].value.where), "f.yaml:1:4");
  EXPECT_EQ(to_string(root.members[1].where), "f.yaml:2:1");
  const YamlNode* list = root.find("a");
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->items.size(), 3u);
  EXPECT_TRUE(list->items[0].quoted);
  EXPECT_EQ(list->items[1].find("k")->scalar, ".nan");
  EXPECT_EQ(to_string(list->items[1].find("k")->where), "f.yaml:4:9");
  EXPECT_EQ(list->items[2].kind, YamlNode::Kind::Null);
  EXPECT_EQ(root.find("c"), nullptr);
}

TEST(Yaml, AnEmptyTextIsNull) {
  for (const char* text : {"", "\n\n", "# nothing\n", "---\n"}) {
    EXPECT_EQ(test::yaml(text).kind, YamlNode::Kind::Null) << text;
  }
}

TEST(Yaml, ReportsDuplicateKeysWithBothPlacesAndKeepsTheFirst) {
  EXPECT_EQ(complaints("adc:\n  bits: 8\n  rows: 1\n  bits: 9\nadc: 1\n"),
            "f.yaml:4:3: error: duplicate key 'adc.bits'; first given at line 2\n"
            "f.yaml:5:1: error: duplicate key 'adc'; first given at line 1\n");
  EXPECT_EQ(complaints("taps: [{x: 1}, {x: 1, x: 2}]\n"),
            "f.yaml:1:23: error: duplicate key 'taps[1].x'; first given at line 1\n");
  Diagnostics diagnostics;
  EXPECT_EQ(parse_yaml("a: 1\na: 2\n", "f", diagnostics).find("a")->scalar, "1");
}

TEST(Yaml, RefusesWhatWouldBeReadDifferentlyElsewhere) {
  EXPECT_EQ(complaints("a: 1\n---\nb: 2\n"), "f.yaml:2:1: error: a second document; a file holds one\n");
  EXPECT_EQ(complaints("x: &x {b: 1}\na:\n  <<: *x\n"),
            "f.yaml:3:3: error: a merge key '<<'; merge keys are not allowed\n");
  EXPECT_EQ(complaints("a: !!int 3\nb: !mine [1]\n"),
            "f.yaml:1:4: error: a tag ('tag:yaml.org,2002:int'); tags are not allowed\n"
            "f.yaml:2:4: error: a tag ('!mine'); tags are not allowed\n");
  EXPECT_EQ(complaints("a: ! 3\n"), "f.yaml:1:4: error: a tag ('!'); tags are not allowed\n");
  EXPECT_EQ(complaints("a: \"x\\0\"\n"), "f.yaml:1:4: error: a text with a zero byte\n");
  EXPECT_EQ(complaints("a: &x [1, *x]\n"), "f.yaml:1:11: error: an alias of a value that contains it\n");
  EXPECT_EQ(complaints("[1]: 2\n"), "f.yaml:1:1: error: a key that is not a text\n");
  EXPECT_EQ(complaints("~: 2\n"), "f.yaml:1:1: error: a key that is not a text\n");
  EXPECT_EQ(complaints("'': 2\n"), "f.yaml:1:1: error: an empty key\n");
  EXPECT_EQ(complaints("a:\n\tb: 2\n"), "f.yaml:2:1: error: a tab in the indentation; use spaces\n");
  EXPECT_EQ(complaints("a: \xff\n"), "f.yaml:1:4: error: byte 0xff is not allowed; expected UTF-8 text\n");
  EXPECT_EQ(complaints("a: \xed\xa0\x80\n"),
            "f.yaml:1:4: error: byte 0xed is not allowed; expected UTF-8 text\n");
  EXPECT_EQ(complaints(std::string("a: \0b\n", 6)),
            "f.yaml:1:4: error: byte 0x00 is not allowed; expected UTF-8 text\n");
}

TEST(Yaml, NamesThePlaceOfSyntaxErrors) {
  EXPECT_EQ(complaints("a: [1, 2\nb: 3\n"),
            "f.yaml:2:2: error: not valid YAML: end of sequence flow not found\n");
  EXPECT_EQ(complaints("a:\n  - 1\n b: 2\n"), "f.yaml:3:2: error: not valid YAML: end of map not found\n");
  EXPECT_EQ(complaints("a: 1\n b: 2\n"), "f.yaml:2:3: error: not valid YAML: illegal map value\n");
  EXPECT_EQ(complaints("a: *nothing\n"),
            "f.yaml:1:4: error: not valid YAML: the referenced anchor is not defined\n");
  EXPECT_EQ(complaints("a: b: c\n"), "f.yaml:1:5: error: not valid YAML: illegal map value\n");
  EXPECT_EQ(complaints("- 1\nb: 2\n"),
            "f.yaml:2:1: error: text after the end of the document (is the indentation right?)\n");
}

TEST(Yaml, QuotesMustCloseOnTheirLine) {
  const std::string message = "error: a quoted text that does not end on its line\n";
  EXPECT_EQ(complaints("a: 'open\nb: 3\n"), "f.yaml:1:4: " + message);
  EXPECT_EQ(complaints("µ: {a: \"op\\\"en\n  and on\"}\n"), "f.yaml:1:9: " + message);
  EXPECT_EQ(complaints("a: &x \"open\n"), "f.yaml:1:4: " + message);
  EXPECT_EQ(complaints("'key: 1\n"), "f.yaml:1:1: " + message);
  EXPECT_EQ(complaints("a: 'it''s'\nb: &x \"q\\\"\"\nc: |\n  block\n  text\n\"d\": \"µ\"\n"), "");
}

TEST(Yaml, MarksWhatCouldNotBeReadToItsEnd) {
  Diagnostics diagnostics;
  const YamlNode root = parse_yaml("a: {x: 1, y: [2,\n", "f", diagnostics);
  EXPECT_TRUE(root.broken);
  EXPECT_EQ(write_yaml(root), "a:\n  x: 1\n  y: [2]\n");
  YamlNode base = test::yaml("b: 1\n");
  EXPECT_FALSE(base.broken);
  merge_yaml(base, root);
  EXPECT_TRUE(base.broken);
  EXPECT_TRUE(parse_yaml("a: \xff", "f", diagnostics).broken);
}

TEST(Yaml, AliasesAreCopies) {
  const YamlNode root = test::yaml("a: &x {k: [1, 2]}\nb: *x\n");
  EXPECT_EQ(root.find("b")->find("k")->items[1].scalar, "2");
}

TEST(Yaml, AcceptsAByteOrderMarkAndUtf8) {
  EXPECT_EQ(test::yaml("\xEF\xBB\xBFname: µS\n").find("name")->scalar, "µS");
}

TEST(Yaml, LimitsNestingSizeAndAliasExplosions) {
  EXPECT_EQ(complaints(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_EQ(complaints(std::string(65, '[') + std::string(65, ']')),
            "f.yaml:1:65: error: nested too deep; allowed are 64 levels\n");
  EXPECT_NE(complaints(std::string(100000, '[')), "");
  EXPECT_NE(complaints(std::string(100000, '{')), "");
  std::string dashes;
  for (int i = 0; i < 20000; ++i) dashes += "- ";
  EXPECT_NE(complaints(dashes), "");
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous;
    for (int k = 1; k < 10; ++k) bomb += ", " + previous;
    bomb += "]\n";
  }
  EXPECT_NE(complaints(bomb).find("too many values; allowed are 200000"), std::string::npos);
  EXPECT_EQ(complaints(std::string((4 << 20) + 1, ' ')),
            "f.yaml: error: the text has 4194305 bytes; allowed are 4194304\n");
}

TEST(Yaml, ReadingAnAbsentFileIsAnInputError) {
  Diagnostics diagnostics;
  test::expect_input_error([&] { read_yaml("/nonexistent/x.yaml", diagnostics); },
                           "error: no such file: '/nonexistent/x.yaml'");
}

TEST(Yaml, MergingGoesKeyByKeyThroughMapsAndReplacesTheRest) {
  YamlNode base = test::yaml("a: {x: 1, y: 2}\nl: [1, 2]\nn: 3\n");
  merge_yaml(base, test::yaml("a: {y: 5, z: 6}\nl: [9]\nm: {k: 1}\n"));
  EXPECT_EQ(write_yaml(base), "a:\n  x: 1\n  y: 5\n  z: 6\nl: [9]\nn: 3\nm:\n  k: 1\n");
}

TEST(Yaml, WrittenTextReadsBackToTheSameValue) {
  const std::string text =
      "name: \"a: b # \\\"c\\\" \\\\ \\x01\\n\"\n"
      "\"block3.*\":\n  plain: word\n  empty: {}\n  nothing: null\n"
      "list: []\n"
      "structs:\n  - a: 1\n    b:\n      c: [1, 2.5, \"true\"]\n  - {}\n  - [1, 2]\n  -\n    - [1]\n    - x: "
      "1\n";
  const std::string written = write_yaml(test::yaml(text));
  EXPECT_EQ(written, text);
  EXPECT_EQ(write_yaml(test::yaml(written)), written);
  EXPECT_EQ(write_yaml(test::yaml("[]")), "[]\n");
  EXPECT_EQ(write_yaml(test::yaml("")), "null\n");
}

TEST(Yaml, TextThatWouldBeginOrEndADocumentIsWrittenInQuotes) {
  const std::string written = write_yaml(test::yaml("\n --- a \" b\n"));
  EXPECT_EQ(written, "\"--- a \\\" b\"\n");
  EXPECT_EQ(write_yaml(test::yaml(written)), written);
}

TEST(Yaml, UnquotedTextThatAListOrALineWouldBreakIsWrittenInQuotes) {
  const std::string written =
      write_yaml(test::yaml("l:\n  - a {b\n  - c, d\n  - x?1\nt: e {f, g\nu: h\n\n  i\n"));
  EXPECT_EQ(written, "l: [\"a {b\", \"c, d\", \"x?1\"]\nt: e {f, g\nu: \"h\\ni\"\n");
  EXPECT_EQ(write_yaml(test::yaml(written)), written);
  EXPECT_EQ(write_yaml(test::yaml("\n\xEF\xBB\xBF")), "\"\xEF\xBB\xBF\"\n")
      << "no byte order mark of the file";
}

// Linear in the keys: what is quadratic takes minutes here and ends at the test's limit.
TEST(Yaml, ManyKeysAreReadMergedAndRefusedInProportion) {
  std::string text;
  for (int i = 0; i < 99000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  Diagnostics diagnostics;
  YamlNode root = parse_yaml(text, "x.yaml", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  ASSERT_EQ(root.members.size(), 99000u);
  merge_yaml(root, parse_yaml(text + "another: 2\n", "y.yaml", diagnostics));
  EXPECT_EQ(root.members.size(), 99001u);
  EXPECT_EQ(root.members.back().value.scalar, "2");
  parse_yaml(text + "key7: 2\n", "x.yaml", diagnostics);
  EXPECT_EQ(test::input_error([&] { diagnostics.raise_if_any(); }),
            "x.yaml:99001:1: error: duplicate key 'key7'; first given at line 8");
}

TEST(Yaml, KeysOfAnyLengthAreWrittenSoThatTheyAreReadAgain) {
  for (const std::size_t size : {999u, 1000u, 1001u, 1024u, 5000u}) {
    for (const std::string letter : {"k", " ", "\"", "ö"}) {
      std::string key;
      while (key.size() < size) key += letter;
      YamlNode inner = test::yaml("a: 1\nlist: [1, 2]\nitems:\n  - b: 2\n");
      inner.members.push_back({key, {}, test::yaml("{adc_bits: 3, \"x\": {y: 1}}")});
      YamlNode root = test::yaml("first: 1");
      root.members.push_back({key, {}, inner});
      const std::string text = write_yaml(root);
      const YamlNode back = test::yaml(text);
      ASSERT_NE(back.find(key), nullptr) << size << letter;
      ASSERT_NE(back.find(key)->find(key), nullptr) << size << letter;
      EXPECT_EQ(back.find(key)->find(key)->find("adc_bits")->scalar, "3");
      EXPECT_EQ(write_yaml(back), text);
    }
  }
}

}  // namespace
}  // namespace phasecore::common
