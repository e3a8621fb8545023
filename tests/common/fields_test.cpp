#include "common/fields.hpp"

#include <gtest/gtest.h>

#include "common/spelling.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

enum class Rule { Equal, Ceil, CeilChannels };

struct Adc {
  int bits = 0;
  double energy_pj = 0;
  void fields(FieldVisitor& v) {
    v.field({"bits", "bit", "resolution of one conversion", 1, 16}, bits);
    v.field({"energy_pj", "pJ", "one conversion", 0}, energy_pj);
  }
};

struct Override {
  std::optional<int> adc_bits;
  std::optional<bool> digital;
  std::optional<Rule> rule;
  void fields(FieldVisitor& v) {
    v.field({"adc_bits", "bit", "resolution for this layer", 1, 16}, adc_bits);
    v.field({"digital", "", "not on the crossbars"}, digital);
    v.choice({"rule", "", "how it is cut; absent: as the rest"}, rule, {"equal", "ceil", "ceil-channels"});
  }
};

struct Chip {
  std::string name;
  bool what_if = false;
  Rule rule = Rule::Equal;
  Adc adc;
  double low = 0;
  double high = 0;
  std::vector<int> rows;
  std::vector<double> taps;
  std::vector<std::string> notes;
  std::optional<double> area_mm2;
  std::optional<std::string> source;
  std::vector<Adc> banks;
  std::vector<std::pair<std::string, Override>> layers;

  void fields(FieldVisitor& v) {
    v.field({"name", "", "what it is called"}, name);
    v.field({"what_if", "", "never built"}, what_if);
    v.choice({"rule", "", "how layers are cut"}, rule, {"equal", "ceil", "ceil-channels"});
    v.group({"adc", "", "the converters"}, adc);
    v.field({"low", "uS", "lower end"}, low);
    v.field({"high", "uS", "upper end", -1e9, 100}, high);
    v.check(low <= high, "'low' must not be above 'high'", {"low", "high"});
    v.field({"rows", "", "row counts", 1, 512}, rows);
    v.field({"taps", "", "numbers", -1, 1}, taps);
    v.field({"notes", "", "texts"}, notes);
    v.field({"area_mm2", "mm2", "die area", 0}, area_mm2);
    v.field({"source", "", "where it is published"}, source);
    v.list({"banks", "", "converter banks"}, banks);
    v.map({"layers", "", "overrides by layer name"}, layers);
  }
};

const char* const kGood = R"(name: mesh
what_if: true
rule: ceil
adc:
  bits: 8
  energy_pj: 1.5e-1
low: -3
high: 20.
rows: [256, 512]
taps: [.5, -1, +1, 1e-3]
notes: [a, "b c"]
area_mm2: null
banks:
  - {bits: 1, energy_pj: 0}
  - {bits: 16, energy_pj: 2}
layers:
  stem: {digital: true}
  "block3.*": {adc_bits: 10}
)";

/// kGood with one line replaced (by its beginning), parsed and loaded: all messages, one per line.
std::string complaints(const std::string& line, const std::string& replacement) {
  std::string text = kGood;
  const std::size_t at = text.find("\n" + line) + 1;
  EXPECT_NE(at, 0u) << line;
  text.replace(at, text.find('\n', at) - at, replacement);
  Diagnostics diagnostics;
  const YamlNode root = parse_yaml(text, "chip.yaml", diagnostics);
  Chip chip;
  load_fields(root, chip, diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.list()) all += (all.empty() ? "" : "\n") + to_string(d);
  return all;
}

TEST(Fields, LoadEveryKindOfValue) {
  Diagnostics diagnostics;
  Chip chip;
  chip.area_mm2 = 3;  // what the file leaves out must not survive from before
  load_fields(test::yaml(kGood), chip, diagnostics);
  EXPECT_NO_THROW(diagnostics.raise_if_any());
  EXPECT_EQ(chip.name, "mesh");
  EXPECT_TRUE(chip.what_if);
  EXPECT_EQ(chip.rule, Rule::Ceil);
  EXPECT_EQ(chip.adc.bits, 8);
  EXPECT_EQ(chip.adc.energy_pj, 0.15);
  EXPECT_EQ(chip.low, -3);
  EXPECT_EQ(chip.high, 20);
  EXPECT_EQ(chip.rows, (std::vector<int>{256, 512}));
  EXPECT_EQ(chip.taps, (std::vector<double>{0.5, -1, 1, 0.001}));
  EXPECT_EQ(chip.notes, (std::vector<std::string>{"a", "b c"}));
  EXPECT_FALSE(chip.area_mm2.has_value());
  EXPECT_FALSE(chip.source.has_value());
  ASSERT_EQ(chip.banks.size(), 2u);
  EXPECT_EQ(chip.banks[1].bits, 16);
  ASSERT_EQ(chip.layers.size(), 2u);
  EXPECT_EQ(chip.layers[0].first, "stem");
  EXPECT_EQ(chip.layers[0].second.digital, true);
  EXPECT_EQ(chip.layers[1].first, "block3.*");
  EXPECT_EQ(chip.layers[1].second.adc_bits, 10);
}

