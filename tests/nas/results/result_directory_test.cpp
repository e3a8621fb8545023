#include "nas/results/result_directory.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/support.hpp"

namespace phasecore::results {
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

/// Every name that is written by search::front_networks(), knee_report(), evaluate::Trainer, phasecore-train
/// and run_search().
const std::vector<std::string> kWritten = {"report.json",
                                           "report.txt",
                                           "report.html",
                                           "candidates.csv",
                                           "front.csv",
                                           "fine_tuned.csv",
                                           "hypervolume.csv",
                                           "importance.csv",
                                           "config.resolved.yaml",
                                           "archive.sqlite-wal",
                                           "archive.sqlite-journal",
                                           "front/1/network.onnx",
                                           "front/207/fine-tuned.onnx",
                                           "knee/report.json",
                                           "knee/report.txt",
                                           "knee/report.html",
                                           "knee/layers.csv",
                                           "trained/0123456789abcdef.onnx",
                                           "trained/0123456789abcdef.jsonl",
                                           "trained/0123456789abcdef.err",
                                           "trained/0123456789abcdef.working.onnx",
                                           "trained/0123456789abcdef.working.layers.onnx",
                                           "trained/0123456789abcdef.working.start.onnx",
                                           "trained/0123456789abcdef.working.loss.csv",
                                           "trained/0123456789abcdef.working.onnx.checkpoint",
                                           "trained/0123456789abcdef.working.onnx.checkpoint.partial-77",
                                           "trained/recipe-0123456789abcdef.yaml"};

/// A finished search.
void write_results(const std::string& directory) {
  for (const char* folder : {"/front/1", "/front/207", "/knee", "/trained"})
    fs::create_directories(directory + folder);
  test::write_text(directory + "/archive.sqlite", "archive");
  for (const auto& name : kWritten) test::write_text(directory + "/" + name, name);
}

TEST(ResultDirectory, TakesADirectoryWithEveryFileThatSearchesWrite) {
  const TempDirectory place;
  write_results(place / "r");
  ResultDirectory(place / "r").publish({{"front.csv", "new"}});
  EXPECT_EQ(test::read_text(place / "r/front.csv"), "new");
  EXPECT_EQ(test::read_text(place / "r/archive.sqlite"), "archive");
  EXPECT_EQ(test::read_text(place / "r/trained/0123456789abcdef.working.onnx.checkpoint"),
            "trained/0123456789abcdef.working.onnx.checkpoint");
  EXPECT_FALSE(fs::exists(place / "r/knee"));
}

TEST(ResultDirectory, DeletesNothingThatItDidNotWriteAtAnyDepth) {
  for (const char* name :
       {"front/mine.txt", "front/1/notes.txt", "front/mine/network.onnx", "front/01/network.onnx",
        "front/1/network.onnx.bak", "knee/plot.png", "knee/deep/er/mine.txt", "trained/best.onnx",
        "trained/0123456789ABCDEF.onnx", "trained/0123456789abcdef.onnx~", "trained/sub/mine.txt",
        "network.onnx", "fine-tuned.onnx", ".hidden", "a\nb", "\xff", "front\n/1/network.onnx"}) {
    const TempDirectory place;
    write_results(place / "r");
    ResultDirectory early(place / "r");
    fs::create_directories(fs::path(place / "r/" + name).parent_path());
    test::write_text(place / "r/" + name, "mine");
    EXPECT_THAT(test::input_error([&] {
                  early.publish({{"front.csv", "new"}});
                }),
                HasSubstr("move that away, and --resume writes the results"))
        << name;
    EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "r"); }),
                HasSubstr("Nothing was changed; move that away, or choose"))
        << name;
    EXPECT_EQ(test::read_text(place / "r/" + name), "mine");
    for (const auto& ours : kWritten) EXPECT_EQ(test::read_text(place / "r/" + ours), ours);
  }
}

TEST(ResultDirectory, ALinkOrAFolderUnderAFilesNameIsNotItsOwn) {
  const TempDirectory place;
  write_results(place / "r");
  fs::remove_all(place / "r/trained");
  fs::create_directory(place / "elsewhere");
  fs::create_directory_symlink(place / "elsewhere", place / "r/trained");
  EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "r"); }), HasSubstr("'trained'"));
  EXPECT_TRUE(fs::is_symlink(place / "r/trained"));
  fs::remove(place / "r/trained");
  fs::remove(place / "r/report.txt");
  fs::create_directory(place / "r/report.txt");
  EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "r"); }), HasSubstr("'report.txt'"));
}

TEST(ResultDirectory, ListsWhatIsNotItsOwnInOrderUpToALimit) {
  const TempDirectory place;
  fs::create_directories(place / "mine/photos/2024");
  for (char c = 'a'; c <= 'z'; ++c) test::write_text((place / "mine/") + c, "");
  EXPECT_THAT(test::input_error([&] { ResultDirectory(place / "mine"); }),
              HasSubstr("'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j' and 17 more;"));
}

TEST(ResultDirectory, SaysAtOnceThatNothingCouldBePutBesideIt) {
  const TempDirectory place;
  const std::string longest(250, 'a');  // exists, but with ".partial-123" it could not
  EXPECT_THAT(test::environment_error([&] { ResultDirectory(place / longest); }),
              HasSubstr("File name too long"));
  EXPECT_FALSE(fs::exists(place / longest));
  const std::string loop = place / "loop";
  fs::create_symlink(loop, loop);
  EXPECT_THAT(test::environment_error([&] { ResultDirectory out(loop); }), HasSubstr("Too many levels"));
}

