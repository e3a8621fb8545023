#include "common/npy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

/// A .npy file as NumPy writes it: header padded to a multiple of 64.
std::string npy(const std::string& dictionary, const std::string& values, char major = 1) {
  std::string header = dictionary;
  header.append(64 - (10 + header.size() + 1) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY", 6) + std::string{major, '\0'} +
         std::string{static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)} +
         header + values;
}

std::string dictionary(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

template <class T>
std::string bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

NpyArray read(const std::string& file) {
  const test::TempDirectory place;
  test::write_text(place / "x.npy", file);
  return read_npy(place / "x.npy");
}

template <class T>
void expect_reads(const std::string& type, const std::vector<T>& values, const std::vector<float>& expected) {
  const NpyArray array = read(npy(dictionary(type, "(2, 2)"), bytes(values)));
  EXPECT_EQ(array.shape, (std::vector<long long>{2, 2}));
  EXPECT_EQ(array.values, expected) << type;
}

TEST(Npy, ReadsAllElementTypes) {
  expect_reads<float>("<f4", {0.1f, -2, 3, 4}, {0.1f, -2, 3, 4});
  expect_reads<double>("<f8", {0.1, -2, 1e-30, 4}, {0.1f, -2, 1e-30f, 4});
  expect_reads<std::int8_t>("|i1", {-128, 127, 0, 1}, {-128, 127, 0, 1});
  expect_reads<std::uint8_t>("|u1", {0, 255, 128, 1}, {0, 255, 128, 1});
  expect_reads<std::int32_t>("<i4", {-2147483647, 70000, 0, 1}, {-2147483648.0f, 70000, 0, 1});
  expect_reads<std::int64_t>("<i8", {-1, 1ll << 40, 0, 1}, {-1, 1099511627776.0f, 0, 1});
  expect_reads<std::uint16_t>("<f2", {0x3c00, 0xc000, 0x0001, 0x7bff}, {1, -2, 5.9604645e-8f, 65504});
  expect_reads<std::uint8_t>("|b1", {0, 1, 1, 0}, {0, 1, 1, 0});
  expect_reads<std::int16_t>("<i2", {-32768, 32767, 0, 1}, {-32768, 32767, 0, 1});
  expect_reads<std::uint16_t>("<u2", {0, 65535, 1, 2}, {0, 65535, 1, 2});
  expect_reads<std::uint32_t>("<u4", {0, 4000000000u, 1, 2}, {0, 4000000000.0f, 1, 2});
  expect_reads<std::uint64_t>("<u8", {0, 1ull << 63, 1, 2}, {0, 9223372036854775808.0f, 1, 2});
}

TEST(Npy, ReadsVersionsWithLongHeaders) {
  for (const char major : {'\2', '\3'}) {
    std::string file = npy(dictionary("<f4", "(1,)"), bytes<float>({7}), major);
    file.insert(10, 2, '\0');  // four bytes of length instead of two
    EXPECT_EQ(read(file).values, std::vector<float>{7}) << +major;
  }
}

std::string fortran(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': True, 'shape': " + shape + ", }";
}

TEST(Npy, FortranOrderIsReadAsTheSameArray) {
  // numpy.asfortranarray(numpy.arange(6).reshape(2, 3)), and of three axes.
  EXPECT_EQ(read(npy(fortran("<f4", "(2, 3)"), bytes<float>({0, 3, 1, 4, 2, 5}))).values,
            (std::vector<float>{0, 1, 2, 3, 4, 5}));
  std::vector<float> columns, expected;
  for (int i = 0; i < 24; ++i) expected.push_back(static_cast<float>(i));
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) columns.push_back(static_cast<float>(i * 12 + j * 4 + k));
  EXPECT_EQ(read(npy(fortran("<f4", "(2, 3, 4)"), bytes(columns))).values, expected);
  EXPECT_EQ(read(npy(fortran("<f4", "(3,)"), bytes<float>({1, 2, 3}))).values, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(read(npy(fortran("<f4", "(2, 0, 3)"), "")).values, std::vector<float>{});
}

NpyReader reader_of(const test::TempDirectory& place, const std::string& file) {
  test::write_text(place / "x.npy", file);
  return open_npy(place / "x.npy");
}

TEST(Npy, ChosenRowsAreThoseOfTheWholeArray) {
  // 70,000 rows of 5 values: more than one piece of a megabyte.
  const test::TempDirectory place;
  std::vector<std::uint8_t> values;
  for (int i = 0; i < 70000 * 5; ++i) values.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  const std::string file = npy(dictionary("|u1", "(70000, 5)"), bytes(values));
  std::vector<float> expected;
  const std::vector<long long> wanted = {0, 1, 30000, 69998, 69999};
  for (const long long row : wanted)
    for (int i = 0; i < 5; ++i) expected.push_back(values[row * 5 + i]);
  EXPECT_EQ(reader_of(place, file).rows(wanted), expected);
  EXPECT_EQ(reader_of(place, file).rows({}), std::vector<float>{});
  EXPECT_NE(test::internal_error([&] { reader_of(place, file).rows({1, 70000}); }), "");
  const std::string turned = npy(fortran("<f4", "(3, 2)"), bytes<float>({0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(reader_of(place, turned).rows({0, 2}), (std::vector<float>{0, 1, 4, 5}));
}

TEST(Npy, WholeNumbersAreExactWhateverTheirType) {
  const test::TempDirectory place;
  const auto integers = [&](const std::string& type, const std::string& values) {
    return reader_of(place, npy(dictionary(type, "(2,)"), values)).integers();
  };
  using Integers = std::vector<std::int64_t>;
  EXPECT_EQ(integers("<i8", bytes<std::int64_t>({(1ll << 62) + 1, -3})), (Integers{(1ll << 62) + 1, -3}));
  EXPECT_EQ(integers("|u1", bytes<std::uint8_t>({255, 0})), (Integers{255, 0}));
  EXPECT_EQ(integers("<f8", bytes<double>({9007199254740991, -2})), (Integers{9007199254740991, -2}));
  EXPECT_EQ(integers("<f2", bytes<std::uint16_t>({0x4200, 0})), (Integers{3, 0}));
  EXPECT_TRUE(reader_of(place, npy(dictionary("|b1", "(0,)"), "")).holds_integers());
  EXPECT_FALSE(reader_of(place, npy(dictionary("<f2", "(0,)"), "")).holds_integers());
  const std::string refused = "error: '" + (place / "x.npy") + "' holds ";
  test::expect_input_error(
      [&] {
        integers("<f4", bytes<float>({1, 0.5f}));
      },
      refused + "0.5 at index 1; expected whole numbers");
  test::expect_input_error(
      [&] {
        integers("<u8", bytes<std::uint64_t>({1, ~0ull}));
      },
      refused + "1.8446744e+19 at index 1; expected whole numbers");
}

TEST(Npy, ReadsEveryShape) {
  EXPECT_EQ(read(npy(dictionary("<f4", "()"), bytes<float>({7}))).shape, (std::vector<long long>{}));
  EXPECT_EQ(read(npy(dictionary("<f4", "(3,)"), bytes<float>({1, 2, 3}))).shape, (std::vector<long long>{3}));
  EXPECT_EQ(read(npy(dictionary("<f4", "(0, 5)"), "")).shape, (std::vector<long long>{0, 5}));
  EXPECT_EQ(read(npy(dictionary("<f4", "(1, 1, 2)"), bytes<float>({1, 2}))).shape,
            (std::vector<long long>{1, 1, 2}));
}

TEST(Npy, WritesWhatNumPyWrites) {
  // numpy.save of numpy.array([[1, 2]], dtype='<f4'): 128 bytes of header, then the values.
  const std::string expected =
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", bytes<float>({1, 2}));
  EXPECT_EQ(npy_bytes({{1, 2}, {1, 2}}), expected);
  EXPECT_EQ(expected.size(), 128u + 8u);
}

TEST(Npy, WrittenArraysReadBackBitForBit) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const NpyArray& array : {NpyArray{{}, {1}}, NpyArray{{3}, {1, -0.0f, 1e-45f}}, NpyArray{{2, 0, 4}, {}},
                                NpyArray{{2, 2}, {nan, 1, std::numeric_limits<float>::infinity(), 3}}}) {
    const std::string file = npy_bytes(array);
    EXPECT_EQ(file.find('\n') % 64, 63u);
    const NpyArray back = read(file);
    EXPECT_EQ(back.shape, array.shape);
    EXPECT_EQ(bytes(back.values), bytes(array.values));
  }
}

TEST(Npy, RefusesEverythingElseByName) {
  const test::TempDirectory place;
  const std::string path = place / "x.npy";
  const std::string good = npy(dictionary("<f4", "(3, )"), bytes<float>({1, 2, 3}));
  const struct {
    std::string file;
    std::string message;
  } cases[] = {
      {"", "is not a .npy file"},
      {"PK\x03\x04 a zip file, as .npz is", "is not a .npy file"},
      {npy(dictionary("<f4", "(1,)"), "1234", 4), "is .npy version 4.0; versions 1.0, 2.0 and 3.0 are read"},
      {good.substr(0, 9), "is truncated in its header"},
      {good.substr(0, 50), "is truncated in its header"},
      {good.substr(0, good.size() - 1), "holds 11 bytes of values; its shape needs 12"},
      {good + "x", "holds 13 bytes of values; its shape needs 12"},
      {npy(dictionary("<c8", "(1,)"), "12345678"),
       "has elements of type '<c8'; allowed are <f2, <f4, <f8, |b1, |i1, |u1, <i2, <u2, <i4, <u4, <i8, <u8"},
      {npy(dictionary("|O", "(1,)"), "12"), "holds Python objects ('|O'); save it as an array of numbers"},
      {npy(dictionary(">f4", "(1,)"), "1234"),
       "is big-endian ('>f4'); little-endian is read: save it with x.astype(x.dtype.newbyteorder('<'))"},
      {npy("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }", "1234"),
       "has an unreadable .npy header"},
      {npy("{'descr': '<f4', 'shape': (1,), }", "1234"), "has an unreadable .npy header"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "1234"),
       "has an unreadable .npy header"},
      {npy("import os", "1234"), "has an unreadable .npy header"},
      {npy(dictionary("<f4", "(-1,)"), "1234"), "has an unreadable .npy header"},
      {npy(dictionary("<f4", "(1 2)"), "12345678"), "has an unreadable .npy header"},
      {npy(dictionary("<f4", "(9999999999999999999999,)"), "1234"), "has an unreadable .npy header"},
      {npy(dictionary("<f4", "(4294967296, 4294967296)"), "1234"), "has an unreadable .npy header"},
      {npy(dictionary("<f8", "(2,)"), bytes<double>({0, 1e300})),
       "holds 1e+300 at index 1, which is beyond float32"},
  };
  int n = 0;
  for (const auto& c : cases) {
    test::write_text(path, c.file);
    test::expect_input_error([&] { read_npy(path); }, "error: '" + path + "' " + c.message);
    ++n;
  }
  EXPECT_EQ(n, 19);
  test::expect_input_error([&] { read_npy(place / "absent.npy"); },
                           "error: no such file: '" + (place / "absent.npy") + "'");
}

TEST(Npy, AShapeThatDoesNotFitTheValuesIsOurBug) {
  EXPECT_NE(test::internal_error([] { npy_bytes({{2}, {1}}); }), "");
  EXPECT_NE(test::internal_error([] { npy_bytes({{-1}, {}}); }), "");
}

}  // namespace
}  // namespace phasecore::common
