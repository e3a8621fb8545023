// What a search may be asked for beside the search: an early end, a start from another one, importance.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nas/search/importance.hpp"
#include "nas/search/report.hpp"
#include "nas/search/start.hpp"
#include "tests/nas/search/fixtures.hpp"

namespace phasecore::search {
namespace {

using testing::HasSubstr;

Problem small_problem(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"budget.evaluations=96", "surrogate.from_evaluations=48", "population=12"});
  return pose(table_settings(more), {});
}

TEST(StopWhenFlat, EndsWhereTheHypervolumeNoLongerGrows) {
  const Problem whole = small_problem({"budget.evaluations=200"});
  const Left all = run_search(whole, 1);
  const Problem flat = small_problem({"budget.evaluations=200", "stop_when_flat={rounds: 3, gain: 0.001}"});
  const Left left = run_search(flat, 1);
  ASSERT_EQ(left.result.stop, Stop::Flat);
  const auto& trace = left.result.trace;
  ASSERT_LT(trace.size(), all.result.trace.size());
  for (std::size_t r = 3; r < trace.size(); ++r) {
    const bool is_last = r + 1 == trace.size();
    EXPECT_EQ(*trace[r].hypervolume <= 1.001 * *trace[r - 3].hypervolume, is_last) << r;
  }
  // Up to there it is the search that it would have been.
  for (std::size_t r = 0; r < trace.size(); ++r)
    EXPECT_EQ(trace[r].hypervolume, all.result.trace[r].hypervolume) << r;
  EXPECT_EQ(run_search(flat, 4).dump, left.dump);
}

TEST(StopWhenFlat, NeedsReferences) {
  EXPECT_THROW(small_problem({"objectives=[{figure: cores, goal: minimise}]",
                              "stop_when_flat={rounds: 3, gain: 0.001}"}),
               common::InputError);
}

/// The directory of a search that has ended.
void write_report(const Problem& problem, const Left& left, const std::string& directory) {
  test::write_text(directory + "/report.json", to_json(problem, left.result, 0).dump());
}

TEST(StartFrom, TheOtherFrontIsEvaluatedFirst) {
  const test::TempDirectory place;
  const Problem first = small_problem();
  const Left before = run_search(first, 1);
  write_report(first, before, place.path());
  const Problem next = small_problem({"start_from=" + place.path(), "seed=7", "budget.evaluations=48"});
  ASSERT_EQ(next.start.size(), before.result.front.size());
  const Left after = run_search(next, 1);
  for (std::size_t i = 0; i < next.start.size(); ++i) {
    EXPECT_EQ(after.result.candidates[i].genes, next.start[i]);
    EXPECT_EQ(next.start[i], before.result.candidates[before.result.front[i]].genes);
  }
  EXPECT_GE(*after.result.trace.front().hypervolume, *before.result.trace.back().hypervolume);
  EXPECT_EQ(run_search(next, 4).dump, after.dump);
}

TEST(StartFrom, MembersThatDoNotExistHereAreLeftOut) {
  const test::TempDirectory place;
  const Problem first = small_problem();
  write_report(first, run_search(first, 1), place.path());
  const Problem narrow =
      small_problem({"chip_genes=[{key: adc.bits, choices: ['6', '8']}]", "start_from=" + place.path()});
  ASSERT_FALSE(narrow.start.empty());
  EXPECT_EQ(narrow.domain->words(narrow.start.front()).back(), "6")
      << "the first choice of what it did not have";
  test::write_text(place.path() + "/report.json", R"({"front": [{"genes": {"colour": "red"}}]})");
  try {
    small_problem({"start_from=" + place.path()});
    ADD_FAILURE() << "accepted";
  } catch (const common::InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("colour"));
  }
  test::write_text(place.path() + "/report.json", "{}");
  EXPECT_THROW(small_problem({"start_from=" + place.path()}), common::InputError);
}

TEST(Importance, IsTheShareOfTheVarianceThatGoesWithAGroup) {
  EXPECT_EQ(main_effect({"a", "a", "b", "b"}, {1, 1, 2, 2}), 1.0);
  EXPECT_EQ(main_effect({"a", "a", "b", "b"}, {1, 2, 1, 2}), 0.0);
  // SSB 4, SSW 4, MSW 2, SST 8.
  EXPECT_NEAR(*main_effect({"a", "a", "b", "b"}, {0, 2, 2, 4}), (4 - 2) / 8.0, 1e-12);
  EXPECT_EQ(main_effect({"a", "b", "c"}, {1, 2, 3}), std::nullopt) << "no group has two members";
  EXPECT_EQ(main_effect({"a", "a", "b"}, {1, 1, 1}), std::nullopt) << "nothing varies";
}

TEST(Importance, OfASearchHasEveryGeneAndObjective) {
  const Problem problem = small_problem();
  const Left left = run_search(problem, 1);
  const auto all = importance(problem, left.result);
  ASSERT_EQ(all.size(), problem.domain->names().size());
  double most = 0;
  for (const GeneImportance& one : all) {
    ASSERT_EQ(one.shares.size(), 2u);
    for (const auto& share : one.shares) {
      ASSERT_TRUE(share);
      EXPECT_GE(*share, 0);
      EXPECT_LE(*share, 1);
      most = std::max(most, *share);
    }
  }
  EXPECT_GT(most, 0.05);
}

TEST(FreeFigures, AreNotGuessed) {
  const Problem with = small_problem({"surrogate.free_figures=true"});
  const Left left = run_search(with, 1);
  EXPECT_EQ(left.result.evaluations, 96);
  EXPECT_EQ(run_search(with, 4).dump, left.dump);
  for (const Candidate& c : left.result.candidates)
    for (const auto& [name, figure] : with.evaluator->free_figures(c.genes))
      EXPECT_EQ(figure.value, c.figures.at(name).value) << name;
  EXPECT_NE(run_search(small_problem(), 1).dump, left.dump) << "they change what is chosen";
}

}  // namespace
}  // namespace phasecore::search