struct BadValue {
  const char* line;
  const char* replacement;
  const char* message;
};

const BadValue kBadValues[] = {
    {"  bits:", "  bits: 17", "chip.yaml:5:9: error: 'adc.bits' is 17; allowed is 1 to 16 bit"},
    {"  bits:", "  bits: 0", "chip.yaml:5:9: error: 'adc.bits' is 0; allowed is 1 to 16 bit"},
    {"  bits:", "  bits: twelve", "chip.yaml:5:9: error: 'adc.bits' is 'twelve'; expected an integer"},
    {"  bits:", "  bits: 010", "chip.yaml:5:9: error: 'adc.bits' is '010'; expected an integer"},
    {"  bits:", "  bits: 0x8", "chip.yaml:5:9: error: 'adc.bits' is '0x8'; expected an integer"},
    {"  bits:", "  bits: 8.0", "chip.yaml:5:9: error: 'adc.bits' is '8.0'; expected an integer"},
    {"  bits:", "  bits: 1e1", "chip.yaml:5:9: error: 'adc.bits' is '1e1'; expected an integer"},
    {"  bits:", "  bits: +8", "chip.yaml:5:9: error: 'adc.bits' is '+8'; expected an integer"},
    {"  bits:", "  bits: 12abc", "chip.yaml:5:9: error: 'adc.bits' is '12abc'; expected an integer"},
    {"  bits:", "  bits: 99999999999999999999",
     "chip.yaml:5:9: error: 'adc.bits' is '99999999999999999999'; expected an integer"},
    {"  bits:", "  bits: '8'",
     "chip.yaml:5:9: error: 'adc.bits' is the quoted text \"8\"; expected an integer"},
    {"  bits:", "  bits: [8]", "chip.yaml:5:9: error: 'adc.bits' is a list; expected an integer"},
    {"  bits:", "  bits: {a: 8}", "chip.yaml:5:9: error: 'adc.bits' is a map of keys; expected an integer"},
    {"  bits:", "  bits: ~", "chip.yaml:5:9: error: 'adc.bits' is empty; expected an integer"},
    {"  bits:", "  bit: 8",
     "chip.yaml:5:3: error: missing key 'adc.bits'\n"
     "chip.yaml:5:3: error: unknown key 'adc.bit'; did you mean 'bits'?"},
    {"  bits:", "  bits: 8\n  voltage: 3", "chip.yaml:6:3: error: unknown key 'adc.voltage'"},
    {"  energy_pj:", "  energy_pj: -0.5",
     "chip.yaml:6:14: error: 'adc.energy_pj' is -0.5; allowed is at least 0 pJ"},
    {"  energy_pj:", "  energy_pj: .nan",
     "chip.yaml:6:14: error: 'adc.energy_pj' is '.nan'; expected a finite number"},
    {"  energy_pj:", "  energy_pj: nan",
     "chip.yaml:6:14: error: 'adc.energy_pj' is 'nan'; expected a finite number"},
    {"  energy_pj:", "  energy_pj: .inf",
     "chip.yaml:6:14: error: 'adc.energy_pj' is '.inf'; expected a finite number"},
    {"  energy_pj:", "  energy_pj: 1e999",
     "chip.yaml:6:14: error: 'adc.energy_pj' is '1e999'; expected a finite number"},
    {"  energy_pj:", "  energy_pj: 0x10",
     "chip.yaml:6:14: error: 'adc.energy_pj' is '0x10'; expected a finite number"},
    {"  energy_pj:", "  energy_pj: 1,5",
     "chip.yaml:6:14: error: 'adc.energy_pj' is '1,5'; expected a finite number"},
    {"high:", "high: 101", "chip.yaml:8:7: error: 'high' is 101; allowed is -1000000000 to 100 uS"},
    {"high:", "high: -4",
     "chip.yaml:7:6: error: 'low' must not be above 'high'\n  with high = -4 from chip.yaml:8"},
    {"what_if:", "what_if: yes", "chip.yaml:2:10: error: 'what_if' is 'yes'; expected true or false"},
    {"what_if:", "what_if: True", "chip.yaml:2:10: error: 'what_if' is 'True'; expected true or false"},
    {"rule:", "rule: ceill",
     "chip.yaml:3:7: error: 'rule' is 'ceill'; allowed is one of equal, ceil, ceil-channels; did you mean "
     "'ceil'?"},
    {"rule:", "rule: [ceil]",
     "chip.yaml:3:7: error: 'rule' is a list; allowed is one of equal, ceil, ceil-channels"},
    {"rows:", "rows: 256", "chip.yaml:9:7: error: 'rows' is '256'; expected a list of integers"},
    {"rows:", "rows: [1, 513, x]",
     "chip.yaml:9:11: error: 'rows[1]' is 513; allowed is 1 to 512\n"
     "chip.yaml:9:16: error: 'rows[2]' is 'x'; expected an integer"},
    {"taps:", "taps: [2]", "chip.yaml:10:8: error: 'taps[0]' is 2; allowed is -1 to 1"},
    {"notes:", "notes: [[a]]", "chip.yaml:11:9: error: 'notes[0]' is a list; expected a text"},
    {"area_mm2:", "area_mm2: -1", "chip.yaml:12:11: error: 'area_mm2' is -1; allowed is at least 0 mm2"},
    {"  - {bits: 16", "  - {bits: 99}",
     "chip.yaml:15:12: error: 'banks[1].bits' is 99; allowed is 1 to 16 bit\n"
     "chip.yaml:15:5: error: missing key 'banks[1].energy_pj'"},
    {"  - {bits: 16", "  - 7", "chip.yaml:15:5: error: 'banks[1]' is '7'; expected a map of keys"},
    {"  stem:", "  stem: {digital: 1}",
     "chip.yaml:17:19: error: 'layers.stem.digital' is '1'; expected true or false"},
    {"  stem:", "  stem: 3", "chip.yaml:17:9: error: 'layers.stem' is '3'; expected a map of keys"},
    {"  stem:", "  stem: {adcbits: 3}",
     "chip.yaml:17:10: error: unknown key 'layers.stem.adcbits'; did you mean 'adc_bits'?"},
    {"adc:", "adc: 5\nacd:",
     "chip.yaml:4:6: error: 'adc' is '5'; expected a map of keys\n"
     "chip.yaml:5:1: error: unknown key 'acd'; did you mean 'adc'?"},
};

