#include "common/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "common/descriptor.hpp"
#include "tests/support/noise.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

int entries_of(const std::string& directory) {
  int n = 0;
  for (const auto& entry : fs::directory_iterator(directory)) n += entry.exists() ? 1 : 0;
  return n;
}

TEST(ReadFile, ReturnsEveryByte) {
  const test::TempDirectory place;
  const std::string content = test::noise(100000);
  test::write_text(place / "x", content);
  EXPECT_EQ(read_file(place / "x"), content);
  test::write_text(place / "empty", "");
  EXPECT_EQ(read_file(place / "empty"), "");
  EXPECT_GT(read_file("/proc/self/status").size(), 100u) << "files whose size is not known beforehand";
}

TEST(ReadFile, TellsTheUsersErrorsFromTheEnvironments) {
  const test::TempDirectory place;
  test::expect_input_error([&] { read_file(place / "x"); }, "error: no such file: '" + (place / "x") + "'");
  test::expect_input_error([&] { read_file(place.path()); },
                           "error: '" + place.path() + "' is a directory; expected a file");
  EXPECT_EQ(test::environment_error([] { read_file("/proc/self/mem"); }),
            "cannot read '/proc/self/mem': Input/output error");
}

TEST(WriteFileAtomically, CreatesAndReplaces) {
  const test::TempDirectory place;
  write_file_atomically(place / "x", "first");
  EXPECT_EQ(test::read_text(place / "x"), "first");
  write_file_atomically(place / "x", "second");
  EXPECT_EQ(test::read_text(place / "x"), "second");
  EXPECT_EQ(entries_of(place.path()), 1);
}

TEST(WriteFileAtomically, ReplacesWhatALinkPointsTo) {
  const test::TempDirectory place;
  test::write_text(place / "real", "old");
  fs::create_symlink("real", place / "link");
  write_file_atomically(place / "link", "new");
  EXPECT_TRUE(fs::is_symlink(place / "link"));
  EXPECT_EQ(test::read_text(place / "real"), "new");
}

TEST(WriteFileAtomically, LeavesNothingBehindWhenItFails) {
  const test::TempDirectory place;
  test::write_text(place / "file", "a file");
  fs::create_directory(place / "directory");
  EXPECT_EQ(test::environment_error([&] { write_file_atomically(place / "directory", "x"); }),
            "cannot write '" + (place / "directory") + "': it is not a regular file");
  EXPECT_EQ(test::environment_error([] { write_file_atomically("/dev/null", "x"); }),
            "cannot write '/dev/null': it is not a regular file");
  EXPECT_NE(
      test::environment_error([&] { write_file_atomically(place / "file/x", "x"); }).find("Not a directory"),
      std::string::npos);
  EXPECT_NE(
      test::environment_error([&] { write_file_atomically(place / "absent/x", "x"); }).find("No such file"),
      std::string::npos);
  EXPECT_EQ(entries_of(place.path()), 2);
  EXPECT_EQ(test::read_text(place / "file"), "a file");
}

// Vectors of FIPS 180-4.
TEST(WriteFileAtomically, RemovesWhatKilledProcessesLeft) {
  const test::TempDirectory place;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(dead, nullptr, 0), dead);
  test::write_text((place / "x.partial-") + std::to_string(dead), "half");
  test::write_text((place / "x.partial-") + std::to_string(::getpid()), "of an older process of our number");
  for (const char* others : {"x.partial-1", "x.partial-", "x.partial-notes", "y.partial-999999999"})
    test::write_text(place / others, "not ours");
  write_file_atomically(place / "x", "new");
  EXPECT_EQ(test::read_text(place / "x"), "new");
  EXPECT_EQ(entries_of(place.path()), 5);
}

TEST(WriteFileAtomically, NeverWritesThroughAPlantedLink) {
  const test::TempDirectory place;
  test::write_text(place / "victim", "precious");
  fs::create_symlink("victim", (place / "x.partial-") + std::to_string(::getpid()));
  write_file_atomically(place / "x", "new");
  EXPECT_EQ(test::read_text(place / "victim"), "precious");
  EXPECT_FALSE(fs::is_symlink(place / "x"));
  EXPECT_EQ(test::read_text(place / "x"), "new");
  fs::create_symlink("victim", place / "y");
  EXPECT_EQ(test::environment_error([&] { write_synced(place / "y", "new"); }),
            "cannot write '" + (place / "y") + "': File exists");
  EXPECT_EQ(test::read_text(place / "victim"), "precious");
}

TEST(CheckWritable, SaysBeforehandWhatWritingWouldSay) {
  const test::TempDirectory place;
  fs::create_symlink("b", place / "a");
  fs::create_symlink("a", place / "b");
  fs::create_directory(place / "d");
  for (const std::string& path : {place / "a", place / "d", place / "absent/x", place / std::string(250, 'x'),
                                  std::string("/dev/null")}) {
    const std::string told = test::environment_error([&] { check_writable(path); });
    EXPECT_EQ(told, test::environment_error([&] { write_file_atomically(path, "x"); }));
    EXPECT_EQ(told.rfind("cannot write '" + path + "': ", 0), 0u) << told;
  }
  check_writable(place / "fine");
  EXPECT_EQ(std::distance(fs::directory_iterator(place.path()), {}), 3) << "a directory and two links";
}

TEST(ReadFile, EndsWhereAFileDoesNot) {
  EXPECT_EQ(test::input_error([] { read_file("/dev/zero", {1000}); }),
            "error: '/dev/zero' has more than 1000 bytes");
  EXPECT_LT(read_file("/dev/zero", {std::size_t{2} << 30, "\x93NUMPY"}).size(), 10000u);
  const test::TempDirectory place;
  test::write_text(place / "x", "123456");
  EXPECT_EQ(read_file(place / "x", {6, "123"}), "123456");
  test::input_error([&] { read_file(place / "x", {5}); });
  test::write_text(place / "short", "1");
  EXPECT_EQ(read_file(place / "short", {6, "123"}), "1");
}

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace phasecore::common
