// What happens to the archive when its process is killed, and what happens when the file is damaged.
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "nas/archive/archive.hpp"
#include "tests/support/support.hpp"

namespace phasecore::archive {
namespace {

namespace fs = std::filesystem;
using test::TempDirectory;
using testing::HasSubstr;

const Identity kIdentity = {{"seed", "1"}};

Evaluation evaluation(int gene) {
  Evaluation e;
  e.genes = {gene, 1};
  e.fidelity = "table";
  for (int f = 0; f < 20; ++f) e.figures["figure" + std::to_string(f)] = {gene + f / 7.0, 0.25};
  return e;
}

/// A child that stores evaluations 0, 1, 2, ... and tells each one through a pipe once it is stored; killed
/// after `kill_after_us` microseconds. Returns how many it told.
int store_until_killed(const std::string& path, int kill_after_us) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Archive archive(path, kIdentity, Mode::Resume, "");
    for (int i = 0;; ++i) {
      if (archive.find({i, 1}, 0) != nullptr) continue;
      archive.store(evaluation(i));
      if (::write(ends[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  ::close(ends[1]);
  ::usleep(kill_after_us);
  ::kill(child, SIGKILL);
  int last = -1;
  for (int i; ::read(ends[0], &i, sizeof i) == sizeof i;) last = i;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return last + 1;
}

TEST(ArchiveAfterKill, HoldsEveryEvaluationThatWasStoredAndNoHalfOne) {
  const TempDirectory place;
  int told = 0;
  for (int round = 0; round < 12; ++round) {
    told = std::max(told, store_until_killed(place / "a.sqlite", 1000 + 3700 * round));
    Archive archive(place / "a.sqlite", kIdentity, Mode::Resume, "");
    const int found = static_cast<int>(archive.size());
    ASSERT_GE(found, told);
    ASSERT_LE(found, told + 1) << "at most the one that was stored but not told";
    for (int i = 0; i < found; ++i) {
      const Evaluation* e = archive.find({i, 1}, 0);
      ASSERT_NE(e, nullptr) << i;
      ASSERT_EQ(e->figures.size(), 20u) << i;
      ASSERT_EQ(e->figures.at("figure19").value, i + 19 / 7.0);
    }
  }
  EXPECT_GT(told, 50) << "the child must have come to store something";
}

class DamagedArchive : public testing::Test {
 protected:
  void SetUp() override {
    Archive archive(place_ / "a.sqlite", kIdentity, Mode::Fresh, "");
    for (int i = 0; i < 300; ++i) archive.store(evaluation(i));
    archive.close();
    text_ = test::read_text(place_ / "a.sqlite");
    ASSERT_GT(text_.size(), 100000u);
  }
  /// Opening must fail with words, and must not touch the file.
  void expect_refused(const std::string& damaged) {
    test::write_text(place_ / "a.sqlite", damaged);
    const std::string message = test::environment_error([&] {
      Archive(place_ / "a.sqlite", kIdentity, Mode::Resume, "").find({0, 1}, 0);
    });
    EXPECT_THAT(message, HasSubstr("damaged"));
    EXPECT_THAT(message, HasSubstr("it is left as it is"));
    EXPECT_TRUE(test::read_text(place_ / "a.sqlite") == damaged) << "the file was changed";
  }
  TempDirectory place_;
  std::string text_;
};

TEST_F(DamagedArchive, IsRefusedWhenTruncated) {
  for (const double part : {0.001, 0.3, 0.5, 0.9})
    expect_refused(text_.substr(0, static_cast<std::size_t>(part * static_cast<double>(text_.size()))));
}

TEST_F(DamagedArchive, IsRefusedWhenAPageIsOverwritten) {
  for (const std::size_t page : {std::size_t{1}, std::size_t{5}, std::size_t{12}}) {
    std::string damaged = text_;
    damaged.replace(page * 4096, 4096, std::string(4096, '\x5a'));
    expect_refused(damaged);
  }
}

TEST_F(DamagedArchive, IsRefusedWhenItIsNoDatabase) {
  expect_refused(std::string(10000, 'x'));
}

TEST_F(DamagedArchive, IsRefusedWhenItIsAnotherDatabase) {
  test::write_text(place_ / "a.sqlite", "");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((place_ / "a.sqlite").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_THAT(test::input_error([&] { Archive(place_ / "a.sqlite", kIdentity, Mode::Resume, ""); }),
              HasSubstr("is a database, but no archive of a search"));
}

}  // namespace
}  // namespace phasecore::archive
