// What happens to the archive when its process is killed, and what happens when the file is damaged.
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "common/random.hpp"
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
/// `delay_us` microseconds after it has told `more` of them. Returns how many it told in all.
int store_until_killed(const std::string& path, int more, int delay_us) {
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
  int last = -1;
  const auto hear = [&] { return ::read(ends[0], &last, sizeof last) == sizeof last; };
  bool alive = true;
  for (int n = 0; n < more && alive; ++n) alive = hear();
  ::usleep(static_cast<useconds_t>(delay_us));
  ::kill(child, SIGKILL);
  while (alive) alive = hear();
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return last + 1;
}

TEST(ArchiveAfterKill, HoldsEveryEvaluationThatWasStoredAndNoHalfOne) {
  const TempDirectory place;
  int told = 0;
  for (int round = 0; round < 12; ++round) {
    told = std::max(told, store_until_killed(place / "a.sqlite", round, 37 * round));
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

/// A small archive with something in every table, and what it says when it is opened.
class ChangedArchive : public testing::Test {
 protected:
  void SetUp() override {
    Archive archive(path_, kIdentity, Mode::Fresh, "seed 1");
    for (int i = 0; i < 12; ++i) {
      Evaluation e = evaluation(i);
      if (i == 3) {
        e.figures.clear();
        e.failure = "layer 'conv1' needs 80 cores";
      }
      archive.store(e);
    }
    archive.prune(1, {{{40}, "cores = 80 is above 64"}, {{41}, "surrogate"}});
    archive.set_note("spent_s", 2.5);
    archive.set_note("rounds", 3);
    whole_ = said(archive);
    archive.close();
    text_ = test::read_text(path_);
  }

  static std::string said(const Archive& archive) {
    return archive.dump() + std::to_string(archive.note("spent_s").value_or(-1)) + " " +
           std::to_string(archive.note("rounds").value_or(-1));
  }

  /// What the archive says, or the message it is refused with.
  std::string opened(bool& refused) {
    refused = false;
    try {
      const Archive archive(path_, kIdentity, Mode::Resume, "seed 1");
      return said(archive);
    } catch (const common::EnvironmentError& e) {
      refused = true;
      return e.what();
    } catch (const common::InputError& e) {
      refused = true;
      return e.what();
    }
  }

  /// Changes the file as another program would; false when SQLite itself refuses.
  bool change(const std::string& sql) {
    test::write_text(path_, text_);
    sqlite3* other = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    const bool done = sqlite3_exec(other, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    sqlite3_close(other);
    return done;
  }

  TempDirectory place_;
  const std::string path_ = place_ / "a.sqlite";
  std::string whole_, text_;
};

TEST_F(ChangedArchive, IsRefusedThoughItIsAValidDatabase) {
  for (const char* sql :
       {"UPDATE notes SET value = 'x' WHERE key = 'rounds'",
        "UPDATE notes SET value = value + 1",
        "DELETE FROM notes WHERE key = 'spent_s'",
        "INSERT INTO notes VALUES ('more', 1.5, 'abc')",
        "UPDATE evaluations SET genes = 'abc' WHERE id = 2",
        "UPDATE evaluations SET genes = '99 1' WHERE id = 2",
        "UPDATE evaluations SET genes = '1  1' WHERE id = 2",
        "UPDATE evaluations SET genes = '99999999999 1' WHERE id = 2",
        "UPDATE evaluations SET step = 1 WHERE id = 2",
        "UPDATE evaluations SET step = 'x' WHERE id = 2",
        "UPDATE evaluations SET fidelity = 'final'",
        "UPDATE evaluations SET lost = 1 WHERE id = 2",
        "UPDATE evaluations SET failure = 'no' WHERE id = 2",
        "UPDATE evaluations SET failure = x'00ff' WHERE id = 2",
        "UPDATE evaluations SET provenance = '' WHERE id = 2",
        "UPDATE evaluations SET hash = (SELECT hash FROM evaluations WHERE id = 3) WHERE id = 2",
        "DELETE FROM evaluations",
        "DELETE FROM evaluations WHERE id = 5",
        "PRAGMA foreign_keys = ON; DELETE FROM evaluations WHERE id = 5",
        "PRAGMA foreign_keys = ON; DELETE FROM evaluations",
        "UPDATE figures SET value = 1e999 WHERE evaluation = 3",
        "UPDATE figures SET value = -1e999 WHERE evaluation = 3",
        "UPDATE figures SET value = value * 1.5 WHERE evaluation = 3",
        "UPDATE figures SET error = 0 WHERE evaluation = 3",
        "UPDATE figures SET value = 'abc' WHERE evaluation = 3",
        "UPDATE figures SET value = x'01' WHERE evaluation = 3",
        "UPDATE figures SET name = 'other' WHERE evaluation = 3 AND name = 'figure1'",
        "UPDATE figures SET evaluation = 4 WHERE evaluation = 3 AND name = 'figure1'",
        "DELETE FROM figures WHERE evaluation = 3",
        "DELETE FROM figures",
        "DELETE FROM figures WHERE evaluation = 3 AND name = 'figure7'",
        "INSERT INTO figures VALUES (77, 'figure1', 1.0, 0.0)",
        "UPDATE pruned SET genes = 'zz' WHERE genes = '40'",
        "UPDATE pruned SET reason = 'other' WHERE genes = '40'",
        "UPDATE pruned SET round = 2",
        "DELETE FROM pruned",
        "DELETE FROM pruned WHERE genes = '41'",
        "DELETE FROM sets",
        "UPDATE sets SET rows = rows + 1",
        "UPDATE sets SET hash = 'x' WHERE name = 'pruned'",
        "UPDATE identity SET value = '2'",
        "DELETE FROM identity",
        "DROP TABLE figures",
        "DROP TABLE pruned",
        "DROP TABLE notes",
        "DROP TABLE sets",
        "DROP TABLE identity",
        "DROP TABLE evaluations",
        "ALTER TABLE pruned RENAME COLUMN reason TO raeson",
        "CREATE TABLE mine (x)",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'value REAL', 'value "
        "TEXT') "
        "WHERE name = 'figures'"}) {
    ASSERT_TRUE(change(sql)) << sql;
    const std::string changed = test::read_text(path_);
    const std::string message =
        test::environment_error([&] { Archive(path_, kIdentity, Mode::Resume, "seed 1"); });
    EXPECT_THAT(message, HasSubstr("is damaged: ")) << sql;
    EXPECT_THAT(message, HasSubstr("it is left as it is")) << sql;
    EXPECT_TRUE(test::read_text(path_) == changed) << sql << ": the file was changed";
  }
}

TEST_F(ChangedArchive, SaysTheSameOrIsRefusedWhateverBitIsFlipped) {
  const common::RandomKey key{20, common::Purpose::Test};
  int refusals = 0;
  constexpr int kFlips = 600;
  for (int i = 0; i < kFlips; ++i) {
    std::string damaged = text_;
    const auto draw = common::uniform_index(key, static_cast<std::uint64_t>(i), text_.size() * 8);
    damaged[draw / 8] = static_cast<char>(damaged[draw / 8] ^ (1 << draw % 8));
    test::write_text(path_, damaged);
    bool refused = false;
    const std::string says = opened(refused);
    refusals += refused ? 1 : 0;
    if (!refused) {
      ASSERT_EQ(says, whole_) << "bit " << draw;
    }
    fs::remove(path_ + "-wal");
    fs::remove(path_ + "-journal");
  }
  EXPECT_GT(refusals, kFlips / 10) << "most of the file must mean something for this to mean anything";
}

TEST_F(ChangedArchive, IsRefusedWithAReasonWhenAnEarlierVersionWroteIt) {
  ASSERT_TRUE(change("PRAGMA user_version = 1"));
  EXPECT_THAT(test::input_error([&] { Archive(path_, kIdentity, Mode::Resume, ""); }),
              HasSubstr("was written by an earlier PhaseCore"));
}

TEST_F(DamagedArchive, IsRefusedWhenItIsAnotherDatabase) {
  test::write_text(place_ / "a.sqlite", "");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((place_ / "a.sqlite").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_THAT(test::input_error([&] { Archive(place_ / "a.sqlite", kIdentity, Mode::Resume, ""); }),
              HasSubstr("is a database, but no archive of evaluations"));
}

}  // namespace
}  // namespace phasecore::archive
