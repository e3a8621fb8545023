#include "common/diagnostics.hpp"

#include <gtest/gtest.h>

#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

TEST(Diagnostics, PlacesAreWrittenAsFarAsTheyAreKnown) {
  EXPECT_EQ(to_string(Location{}), "");
  EXPECT_EQ(to_string(Location{"--set"}), "--set");
  EXPECT_EQ(to_string(Location{"chip.yaml", 3}), "chip.yaml:3");
  EXPECT_EQ(to_string(Location{"chip.yaml", 3, 7}), "chip.yaml:3:7");
  EXPECT_EQ(to_string(Diagnostic{{"chip.yaml", 3, 7}, "bad"}), "chip.yaml:3:7: error: bad");
  EXPECT_EQ(to_string(Diagnostic{{}, "bad"}), "error: bad");
}

TEST(Diagnostics, AreRaisedAllAtOnceInTheOrderFound) {
  Diagnostics diagnostics;
  EXPECT_NO_THROW(diagnostics.raise_if_any());
  diagnostics.add({"b", 2, 1}, "second");
  diagnostics.add({"a", 1, 1}, "first");
  test::expect_input_error([&] { diagnostics.raise_if_any(); }, "b:2:1: error: second\na:1:1: error: first");
  try {
    diagnostics.raise_if_any();
  } catch (const InputError& e) {
    EXPECT_EQ(e.diagnostics().size(), 2u);
  }
  test::expect_input_error([] { throw InputError("alone"); }, "error: alone");
}

TEST(Diagnostics, EnsureThrowsOurBugOnlyWhenItsConditionFails) {
  EXPECT_NO_THROW(ensure(true, "no"));
  EXPECT_EQ(test::internal_error([] { ensure(false, "literal"); }), "literal");
  EXPECT_EQ(test::internal_error([] { ensure(false, std::string("text")); }), "text");
}

TEST(DidYouMean, NamesTheNearestKnownWord) {
  const std::vector<std::string> known = {"bits", "energy_pj", "rows", "columns"};
  EXPECT_EQ(did_you_mean("bit", known), "; did you mean 'bits'?");
  EXPECT_EQ(did_you_mean("Bits", known), "; did you mean 'bits'?");
  EXPECT_EQ(did_you_mean("enegry_pj", known), "; did you mean 'energy_pj'?");
  EXPECT_EQ(did_you_mean("colunms", known), "; did you mean 'columns'?");
  EXPECT_EQ(did_you_mean("rwos", known), "; did you mean 'rows'?");
}

TEST(DidYouMean, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(did_you_mean("voltage", {"bits", "rows"}), "");
  EXPECT_EQ(did_you_mean("x", {"y"}), "");
  EXPECT_EQ(did_you_mean("", {"a"}), "");
  EXPECT_EQ(did_you_mean("a", {}), "");
  EXPECT_EQ(did_you_mean(std::string(5000, 'a'), {std::string(5000, 'b')}), "");
}

}  // namespace
}  // namespace phasecore::common