TEST(Fields, SayExactlyWhatIsWrongAndWhatIsAllowed) {
  int cases = 0;
  for (const BadValue& bad : kBadValues) {
    EXPECT_EQ(complaints(bad.line, bad.replacement), bad.message) << bad.replacement;
    ++cases;
  }
  EXPECT_EQ(cases, 40);
}

TEST(Fields, ReportEverythingAtOnce) {
  Diagnostics diagnostics;
  Chip chip;
  load_fields(test::yaml("nam: x\nadc: {bits: 99}\nwhat_if: 3\n", "c.yaml"), chip, diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.list()) all += to_string(d) + "\n";
  EXPECT_EQ(all,
            "c.yaml:1:1: error: missing key 'name'\n"
            "c.yaml:3:10: error: 'what_if' is '3'; expected true or false\n"
            "c.yaml:1:1: error: missing key 'rule'\n"
            "c.yaml:2:13: error: 'adc.bits' is 99; allowed is 1 to 16 bit\n"
            "c.yaml:2:6: error: missing key 'adc.energy_pj'\n"
            "c.yaml:1:1: error: missing key 'low'\n"
            "c.yaml:1:1: error: missing key 'high'\n"
            "c.yaml:1:1: error: missing key 'rows'\n"
            "c.yaml:1:1: error: missing key 'taps'\n"
            "c.yaml:1:1: error: missing key 'notes'\n"
            "c.yaml:1:1: error: missing key 'banks'\n"
            "c.yaml:1:1: error: missing key 'layers'\n"
            "c.yaml:1:1: error: unknown key 'nam'; did you mean 'name'?\n");
}

