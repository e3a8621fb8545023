#include "common/gzip.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <thread>

#include "tests/support/noise.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

std::string gzipped(const std::string& content) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(::deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

TEST(ReadGzip, UnpacksArchivesOfAnySizeAndPassesPlainFiles) {
  const test::TempDirectory place;
  for (const std::size_t size : {0u, 1u, 100000u, 5000000u}) {
    const std::string content = test::noise(size);
    test::write_text(place / "x.gz", gzipped(content));
    EXPECT_EQ(read_gzip(place / "x.gz"), content) << size;
    test::write_text(place / "x", content);
    EXPECT_EQ(read_gzip(place / "x"), content) << size;
  }
  // Far fewer bytes in the archive than come out of it at once.
  test::write_text(place / "zeros.gz", gzipped(std::string(5000000, '\0')));
  EXPECT_EQ(read_gzip(place / "zeros.gz"), std::string(5000000, '\0'));
  test::write_text(place / "two.gz", gzipped("one ") + gzipped("two"));
  EXPECT_EQ(read_gzip(place / "two.gz"), "one two") << "members one after the other";
}

TEST(ReadGzip, RefusesBrokenArchives) {
  const test::TempDirectory place;
  const std::string path = place / "x.gz";
  const std::string good = gzipped(test::noise(10000));
  const std::string prefix = "error: '" + path + "' is a broken gzip archive: ";
  for (const std::size_t kept : {3u, 12u, 5000u}) {
    test::write_text(path, good.substr(0, kept));
    test::expect_input_error([&] { read_gzip(path); }, prefix + "it ends too early");
  }
  std::string corrupt = good;
  corrupt[good.size() - 6] ^= 1;  // the checksum
  test::write_text(path, corrupt);
  test::expect_input_error([&] { read_gzip(path); }, prefix + "incorrect data check");
  test::write_text(path, good + "rubbish after the end");
  test::expect_input_error([&] { read_gzip(path); }, prefix + "incorrect header check");
}

TEST(GzipReader, GivesTheContentFrontToBack) {
  const test::TempDirectory place;
  const std::string content = test::noise(3000000);
  test::write_text(place / "x.gz", gzipped(content));
  test::write_text(place / "x", content);
  for (const std::string& path : {place / "x.gz", place / "x"}) {
    GzipReader reader(path);
    std::string found;
    for (std::size_t bytes = 1;; bytes = bytes * 3 + 1) {
      std::string next(bytes, '\0');
      next.resize(reader.read(next.data(), bytes));
      found += next;
      if (next.size() < bytes) break;
    }
    EXPECT_EQ(found, content) << path;
    char more = 0;
    EXPECT_EQ(reader.read(&more, 1), 0u);
  }
}

TEST(GzipReader, KnowsHowMuchMayCome) {
  const test::TempDirectory place;
  test::write_text(place / "x.gz", gzipped(std::string(5000000, '\0')));
  EXPECT_GE(GzipReader(place / "x.gz").most_bytes(), 5000000u);
  test::write_text(place / "x", "four");
  EXPECT_EQ(GzipReader(place / "x").most_bytes(), 4u);
  test::expect_input_error([] { GzipReader("/dev/null/x"); }, "error: no such file: '/dev/null/x'");
}

TEST(GzipReader, RefusesAPlainFileThatIsTooLargeAtOnce) {
  const test::TempDirectory place;
  test::write_text(place / "x", "");
  std::filesystem::resize_file(place / "x", (std::uintmax_t{2} << 30) + 1);  // a hole
  test::expect_input_error([&] { GzipReader(place / "x"); },
                           "error: '" + (place / "x") + "' has more than 2 GiB of content");
}

/// The writer is gone before anybody could open the pipe a second time.
TEST(GzipReader, OpensAPipeOnce) {
  const test::TempDirectory place;
  for (const std::string& content : {std::string("plain"), gzipped("packed")}) {
    const std::string path = place / "pipe";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { test::write_text(path, content); });
    const std::string read = read_gzip(path);
    writer.join();
    EXPECT_EQ(read, content == "plain" ? "plain" : "packed");
    std::filesystem::remove(path);
  }
}

}  // namespace
}  // namespace phasecore::common
