// Space files: what is shipped loads, what is wrong is said with its place.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/models/spaces/shipped.hpp"

namespace phasecore::spaces {
namespace {

const std::string kGood =
    "kind: resnet-elastic\n"
    "input: [1, 28, 28]\n"
    "classes: 10\n"
    "max_parameters: 1000000\n"
    "max_macs: 80000000\n"
    "bottleneck_divisor: 1\n"
    "stem: {widths: [8, 16], kernels: [3, 5], strides: [1]}\n"
    "stages:\n"
    "- {blocks: [1], widths: [16], kernels: [3], branches: [1], types: [basic, bottleneck]}\n"
    "- {blocks: [1, 2], widths: [32, 48, 64], kernels: [3, 5], branches: [1, 2], types: [separable]}\n"
    "fewest_stages: 1\n";

std::string refusal_of(const std::string& text) {
  return test::input_error([&] {
    common::Diagnostics diagnostics;
    make(common::parse_yaml(text, "s.yaml", diagnostics), diagnostics);
    diagnostics.raise_if_any();
  });
}

TEST(SpaceFiles, ThatAreShippedLoadAndHaveNetworks) {
  std::set<std::string> kinds;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("configs/spaces"))) {
    const auto space = load(entry.path().string());
    kinds.insert(space->kind());
    EXPECT_TRUE(space->exists(space->sample({}, 0)));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"analognas", "nasbench201", "resnet-elastic"}));
}

TEST(SpaceFiles, NarrowGenesToTheChoicesThatTheyName) {
  common::Diagnostics diagnostics;
  const auto space = make(
      test::yaml(kGood + "only: {stage2.width: {choices: [48, 32]}, stage1.type: {choices: [bottleneck]}}"),
      diagnostics);
  diagnostics.raise_if_any();
  const Gene& width = space->genes()[test::gene_called(*space, "stage2.width")];
  EXPECT_EQ(width.choices, (std::vector<std::string>{"32", "48"}));
  EXPECT_EQ(width.values, (std::vector<int>{32, 48}));
  const Gene& type = space->genes()[test::gene_called(*space, "stage1.type")];
  EXPECT_EQ(type.values, (std::vector<int>{1}));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(space->choices(space->sample({}, i)).at("stage1.type"), "bottleneck");
}

TEST(SpaceFiles, AreRefusedWithPlaceAndSuggestion) {
  EXPECT_EQ(refusal_of("kind: resnet-elastik\n"),
            "s.yaml:1:7: error: 'kind' is resnet-elastik; allowed is one of analognas, nasbench201, "
            "resnet-elastic; did you mean 'resnet-elastic'?");
  EXPECT_EQ(refusal_of("input: [1, 28, 28]\n"),
            "s.yaml:1:1: error: 'kind' is missing; one of analognas, nasbench201, resnet-elastic");
  EXPECT_EQ(refusal_of(kGood + "only: {stem_widht: {choices: [8]}, stem_kernel: {choices: [4]}}\n"),
            "s.yaml:12:30: error: there is no gene 'stem_widht'; did you mean 'stem_width'?\n"
            "s.yaml:12:59: error: gene 'stem_kernel' has no choice '4'");
  EXPECT_EQ(refusal_of(kGood + "only: {stem_kernel: {choices: []}}\n"),
            "s.yaml:12:31: error: gene 'stem_kernel' is left without a choice");
  EXPECT_NE(refusal_of(kGood + "only: {}\nmax_cores: 4\n").find("s.yaml:13:1: error: "), std::string::npos);
  EXPECT_NE(refusal_of(kGood).find("only"), std::string::npos);
}

TEST(SpaceFiles, SayEverythingThatIsWrongWithTheirLists) {
  const std::string refusal = test::input_error([] {
    test::shipped("resnet-elastic",
                  {"stem={widths: [16, 8], kernels: [4], strides: []}", "fewest_stages=3",
                   "stages=[{blocks: [1], widths: [16], kernels: [3], branches: [1], types: "
                   "[basic, bottelneck, basic]}]"});
  });
  for (const char* what : {"'widths' needs ascending numbers", "'kernels' needs odd numbers",
                           "'strides' needs ascending numbers", "'bottelneck' is no type of block",
                           "did you mean 'bottleneck'?", "the type 'basic' is given twice"})
    EXPECT_NE(refusal.find(what), std::string::npos) << what << "\n" << refusal;
}

TEST(SpaceFiles, RefuseImagesThatCannotBeHalvedTwice) {
  EXPECT_NE(test::input_error([] {
              test::shipped("nasbench201", {"input=[3, 30, 32]"});
            }).find("height and width of 'input' are halved twice and must be multiples of 4"),
            std::string::npos);
}

TEST(SpaceFiles, DescribeTheirKeys) {
  for (const char* kind : {"analognas", "nasbench201", "resnet-elastic"}) {
    const auto docs = describe(kind);
    ASSERT_GE(docs.size(), 7u);
    for (const auto& doc : docs) EXPECT_FALSE(doc.meaning.empty()) << doc.path;
  }
  EXPECT_NE(test::input_error([] { describe("cells"); }), "");
}

}  // namespace
}  // namespace phasecore::spaces
