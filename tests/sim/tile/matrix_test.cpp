// Matrices of the user's.
#include "sim/tile/matrix.hpp"

#include <gtest/gtest.h>

#include "common/files.hpp"
#include "common/npy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::tile {
namespace {

TEST(Matrix, ReadsRowsOfNumbersAndSkipsComments) {
  const test::TempDirectory directory;
  const std::string file = directory / "w.csv";
  test::write_text(file, "# weights\n1, -2.5e-1,.5\r\n\n 4,5,6");
  const Matrix m = read_matrix(file);
  EXPECT_EQ(m.rows, 2);
  EXPECT_EQ(m.cols, 3);
  EXPECT_EQ(m.values, (std::vector<float>{1, -0.25f, 0.5f, 4, 5, 6}));
  EXPECT_EQ(m.source, file);
}

TEST(Matrix, ReadsTheSameNumbersFromAnArray) {
  const test::TempDirectory directory;
  const std::string file = directory / "w.npy";
  test::write_text(file, common::npy_bytes({{2, 2}, {1, 2, 3, 4}}));
  EXPECT_EQ(read_matrix(file).rows, 2);
  EXPECT_EQ(read_matrix(file).values, (std::vector<float>{1, 2, 3, 4}));
  test::write_text(file, common::npy_bytes({{3}, {1, 2, 3}}));
  EXPECT_EQ(read_matrix(file).rows, 1) << "one row";
  EXPECT_EQ(read_matrix(file).cols, 3);
}

TEST(Matrix, SaysAllThatIsWrongInAFileWithItsPlace) {
  const test::TempDirectory directory;
  const std::string file = directory / "w.csv";
  test::write_text(file, "1,2\n3,four\n5\n6,inf\n7,\n");
  test::expect_input_error([&] { read_matrix(file); },
                           file + ":2:3: error: 'four' is not a finite number of 32 bits\n" + file +
                               ":3:1: error: a row of 1 numbers; the first row has 2\n" + file +
                               ":4:3: error: 'inf' is not a finite number of 32 bits\n" + file +
                               ":5:3: error: '' is not a finite number of 32 bits");
}

TEST(Matrix, RefusesWhatIsNone) {
  const test::TempDirectory directory;
  const auto refusal = [&](const std::string& name, const std::string& content) {
    test::write_text(directory / name, content);
    return test::input_error([&] { read_matrix(directory / name); });
  };
  EXPECT_NE(refusal("w.txt", "1").find("ends in none of .npy, .csv, .csv.gz"), std::string::npos);
  EXPECT_NE(refusal("w.csv", "# nothing\n").find("holds no numbers"), std::string::npos);
  EXPECT_NE(refusal("w.npy", common::npy_bytes({{1, 1, 1}, {1}})).find("has 3 dimensions"),
            std::string::npos);
  EXPECT_NE(refusal("n.npy", common::npy_bytes({{0, 2}, {}})).find("holds no numbers"), std::string::npos);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(refusal("x.npy", common::npy_bytes({{2}, {1, nan}})).find("at index 1"), std::string::npos);
  EXPECT_NE(test::input_error([&] { read_matrix(directory / "absent.csv"); }), "");
}

TEST(Matrix, RandomOnesFollowTheSeedAndHaveTheStatedSpread) {
  const Matrix w = random_weights(1, 256, 256), x = random_inputs(1, 64, 256);
  EXPECT_EQ(w.values, random_weights(1, 256, 256).values);
  EXPECT_NE(w.values, random_weights(2, 256, 256).values);
  EXPECT_EQ(largest_magnitude(w), 1.0f);
  EXPECT_LE(largest_magnitude(x), 1.0f);
  const auto mean_square = [](const Matrix& m) {
    double sum = 0;
    for (const float v : m.values) sum += double{v} * v;
    return sum / static_cast<double>(m.values.size());
  };
  EXPECT_NEAR(mean_square(w), 0.0625, 0.002);  // 65,536 values: standard error 0.00035
  EXPECT_NEAR(mean_square(x), 1.0 / 3, 0.01);  // 16,384 values: standard error 0.0023
}

}  // namespace
}  // namespace phasecore::tile
