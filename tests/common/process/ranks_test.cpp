#include "common/process/ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "common/process/fork.hpp"
#include "tests/support/support.hpp"

namespace phasecore::process {
namespace {

using Variables = std::vector<std::pair<const char*, const char*>>;

/// What a process with these variables, and no others of a launcher, takes itself for: "2 of 4", or "alone".
std::string place_with(const Variables& variables) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE",
                           "PMIX_RANK", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_PROCID"})
    ::unsetenv(name);
  for (const auto& [name, value] : variables) ::setenv(name, value, 1);
  const auto place = launched_place();
  return place ? std::to_string(place->rank) + " of " + std::to_string(place->size) : "alone";
}

TEST(LaunchedPlace, IsWhatEachLauncherSays) {
  EXPECT_EQ(place_with({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}}), "2 of 4");
  EXPECT_EQ(place_with({{"PMI_RANK", "0"}, {"PMI_SIZE", "16"}}), "0 of 16");
  EXPECT_EQ(place_with({{"PMIX_RANK", "3"}, {"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "3"}}), "3 of 4");
}

TEST(LaunchedPlace, IsNoneInAPlainRunAlsoInsideAJob) {
  EXPECT_EQ(place_with({}), "alone");
  EXPECT_EQ(place_with({{"SLURM_NTASKS", "64"}, {"SLURM_STEP_NUM_TASKS", "64"}, {"SLURM_PROCID", "5"}}),
            "alone");
  EXPECT_EQ(place_with({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}), "alone");
}

TEST(LaunchedPlace, IsNoneWhereTheVariablesAreNonsense) {
  for (const char* rank : {"", "-1", "4", "1x", " 1"})
    EXPECT_EQ(place_with({{"PMI_RANK", rank}, {"PMI_SIZE", "4"}}), "alone") << rank;
  EXPECT_EQ(place_with({{"PMI_RANK", "0"}}), "alone");
}

TEST(Ranks, SayWhatArrivesAndThatTheHelperIsGone) {
  SocketPair pair("a test");
  Ranks ranks({0, 3}, std::move(pair.ours));
  const auto tell = [&](std::uint64_t from, Envelope kind, const std::string& content) {
    ASSERT_TRUE(send(pair.theirs.get(), {from, static_cast<std::uint64_t>(kind), content}));
  };
  EXPECT_EQ(ranks.next().event, Ranks::Event::Nothing);
  tell(2, Envelope::Post, to_bytes({7, 1, "hello"}));
  tell(1, Envelope::Lost, "");
  const auto message = ranks.next();
  EXPECT_EQ(message.event, Ranks::Event::Message);
  EXPECT_EQ(message.from, 2);
  EXPECT_EQ(message.message.number, 7u);
  EXPECT_EQ(message.message.content, "hello");
  const auto lost = ranks.next();
  EXPECT_EQ(lost.event, Ranks::Event::Lost);
  EXPECT_EQ(lost.from, 1);
  EXPECT_EQ(ranks.next().event, Ranks::Event::Nothing);
  tell(2, Envelope::Post, "no message");
  EXPECT_THAT(test::environment_error([&] { ranks.next(); }), testing::HasSubstr("phasecore-mpi"));
  pair.theirs.close();
  EXPECT_THAT(test::environment_error([&] { ranks.next(); }), testing::HasSubstr("is gone"));
}

}  // namespace
}  // namespace phasecore::process
