#include "nas/search/compare.hpp"

#include <gmock/gmock.h>

#include "tests/support/support.hpp"

namespace phasecore::search {
namespace {

using test::TempDirectory;
using testing::HasSubstr;

const std::vector<Objective> kObjectives = {parse_objective("accuracy@1d:maximise:0.5"),
                                            parse_objective("cores:minimise:10")};

TEST(Compare, GivesTheNumbersOfAnExampleWorkedByHand) {
  // Accuracy up, cores down; reference (0.5, 10).
  const std::vector<pareto::Point> a = {{-0.9, 8}, {-0.7, 4}}, b = {{-0.8, 8}, {-0.7, 4}, {-0.6, 2}};
  const Comparison c = compare(a, b, kObjectives);
  EXPECT_DOUBLE_EQ(c.a.hypervolume.value(), 0.4 * 2 + 0.2 * 4);
  EXPECT_DOUBLE_EQ(c.b.hypervolume.value(), 0.3 * 2 + 0.2 * 4 + 0.1 * 2);
  EXPECT_DOUBLE_EQ(c.a.coverage, 2.0 / 3);
  EXPECT_DOUBLE_EQ(c.b.coverage, 1.0 / 2);
  EXPECT_NEAR(c.a.epsilon, 2.0 / 6, 1e-12) << "cores 4 -> 2, over a range of 6";
  EXPECT_NEAR(c.b.epsilon, 0.1 / 0.3, 1e-12);
  EXPECT_FALSE(c.reference_is_worst);
  EXPECT_EQ(c.reference, (std::vector<double>{0.5, 10}));
}

TEST(Compare, TakesTheWorstOfBothWhereNoReferenceIsGiven) {
  const std::vector<Objective> objectives = {parse_objective("accuracy@1d:maximise"),
                                             parse_objective("cores:minimise")};
  const Comparison c = compare({{-0.9, 8}, {-0.6, 4}}, {{-0.8, 9}}, objectives);
  EXPECT_TRUE(c.reference_is_worst);
  EXPECT_EQ(c.reference, (std::vector<double>{0.6, 9}));
  EXPECT_NEAR(c.a.hypervolume.value(), 0.3 * 1, 1e-12);
}

TEST(Compare, NamesReferencesThatNoPointReaches) {
  const std::vector<Objective> objectives = {parse_objective("accuracy@1d:maximise:80"),
                                             parse_objective("cores:minimise:10")};
  const Comparison c = compare({{-0.9, 8}}, {{-0.8, 4}}, objectives);
  EXPECT_EQ(c.unreached, std::vector<std::string>{"accuracy@1d"});
  EXPECT_EQ(c.a.hypervolume.value(), 0);
  EXPECT_TRUE(compare({{-0.9, 8}}, {{-0.8, 4}}, kObjectives).unreached.empty());
}

TEST(Compare, ReadsTheFeasibleRowsOfATable) {
  const TempDirectory place;
  test::write_text(
      place / "c.csv",
      "id,accuracy@1d,cores,feasible,reason\n1,0.9,8,true,\n2,,99,false,\"cores, too many \"\"\"\n"
      "3,0.5,4,true,\n");
  EXPECT_EQ(read_points(place / "c.csv", kObjectives), (std::vector<pareto::Point>{{-0.9, 8}, {-0.5, 4}}));
}

TEST(Compare, CountsDeviationsAgainstAFigure) {
  const TempDirectory place;
  test::write_text(place / "d.csv", "accuracy@1d,accuracy@1d.std,cores\n0.875,0.0625,8\n");
  const std::vector<Objective> objectives = {parse_objective("accuracy@1d:maximise::2"),
                                             parse_objective("cores:minimise:10")};
  EXPECT_FALSE(objectives[0].reference);
  EXPECT_EQ(read_points(place / "d.csv", objectives), (std::vector<pareto::Point>{{-0.75, 8}}));
  EXPECT_EQ(parse_objective("accuracy@1d:maximise:0.5:2").reference, 0.5);
}

TEST(Compare, RefusesTablesThatLackWhatItNeeds) {
  const TempDirectory place;
  test::write_text(place / "a.csv", "id,accuracy@1h,cores\n1,0.9,8\n");
  EXPECT_THAT(test::input_error([&] { read_points(place / "a.csv", kObjectives); }),
              HasSubstr("there is no column 'accuracy@1d'; did you mean 'accuracy@1h'?"));
  test::write_text(place / "b.csv", "accuracy@1d,cores\n0.9\nhigh,8\n");
  const std::string message = test::input_error([&] { read_points(place / "b.csv", kObjectives); });
  EXPECT_THAT(message, HasSubstr("b.csv:2: error: 1 cells; the header has 2"));
  EXPECT_THAT(message, HasSubstr("b.csv:3: error: 'accuracy@1d' is 'high'; expected a number"));
  test::write_text(place / "huge.csv", "accuracy@1d,cores\n0.9,1e308\n0.8,-1e308\n");
  EXPECT_THAT(test::input_error([&] { read_points(place / "huge.csv", kObjectives); }),
              HasSubstr("huge.csv:2: error: 'cores' is '1e308'; expected a number up to 1e+100"));
  test::write_text(place / "c.csv", "");
  EXPECT_THAT(test::input_error([&] { read_points(place / "c.csv", kObjectives); }), HasSubstr("is empty"));
  EXPECT_THAT(test::input_error([&] {
                compare({}, {{0, 0}}, kObjectives);
              }),
              HasSubstr("cannot be compared"));
}

TEST(Compare, RefusesObjectivesItCannotRead) {
  for (const char* text : {"cores", "cores:small", ":minimise", "cores:minimise:few", "cores:minimise:",
                           "cores:minimise:1:-2", "cores:minimise:1:", "cores:minimise:1:2:3"})
    EXPECT_THAT(test::input_error([&] { parse_objective(text); }), HasSubstr("is no objective")) << text;
  EXPECT_EQ(parse_objective("accuracy@86400s:maximise").figure, "accuracy@1d");
  EXPECT_EQ(parse_objective("accuracy@1d:maximize:0.5").goal, Goal::Maximise);
  EXPECT_EQ(parse_objective("cores:minimize").goal, Goal::Minimise);
}

}  // namespace
}  // namespace phasecore::search
