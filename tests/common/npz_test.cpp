#include "common/npz.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

std::string archive_of(const std::string& kind) {
  return test::source_path("tests/data/npz/" + kind + ".npz");
}

TEST(Npz, StoredAndDeflatedArraysAreRead) {
  for (const char* kind : {"stored", "deflated"}) {
    const NpzArchive archive(archive_of(kind));
    EXPECT_EQ(archive.names(), (std::vector<std::string>{"test_x", "test_y"})) << kind;
    NpyReader x = archive.open("test_x");
    EXPECT_EQ(x.shape(), (std::vector<long long>{2, 3}));
    EXPECT_EQ(x.values(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(archive.open("test_y").integers(), (std::vector<std::int64_t>{1, 0}));
    EXPECT_EQ(archive.open("test_x").rows({1}), (std::vector<float>{3, 4, 5}));
  }
}

TEST(Npz, AReaderOutlivesItsArchive) {
  std::optional<NpzArchive> archive(archive_of("deflated"));
  NpyReader x = archive->open("test_x");
  archive.reset();
  EXPECT_EQ(x.values(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(Npz, WhatIsNoArchiveIsRefusedByName) {
  const test::TempDirectory place;
  const std::string path = place / "x.npz";
  test::expect_input_error([&] { NpzArchive{path}; }, "error: no such file: '" + path + "'");
  test::expect_input_error([&] { NpzArchive{place.path()}; },
                           "error: '" + place.path() + "' is a directory; expected a file");
  for (const std::string& content :
       {std::string("\x93NUMPY, a .npy file"), test::read_text(archive_of("stored")).substr(0, 300)}) {
    test::write_text(path, content);
    test::expect_input_error([&] { NpzArchive{path}; },
                             "error: '" + path + "' is not a .npz file: Not a zip archive");
  }
}

TEST(Npz, DamagedArraysAreRefusedByName) {
  const test::TempDirectory place;
  const std::string path = place / "x.npz";
  std::string content = test::read_text(archive_of("stored"));
  content[content.find("NUMPY") + 130] ^= 1;  // a bit of the first array's values
  test::write_text(path, content);
  const NpzArchive archive(path);
  test::expect_input_error([&] { archive.open("test_x").values(); },
                           "error: 'test_x' in '" + path + "' is damaged: CRC error");
  EXPECT_EQ(archive.open("test_y").integers(), (std::vector<std::int64_t>{1, 0}));
  // The size that the directory at the end promises: so much cannot be in so few bytes.
  content = test::read_text(archive_of("deflated"));
  const std::size_t entry = content.find("PK\x01\x02");
  content.replace(entry + 24, 4, "\xf0\xff\xff\x7f");
  test::write_text(path, content);
  const std::string bomb = test::input_error([&] { NpzArchive(path).open("test_x"); });
  EXPECT_NE(bomb.find("'test_x' in '" + path + "' is damaged: 2147483632 bytes cannot be packed in "),
            std::string::npos)
      << bomb;
  const std::string absent = test::input_error([&] { archive.open("test_z"); });
  EXPECT_EQ(absent.rfind("error: 'test_z' in '" + path + "' cannot be read: ", 0), 0u) << absent;
}

}  // namespace
}  // namespace phasecore::common
