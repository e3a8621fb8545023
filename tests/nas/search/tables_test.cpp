#include "nas/search/tables.hpp"

#include <gmock/gmock.h>

#include "tests/nas/search/fixtures.hpp"

namespace phasecore::search {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A front of three on a chip with a gene of its own; the first objective is accuracy@30d, the second cores.
class FrontText : public testing::Test {
 protected:
  FrontText() {
    for (int id = 1; id <= 3; ++id) {
      Candidate c;
      c.id = id;
      c.genes = {0, 1, 2, 3, 4, 0, id % 2};
      measure(c.figures, 0.8 + 0.01 * id, 20 + id);
      c.verdict = problem_.judge->judge(c.figures);
      result_.candidates.push_back(c);
      result_.front.push_back(result_.candidates.size() - 1);
    }
  }

  static void measure(Figures& figures, double accuracy, double cores, double error = 0) {
    figures["accuracy@30d"] = {accuracy, error};
    figures["cores"] = {cores, 0};
  }

  const Problem problem_ =
      pose(table_settings({"chip_genes=[{key: adc.bits, choices: [6, 8], ordered: true}]"}), {});
  Result result_;
};

TEST_F(FrontText, ShowsTheChipGenesOfEachMember) {
  const std::string text = front_text(problem_, result_);
  EXPECT_THAT(text, HasSubstr("id  adc.bits  accuracy@"));
  for (const char* row : {"\n 3  8  ", "\n 2  6  ", "\n 1  8  "}) EXPECT_THAT(text, HasSubstr(row));
}

TEST_F(FrontText, SaysWhatTestImagesShowAgainstAMember) {
  measure(result_.final[0], 0.85, 21);
  measure(result_.final[1], 0.82, 22);
  measure(result_.final[2], 0.86, 65);
  const std::string text = front_text(problem_, result_);
  EXPECT_THAT(text, HasSubstr("on test images"));
  EXPECT_THAT(text, HasSubstr("22              -  dominated by 1\n"));
  EXPECT_THAT(text, HasSubstr("65              -  cores is above 64\n"));
  EXPECT_THAT(text, HasSubstr("21              -  -\n"));
}

TEST_F(FrontText, SaysNothingAgainstAMemberWithinTheNoise) {
  measure(result_.final[0], 0.85, 22, 0.05);
  measure(result_.final[1], 0.83, 22, 0.05);
  measure(result_.final[2], 0.86, 23, 0.05);
  EXPECT_THAT(front_text(problem_, result_), Not(HasSubstr("on test images")));
  result_.final[1]["accuracy@30d"].error = result_.final[0]["accuracy@30d"].error = 0;
  result_.final[2]["accuracy@30d"].error = 0.001;
  EXPECT_THAT(front_text(problem_, result_), HasSubstr("dominated by 1"));
  result_.final_failures[1] = "worker died";  // its figures are those of the search
  EXPECT_THAT(front_text(problem_, result_), Not(HasSubstr("on test images")));
}

}  // namespace
}  // namespace phasecore::search
