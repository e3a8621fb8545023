// A command from outside beside ours.
#include <gmock/gmock.h>

#include "tests/app/program.hpp"

namespace phasecore {
namespace {

using testing::HasSubstr;

TEST(OutsideCommand, StandsBesideOurs) {
  EXPECT_EQ(test::phasecore("cores hermes-mesh").out, "64\n");
  EXPECT_THAT(test::phasecore("--help").out, HasSubstr("  cores CHIP\n      how many cores a chip has\n"));
  EXPECT_THAT(test::phasecore("cores --help").out, HasSubstr("shipped chip or FILE.yaml"));
  EXPECT_EQ(test::phasecore("describe chip hermes-mesh").exit_code, 0);
}

TEST(OutsideCommand, IsRefusedAsOursAre) {
  const test::CommandResult unknown = test::phasecore("cores hermes-mush");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'hermes-mesh'"));
  EXPECT_THAT(test::phasecore("core hermes-mesh").err, HasSubstr("did you mean 'cores'"));
}

}  // namespace
}  // namespace phasecore
