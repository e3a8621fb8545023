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
      {npy(dictionary("<f4", "(1,)"), "1234", 2), "is .npy version 2.0; version 1.0 is read"},
      {good.substr(0, 50), "is truncated in its header"},
      {good.substr(0, good.size() - 1), "holds 11 bytes of values; its shape needs 12"},
      {good + "x", "holds 13 bytes of values; its shape needs 12"},
      {npy(dictionary("<f2", "(1,)"), "12"),
       "has elements of type '<f2'; allowed are <f4, <f8, |i1, |u1, <i4, <i8"},
      {npy(dictionary(">f4", "(1,)"), "1234"),
       "has elements of type '>f4'; allowed are <f4, <f8, |i1, |u1, <i4, <i8"},
      {npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234"),
       "is in Fortran order; save it with numpy.ascontiguousarray"},
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
  EXPECT_EQ(n, 17);
  test::expect_input_error([&] { read_npy(place / "absent.npy"); },
                           "error: no such file: '" + (place / "absent.npy") + "'");
}

TEST(Npy, AShapeThatDoesNotFitTheValuesIsOurBug) {
  EXPECT_NE(test::internal_error([] { npy_bytes({{2}, {1}}); }), "");
  EXPECT_NE(test::internal_error([] { npy_bytes({{-1}, {}}); }), "");
}

}  // namespace
}  // namespace phasecore::common
