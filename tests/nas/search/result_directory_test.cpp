#include "nas/search/result_directory.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/support.hpp"

namespace phasecore::search {
namespace {

namespace fs = std::filesystem;
using test::TempDirectory;
using testing::HasSubstr;

TEST(ResultDirectory, PublishesAllFilesAndKeepsTheArchive) {
  const TempDirectory place;
  ResultDirectory out(place / "r");
  test::write_text(out.archive_path(), "archive");
  out.publish({{"front.csv", "1"}, {"front/3/network.onnx", "x"}});
  EXPECT_EQ(test::read_text(place / "r/front.csv"), "1");
  EXPECT_EQ(test::read_text(place / "r/front/3/network.onnx"), "x");
  EXPECT_EQ(test::read_text(place / "r/archive.sqlite"), "archive");
  ResultDirectory again(place / "r");
  again.publish({{"front.csv", "2"}});
  EXPECT_EQ(test::read_text(place / "r/front.csv"), "2");
  EXPECT_EQ(test::read_text(place / "r/archive.sqlite"), "archive");
  EXPECT_FALSE(fs::exists(place / "r/front")) << "members of an older front are gone";
  EXPECT_EQ(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()), 1)
      << "nothing is left beside it";
}

TEST(ResultDirectory, LeavesWhatIsNotItsOwn) {
  const TempDirectory place;
  fs::create_directory(place / "mine");
  test::write_text(place / "mine/thesis.tex", "years of work");
  EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "mine"); }), HasSubstr("'thesis.tex'"));
  fs::create_directory(place / "simulated");
  test::write_text(place / "simulated/report.json", "{}");
  EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "simulated"); }),
              HasSubstr("without the archive"));
  test::write_text(place / "file", "");
  EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "file"); }), HasSubstr("is not a directory"));
  ResultDirectory out(place / "r");
  test::write_text(out.archive_path(), "archive");
  test::write_text(place / "r/notes.txt", "put here meanwhile");
  EXPECT_THAT(test::input_error([&] { out.publish({{"front.csv", ""}}); }), HasSubstr("'notes.txt'"));
  EXPECT_EQ(test::read_text(place / "r/notes.txt"), "put here meanwhile");
}

TEST(ResultDirectory, LeavesNothingWhereNothingWasFound) {
  const TempDirectory place;
  { ResultDirectory out(place / "r"); }
  EXPECT_FALSE(fs::exists(place / "r"));
  EXPECT_THAT(test::environment_error([&] { ResultDirectory(place / "no/such/place"); }),
              HasSubstr("No such file or directory"));
}

TEST(ResultDirectory, KilledWhilePublishingHoldsTheOlderOrTheNewerFiles) {
  const TempDirectory place;
  std::map<std::string, std::string> older, newer;
  for (int i = 0; i < 40; ++i) {
    older["front/" + std::to_string(i) + "/network.onnx"] = std::string(5000, 'a');
    newer["front/" + std::to_string(i) + "/network.onnx"] = std::string(5000, 'b');
  }
  {
    ResultDirectory out(place / "r");
    test::write_text(out.archive_path(), "archive");
    out.publish(older);
  }
  int seen_older = 0;
  for (int round = 0; round < 15; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      ResultDirectory(place / "r").publish(newer);
      ::_exit(0);
    }
    ::usleep(400 * round);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string first = test::read_text(place / "r/front/0/network.onnx");
    for (int i = 0; i < 40; ++i)
      ASSERT_EQ(test::read_text((place / "r/front/") + std::to_string(i) + "/network.onnx"), first);
    ASSERT_EQ(test::read_text(place / "r/archive.sqlite"), "archive");
    seen_older += first[0] == 'a' ? 1 : 0;
  }
  EXPECT_GT(seen_older, 0) << "no kill came before the end";
  ResultDirectory out(place / "r");
  EXPECT_EQ(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()), 1)
      << "what killed processes left is gone";
}

}  // namespace
}  // namespace phasecore::search