TEST(Fields, ARootThatIsNoMapIsOneError) {
  Adc adc;
  Diagnostics list;
  load_fields(test::yaml("[1]", "c.yaml"), adc, list);
  test::expect_input_error([&] { list.raise_if_any(); },
                           "c.yaml:1:1: error: found a list; expected a map of keys");
  Diagnostics empty;
  load_fields(test::yaml("", "c.yaml"), adc, empty);
  test::expect_input_error(
      [&] { empty.raise_if_any(); },
      "c.yaml:1:1: error: missing key 'bits'\nc.yaml:1:1: error: missing key 'energy_pj'");
}

TEST(Fields, ABrokenFileIsJudgedOnlyByWhatItHolds) {
  Diagnostics diagnostics;
  const YamlNode root = parse_yaml("name: x\nadc: {bits: 99, bitz: 1, oops: [1\n", "c.yaml", diagnostics);
  Chip chip;
  load_fields(root, chip, diagnostics);
  test::expect_input_error([&] { diagnostics.raise_if_any(); },
                           "c.yaml:3:1: error: not valid YAML: end of sequence flow not found\n"
                           "c.yaml:2:13: error: 'adc.bits' is 99; allowed is 1 to 16 bit\n"
                           "c.yaml:2:17: error: unknown key 'adc.bitz'; did you mean 'bits'?\n"
                           "c.yaml:2:26: error: unknown key 'adc.oops'");
}

TEST(Fields, WhatTheSetOptionGaveIsNamedByItsKey) {
  YamlNode root = test::yaml(kGood);
  Diagnostics diagnostics;
  set_yaml(root, "adc.bits=17", diagnostics);
  set_yaml(root, "adc.bitz=8", diagnostics);
  Chip chip;
  load_fields(root, chip, diagnostics);
  test::expect_input_error([&] { diagnostics.raise_if_any(); },
                           "--set: error: 'adc.bits' is 17; allowed is 1 to 16 bit\n"
                           "--set: error: unknown key 'adc.bitz'; did you mean 'bits'?");
}

/// What is wrong after `assignments` on a user's file on kGood.
std::string complaints_over_base(const std::string& own, const std::vector<std::string>& assignments) {
  YamlNode root = test::yaml(kGood, "shipped.yaml");
  merge_yaml(root, test::yaml(own, "own.yaml"));
  Diagnostics diagnostics;
  for (const std::string& assignment : assignments) set_yaml(root, assignment, diagnostics);
  Chip chip;
  load_fields(root, chip, diagnostics);
  return test::input_error([&] { diagnostics.raise_if_any(); });
}

TEST(Fields, ABrokenRuleIsTheFaultOfWhatWasWrittenLast) {
  EXPECT_EQ(complaints_over_base("name: own\nhigh: -4\n", {}),
            "own.yaml:2:7: error: 'low' must not be above 'high'\n  with low = -3 from shipped.yaml:7");
  EXPECT_EQ(complaints_over_base("low: 30\n", {}),
            "own.yaml:1:6: error: 'low' must not be above 'high'\n  with high = 20. from shipped.yaml:8");
  EXPECT_EQ(complaints_over_base("low: 10\n", {"high=5"}),
            "--set: error: 'low' must not be above 'high'\n  with low = 10 from own.yaml:1");
  EXPECT_EQ(complaints_over_base("name: own\n", {"low=7", "high=5"}),
            "--set: error: 'low' must not be above 'high'");
}

TEST(Fields, AKeyThatAMapLacksIsMissingWhereTheMapWasLastWritten) {
  YamlNode root = test::yaml("{bits: 8}", "shipped.yaml");
  merge_yaml(root, test::yaml("\n\nbits: 9", "own.yaml"));
  Adc adc;
  Diagnostics diagnostics;
  load_fields(root, adc, diagnostics);
  test::expect_input_error([&] { diagnostics.raise_if_any(); },
                           "own.yaml:3:1: error: missing key 'energy_pj'");
}

enum class Goal { Maximise, Minimise };

struct Spelled {
  Goal goal = Goal::Maximise;
  int optimizer_steps = 0;
  std::vector<std::string> not_modelled;
  std::vector<std::pair<std::string, Override>> layers;
  void fields(FieldVisitor& v) {
    v.choice({"goal", "", "which way"}, goal, {"maximise", "minimise"});
    v.field({"optimizer_steps", "", "how many"}, optimizer_steps);
    v.field({"not_modelled", "", "left out"}, not_modelled);
    v.map({"layers", "", "overrides by layer name"}, layers);
  }
};

