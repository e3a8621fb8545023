// What holds, what is explained and what fails.
#include "sim/validate/validate.hpp"

#include <gtest/gtest.h>

#include "sim/validate/report.hpp"
#include "tests/support/support.hpp"

namespace phasecore::validate {
namespace {

class Fixed final : public Measure {
 public:
  explicit Fixed(double value) : value_(value) {}
  void fields(common::FieldVisitor&) override {}
  double value(Shared&) const override { return value_; }

 private:
  double value_;
};

Row row_of(Kind kind, double published, double ours) {
  Row row;
  row.id = "row";
  row.what = "a figure";
  row.unit = "ns";
  row.kind = kind;
  row.published = published;
  if (kind != Kind::Exact) row.tolerance_pct = 2;
  row.of = std::make_shared<Fixed>(ours);
  return row;
}

Result result_of(Row row) {
  Publication publication;
  publication.source = "S";
  publication.rows = {std::move(row)};
  return validate({publication}, [](const AccuracyQuestion& q) -> double { throw NotRun("no " + q.data); })
      .at(0);
}

TEST(Validate, ARowHoldsUpToItsToleranceAndNotBeyond) {
  EXPECT_TRUE(result_of(row_of(Kind::Predicted, 100, 101.999)).ok);
  EXPECT_TRUE(result_of(row_of(Kind::Predicted, 100, 98.001)).ok);
  EXPECT_FALSE(result_of(row_of(Kind::Predicted, 100, 102.001)).ok);
  EXPECT_FALSE(result_of(row_of(Kind::Predicted, 100, 97.999)).ok);
  EXPECT_DOUBLE_EQ(result_of(row_of(Kind::Predicted, 200, 210)).error_pct, 5);
}

TEST(Validate, AnExactRowHoldsToTheLastDigitPrinted) {
  EXPECT_TRUE(result_of(row_of(Kind::Exact, 40, 40)).ok);
  EXPECT_FALSE(result_of(row_of(Kind::Exact, 464432, 464433)).ok);
  Row rounded = row_of(Kind::Exact, 0.0138, 0.01384);
  rounded.rounded_to = 0.0001;
  EXPECT_TRUE(result_of(rounded).ok);
  rounded.of = std::make_shared<Fixed>(0.01386);
  EXPECT_FALSE(result_of(rounded).ok);
}

TEST(Validate, APredictionThatNobodyHasComparedNeitherHoldsNorFails) {
  Row row = row_of(Kind::Predicted, 100, 107);
  row.published.reset();
  row.tolerance_pct.reset();
  const Result result = result_of(row);
  EXPECT_EQ(result.ours, 107);
  EXPECT_TRUE(result.has_run());
  EXPECT_FALSE(result.is_compared() || result.fails() || result.is_explained());
  EXPECT_NE(to_markdown({result}).find("| `row` | a figure | - | 107 | ns | - | - | - |"), std::string::npos);
}

TEST(Validate, ABoundIsOneSided) {
  Row row = row_of(Kind::Predicted, 100, 50);
  row.compared = Compared::AtMost;
  EXPECT_TRUE(result_of(row).ok);
  row.compared = Compared::AtLeast;
  EXPECT_FALSE(result_of(row).ok);
  row.of = std::make_shared<Fixed>(150);
  EXPECT_TRUE(result_of(row).ok);
  row.compared = Compared::AtMost;
  EXPECT_FALSE(result_of(row).ok);
}

TEST(Validate, AReasonExplainsWhatDeviatesAlone) {
  Row row = row_of(Kind::Predicted, 100, 150);
  EXPECT_TRUE(result_of(row).fails());
  EXPECT_NE(to_text({result_of(row)}).find("NO"), std::string::npos);
  row.reason = "because";
  EXPECT_FALSE(result_of(row).fails());
  EXPECT_FALSE(result_of(row).ok);
  EXPECT_NE(to_text({result_of(row)}).find("row: because"), std::string::npos);
  EXPECT_NE(to_markdown({result_of(row)}).find("- `row` (+50.00 %): because"), std::string::npos);
  row.of = std::make_shared<Fixed>(100);
  EXPECT_FALSE(result_of(row).is_explained());
}

TEST(Validate, ARowWithoutItsDataIsNotRunAndDoesNotFail) {
  class Asking final : public Measure {
    void fields(common::FieldVisitor&) override {}
    double value(Shared& shared) const override {
      AccuracyQuestion question;
      question.data = "cifar10";
      return shared.accuracy_pct(question);
    }
  };
  Row row = row_of(Kind::Predicted, 92.81, 0);
  row.of = std::make_shared<Asking>();
  const Result result = result_of(row);
  EXPECT_EQ(result.not_run, "no cifar10");
  EXPECT_FALSE(result.fails());
  EXPECT_FALSE(result.is_explained());
  EXPECT_NE(to_text({result}).find("row: not run: no cifar10"), std::string::npos);
  EXPECT_NE(to_markdown({result}).find("- `row`: no cifar10"), std::string::npos);
}

TEST(Validate, SaysWhichRowCannotBeMeasured) {
  class Refusing final : public Measure {
    void fields(common::FieldVisitor&) override {}
    double value(Shared&) const override { throw common::InputError("there is none"); }
  };
  Row row = row_of(Kind::Exact, 1, 1);
  row.of = std::make_shared<Refusing>();
  row.where = {"a.yaml", 3, 5};
  test::expect_input_error([&] { result_of(row); }, "a.yaml:3:5: error: there is none");
}

}  // namespace
}  // namespace phasecore::validate