TEST(ResultDirectory, LeavesWhatOnlyLooksLikeALeftover) {
  const TempDirectory place;
  fs::create_directory(place / "r.partial-999999999");
  test::write_text(place / "r.partial-999999999/thesis.tex", "years of work");
  ResultDirectory out(place / "r");
  EXPECT_EQ(test::read_text(place / "r.partial-999999999/thesis.tex"), "years of work");
}

TEST(ResultDirectory, LeavesNothingWhereNothingWasFound) {
  const TempDirectory place;
  { ResultDirectory out(place / "r"); }
  EXPECT_FALSE(fs::exists(place / "r"));
  EXPECT_THAT(test::environment_error([&] { ResultDirectory(place / "no/such/place"); }),
              HasSubstr("there is no directory"));
}

TEST(ResultDirectory, KilledWhilePublishingHoldsTheOlderOrTheNewerFiles) {
  const TempDirectory place;
  std::map<std::string, std::string> older, newer;
  for (int i = 1; i <= 40; ++i) {
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
    const std::string first = test::read_text(place / "r/front/1/network.onnx");
    for (int i = 1; i <= 40; ++i)
      ASSERT_EQ(test::read_text((place / "r/front/") + std::to_string(i) + "/network.onnx"), first);
    ASSERT_EQ(test::read_text(place / "r/archive.sqlite"), "archive");
    seen_older += first[0] == 'a' ? 1 : 0;
  }
  EXPECT_GT(seen_older, 0) << "no kill came before the end";
  ResultDirectory out(place / "r");
  EXPECT_EQ(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()), 1)
      << "what killed processes left is gone";
}

archive::Archive archive_in(const std::string& directory) {
  return {directory + "/archive.sqlite", {{"seed", "1"}}, archive::Mode::Fresh, ""};
}

void store_one(archive::Archive& archive) {
  archive::Evaluation e;
  e.genes = {1};
  e.figures["cores"] = {3, 0};
  archive.store(e);
}

std::size_t stored_in(const std::string& directory) {
  return archive::Archive(directory + "/archive.sqlite", {{"seed", "1"}}, archive::Mode::Resume, "").size();
}

TEST(ResultDirectory, InPlaceItSaysNothing) {
  const TempDirectory place;
  const ResultDirectory out(place / "r");
  auto archive = archive_in(place / "r");
  store_one(archive);
  EXPECT_NO_THROW(out.check_in_place(archive));
}

TEST(ResultDirectory, SaysWhereItWasMoved) {
  const TempDirectory place;
  const ResultDirectory out(place / "r");
  {
    auto archive = archive_in(place / "r");
    fs::rename(place / "r", place / "elsewhere");
    fs::create_directory(place / "r");
    test::write_text(place / "r/archive.sqlite-wal", "of another search");
    store_one(archive);
    EXPECT_THAT(test::environment_error([&] { out.check_in_place(archive); }),
                HasSubstr("moved to '" + (place / "elsewhere") + "'"));
  }
  EXPECT_EQ(stored_in(place / "elsewhere"), 1u);
  EXPECT_EQ(test::read_text(place / "r/archive.sqlite-wal"), "of another search");
}

TEST(ResultDirectory, ALinkInItsPlaceIsNotReplaced) {
  const TempDirectory place;
  const ResultDirectory out(place / "r");
  auto archive = archive_in(place / "r");
  fs::rename(place / "r", place / "elsewhere");
  fs::create_directory_symlink(place / "elsewhere", place / "r");
  EXPECT_THAT(test::environment_error([&] { out.check_in_place(archive); }),
              HasSubstr("moved to '" + (place / "elsewhere") + "'"));
  EXPECT_TRUE(fs::is_symlink(place / "r"));
}

TEST(ResultDirectory, SavesWhatWasRemovedWhereNothingElseIs) {
  const TempDirectory place;
  const ResultDirectory out(place / "r");
  auto archive = archive_in(place / "r");
  store_one(archive);
  fs::remove_all(place / "r");
  EXPECT_THAT(test::environment_error([&] { out.check_in_place(archive); }),
              HasSubstr("saved once more, in '" + (place / "r") + "'; networks that were trained"));
  EXPECT_EQ(stored_in(place / "r"), 1u);
  const std::string beside = (place / "r.saved-") + std::to_string(::getpid());
  // The place is taken now, by an archive; and by the journal of one.
  EXPECT_THAT(test::environment_error([&] { out.check_in_place(archive); }), HasSubstr(beside));
  EXPECT_EQ(stored_in(beside), 1u);
}

TEST(ResultDirectory, SavesAnArchiveThatWasRemovedAlone) {
  const TempDirectory place;
  const ResultDirectory out(place / "r");
  auto archive = archive_in(place / "r");
  store_one(archive);
  for (const char* end : {"", "-wal"}) fs::remove(place / "r/archive.sqlite" + end);
  EXPECT_THAT(test::environment_error([&] { out.check_in_place(archive); }),
              HasSubstr("archive.sqlite' was removed or replaced"));
  EXPECT_EQ(stored_in(place / "r"), 1u);
}

TEST(ResultDirectory, SaysWhenNothingCanBeSaved) {
  const TempDirectory place;
  fs::create_directory(place / "deep");
  const ResultDirectory out(place / "deep/r");
  auto archive = archive_in(place / "deep/r");
  store_one(archive);
  fs::remove_all(place / "deep");
  EXPECT_THAT(test::environment_error([&] { out.check_in_place(archive); }),
              HasSubstr("evaluations are lost"));
}

}  // namespace
}  // namespace phasecore::results