TEST(Fields, ReadKeysAndChoicesInBothSpellings) {
  YamlNode root = test::yaml(
      "goal: minimize\noptimiser_steps: 3\nnot_modeled: [host]\nlayers: {colour: {}, color: {}}\n");
  Spelled s;
  Diagnostics diagnostics;
  load_fields(root, s, diagnostics);
  diagnostics.raise_if_any();
  EXPECT_EQ(s.goal, Goal::Minimise);
  EXPECT_EQ(s.optimizer_steps, 3);
  EXPECT_EQ(s.not_modelled, std::vector<std::string>{"host"});
  EXPECT_EQ(s.layers.size(), 2u) << "names of the user's are not respelled";
  EXPECT_EQ(dump_fields(s).substr(0, 34), "goal: minimise\noptimizer_steps: 3\n");

  set_yaml(root, "optimizer_steps=4", diagnostics);
  set_yaml(root, "not_modelled=[]", diagnostics);
  load_fields(root, s, diagnostics);
  diagnostics.raise_if_any();
  EXPECT_EQ(s.optimizer_steps, 4);
  EXPECT_TRUE(s.not_modelled.empty());
}

TEST(Fields, AKeyInBothSpellingsOfOneFileIsADuplicate) {
  Spelled s;
  Diagnostics diagnostics;
  load_fields(test::yaml("goal: minimise\noptimizer_steps: 3\noptimiser_steps: 4\nnot_modelled: []\n"
                         "layers: {}\n",
                         "s.yaml"),
              s, diagnostics);
  test::expect_input_error(
      [&] { diagnostics.raise_if_any(); },
      "s.yaml:3:1: error: duplicate key 'optimiser_steps'; given as 'optimizer_steps' at line 2");
}

TEST(Spelling, KnowsTheSameWordByEitherSpelling) {
  for (const auto& [british, american] :
       {std::pair{"colour", "color"}, std::pair{"grey_level", "gray_level"},
        std::pair{"normalise", "normalize"}, std::pair{"optimiser", "optimizer"},
        std::pair{"not_modelled", "not_modeled"}}) {
    EXPECT_TRUE(same_word(british, american)) << british;
    EXPECT_TRUE(has_two_spellings(british)) << british;
    EXPECT_TRUE(has_two_spellings(american)) << american;
  }
  for (const char* word : {"noise", "precise", "rise", "model", "host", "noise_ramp_epochs"})
    EXPECT_EQ(one_spelling(word), word);
  EXPECT_FALSE(same_word("maximise", "minimise"));
  EXPECT_FALSE(has_two_spellings("grid"));
}

TEST(Fields, DumpIsCompleteAndReadable) {
  Diagnostics diagnostics;
  Chip chip;
  load_fields(test::yaml(kGood), chip, diagnostics);
  chip.layers.emplace_back("head", Override{});
  EXPECT_EQ(dump_fields(chip), R"(name: mesh
what_if: true
rule: ceil
adc:
  bits: 8
  energy_pj: 0.15
low: -3
high: 20
rows: [256, 512]
taps: [0.5, -1, 1, 0.001]
notes: [a, "b c"]
banks:
  - bits: 1
    energy_pj: 0
  - bits: 16
    energy_pj: 2
layers:
  stem:
    digital: true
  "block3.*":
    adc_bits: 10
  head: {}
)");
}

TEST(Fields, DocumentEveryFieldOnceWithTypeUnitRangeAndValue) {
  Diagnostics diagnostics;
  Chip chip;
  load_fields(test::yaml(kGood), chip, diagnostics);
  chip.layers.clear();  // an empty map still shows what its entries would hold
  std::string rows;
  for (const FieldDoc& d : document_fields(chip))
    rows += d.path + "|" + d.type + "|" + d.unit + "|" + d.range + "|" + d.meaning + "|" + d.value + "\n";
  EXPECT_EQ(
      rows,
      "name|text||"
      "|what it is called|mesh\n"
      "what_if|switch|||never built|true\n"
      "rule|equal | ceil | ceil-channels|||how layers are cut|ceil\n"
      "adc|group|||the converters|\n"
      "adc.bits|integer|bit|1 to 16|resolution of one conversion|8\n"
      "adc.energy_pj|number|pJ|at least 0|one conversion|0.15\n"
      "low|number|uS||lower end|-3\n"
      "high|number|uS|-1000000000 to 100|upper end|20\n"
      "rows|list of integers||1 to 512|row counts|[256, 512]\n"
      "taps|list of numbers||-1 to 1|numbers|[0.5, -1, 1, 0.001]\n"
      "notes|list of texts|||texts|[a, b c]\n"
      "area_mm2|optional number|mm2|at least 0|die area|\n"
      "source|optional text|||where it is published|\n"
      "banks|list of groups|||converter banks|\n"
      "banks[].bits|integer|bit|1 to 16|resolution of one conversion|1\n"
      "banks[].energy_pj|number|pJ|at least 0|one conversion|0\n"
      "layers|map of groups|||overrides by layer name|\n"
      "layers.<name>.adc_bits|optional integer|bit|1 to 16|resolution for this layer|\n"
      "layers.<name>.digital|optional switch|||not on the crossbars|\n"
      "layers.<name>.rule|optional equal | ceil | ceil-channels|||how it is cut; absent: as the rest|\n");
}

TEST(Fields, AChoiceThatMayBeAbsentIsReadDumpedAndRefusedAsOthersAre) {
  const auto with = [](const std::string& stem) {
    YamlNode root = test::yaml(kGood);
    Diagnostics diagnostics;
    set_yaml(root, "layers.stem=" + stem, diagnostics);
    Chip chip;
    load_fields(root, chip, diagnostics);
    diagnostics.raise_if_any();
    return chip;
  };
  const auto rule = [&](const std::string& stem) { return with(stem).layers.front().second.rule; };
  EXPECT_EQ(rule("{digital: true}"), std::nullopt);
  EXPECT_EQ(rule("{rule: null}"), std::nullopt);
  EXPECT_EQ(rule("{rule: ceil}"), Rule::Ceil);
  EXPECT_NE(dump_fields(with("{rule: ceil}")).find("  stem:\n    rule: ceil\n"), std::string::npos);
  EXPECT_NE(dump_fields(with("{digital: true}")).find("  stem:\n    digital: true\n  \"block3.*\":"),
            std::string::npos);
  EXPECT_NE(
      test::input_error([&] { with("{rule: cel}"); })
          .find("'layers.stem.rule' is 'cel'; allowed is one of equal, ceil, ceil-channels; did you mean "
                "'ceil'?"),
      std::string::npos);
}

TEST(Fields, ManyUnknownKeysAreCountedAndManyLayersLoadedInProportion) {
  std::string text = kGood;
  for (int i = 0; i < 20000; ++i) text += "  layer" + std::to_string(i) + ": {digital: true}\n";
  Chip chip;
  Diagnostics diagnostics;
  load_fields(test::yaml(text), chip, diagnostics);
  diagnostics.raise_if_any();
  EXPECT_EQ(chip.layers.size(), 20002u);
  EXPECT_EQ(chip.layers.back().first, "layer19999");
  EXPECT_NE(dump_fields(chip).find("layer19999"), std::string::npos);
  for (int i = 0; i < 40000; ++i) text += "whats" + std::to_string(i) + ": 1\n";
  load_fields(test::yaml(text), chip, diagnostics);
  const std::string told = test::input_error([&] { diagnostics.raise_if_any(); });
  EXPECT_NE(told.find("unknown key 'whats19'"), std::string::npos) << told;
  EXPECT_NE(told.find("\nand 39980 more"), std::string::npos) << told;
}

/// One rule for each of its words, as sim/config has for `not_modelled`.
struct Words {
  std::vector<std::string> words;
  void fields(FieldVisitor& v) {
    v.field({"words", "", "texts"}, words);
    for (const std::string& word : words) v.check(false, "'" + word + "' is not known", {"words"});
  }
};

// What walks through all words for each of them takes minutes here and ends at the test's limit.
TEST(Fields, ManyBrokenRulesOverOneListAreCountedInProportion) {
  std::string text = "words: [";
  for (int i = 0; i < 150000; ++i) text += "w" + std::to_string(i) + ", ";
  Words words;
  Diagnostics diagnostics;
  load_fields(test::yaml(text + "end]\n", "w.yaml"), words, diagnostics);
  const std::string told = test::input_error([&] { diagnostics.raise_if_any(); });
  EXPECT_NE(told.find("w.yaml:1:8: error: 'w0' is not known\n"), std::string::npos) << told;
  EXPECT_NE(told.find("'w19' is not known\nand 149981 more"), std::string::npos) << told;
}

}  // namespace
}  // namespace phasecore::common
