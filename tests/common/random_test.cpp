#include "common/random.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "common/isa.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

RandomKey some_key() {
  RandomKey key;
  key.seed = 20240611;
  return key;
}

std::vector<float> normals(const RandomKey& key, std::uint64_t epoch, std::uint32_t row, std::uint32_t column,
                           std::size_t count) {
  std::vector<float> z(count);
  fill_normal(key, epoch, row, column, count, z.data());
  return z;
}

bool same_bits(const float* a, const float* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(float)) == 0;
}

/// Many normals: `rows` rows of `columns` from row 0, column 0.
std::vector<float> field_of_normals(const RandomKey& key, std::uint32_t rows, std::uint32_t columns) {
  std::vector<float> z(std::size_t{rows} * columns);
  for (std::uint32_t r = 0; r < rows; ++r)
    fill_normal(key, 0, r, 0, columns, z.data() + std::size_t{r} * columns);
  return z;
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum / static_cast<double>(a.size());
}

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

// The three published vectors of philox4x32 with 10 rounds: Random123's tests/kat_vectors.
TEST(Philox, GivesThePublishedKnownAnswers) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32_10({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, EqualsRandom123OnTenThousandCounters) {
  std::uint32_t state = 1;
  const auto next = [&] { return state = state * 1664525u + 1013904223u; };
  for (int i = 0; i < 10000; ++i) {
    const std::array<std::uint32_t, 4> counter{next(), next(), next(), next()};
    const std::array<std::uint32_t, 2> key{next(), next()};
    const auto theirs =
        r123::Philox4x32()({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
    const auto ours = philox4x32_10(counter, key);
    for (std::size_t w = 0; w < 4; ++w) ASSERT_EQ(ours[w], theirs[w]);
  }
}

// The address scheme is a promise: this recomputes one uniform from the definition.
TEST(Random, AddressesFollowTheDocumentedScheme) {
  RandomKey key;
  key.seed = 0x0123456789abcdefull;
  key.purpose = Purpose::ReadNoise;
  key.instance = 5;
  key.layer = stable_hash("stem");
  key.replica = 2;
  key.polarity = 1;
  const std::uint64_t epoch = 0x1122334455667788ull;
  const std::uint32_t row = 77;
  const auto derived = philox4x32_10({3u << 8 | 1u, 5, stable_hash("stem"), 2}, {0x89abcdef, 0x01234567});
  for (std::uint32_t column : {0u, 1u, 6u, 255u, 4294967295u}) {
    const auto words = philox4x32_10({column / 4, row, 0x55667788, 0x11223344}, {derived[0], derived[1]});
    float u = 0;
    fill_uniform(key, epoch, row, column, 1, &u);
    EXPECT_EQ(u, static_cast<float>(words[column % 4] >> 8) / 16777216.0f) << column;
  }
}

TEST(Random, NormalsAreBoxMullerOfTheWords) {
  const RandomKey key = some_key();
  const auto derived = philox4x32_10({99u << 8, 0, 0, 0}, {static_cast<std::uint32_t>(key.seed), 0});
  const auto z = normals(key, 3, 11, 0, 40000);
  const double pi = std::acos(-1.0);
  for (std::uint32_t column = 0; column < z.size(); column += 2) {
    const auto words = philox4x32_10({column / 4, 11, 3, 0}, {derived[0], derived[1]});
    const double u = ((words[column % 4] >> 1) + 0.5) / 2147483648.0;
    const double quadrant = words[column % 4 + 1] >> 30;
    const double within = static_cast<std::int32_t>(words[column % 4 + 1] << 2) / 4294967296.0;
    const double angle = (quadrant + within) * pi / 2;
    const double radius = std::sqrt(-2 * std::log(u));
    ASSERT_NEAR(z[column], radius * std::cos(angle), 2e-6) << column;
    ASSERT_NEAR(z[column + 1], radius * std::sin(angle), 2e-6) << column;
  }
}

TEST(Random, ValuesDoNotDependOnHowARangeIsCut) {
  const RandomKey key = some_key();
  const std::uint32_t columns = 700;
  const auto whole = normals(key, 9, 4, 0, columns);
  std::vector<float> whole_uniform(columns);
  fill_uniform(key, 9, 4, 0, columns, whole_uniform.data());
  int cuts = 0;
  for (std::uint32_t begin = 0; begin < columns; begin += begin < 40 ? 1 : 37) {
    for (std::uint32_t count = 0; begin + count <= columns; count += count < 80 ? 1 : 29) {
      std::vector<float> part(count + 1, -7.0f);
      fill_normal(key, 9, 4, begin, count, part.data());
      ASSERT_TRUE(same_bits(part.data(), whole.data() + begin, count)) << begin << " + " << count;
      ASSERT_EQ(part[count], -7.0f) << "wrote past the end";
      fill_uniform(key, 9, 4, begin, count, part.data());
      ASSERT_TRUE(same_bits(part.data(), whole_uniform.data() + begin, count)) << begin << " + " << count;
      ++cuts;
    }
  }
  EXPECT_GT(cuts, 5000);
}

TEST(Random, NormalsAreTheSameAtEveryInstructionSet) {
  const auto wanted = field_of_normals(some_key(), 256, 1021);
  for (const Isa isa : available_isas()) {
    const IsaLimit limit(isa);
    const auto is = field_of_normals(some_key(), 256, 1021);
    EXPECT_TRUE(same_bits(is.data(), wanted.data(), is.size())) << name_of(isa);
    for (std::uint32_t count = 1; count < 70; ++count)
      EXPECT_TRUE(same_bits(normals(some_key(), 0, 3, 5, count).data(), wanted.data() + 3 * 1021 + 5, count))
          << name_of(isa) << ": " << count;
  }
}

TEST(Random, ReachesTheLastColumnAndRefusesTheNext) {
  float z[3];
  EXPECT_NO_THROW(fill_normal(some_key(), 0, 0, 0xfffffffdu, 3, z));
  EXPECT_EQ(test::internal_error([&] { fill_normal(some_key(), 0, 0, 0xfffffffdu, 4, z); }),
            "fill: the columns end at 2^32");
}

// Seeds are a promise: these bits were written down when the generator was first released.
TEST(Random, GivesTheGoldenValues) {
  RandomKey key;
  key.seed = 42;
  key.purpose = Purpose::Programming;
  key.layer = stable_hash("stage1.conv1");
  const auto z = normals(key, 1, 2, 3, 4);
  const std::vector<float> expected = {0x1.649738p+0f, -0x1.ee0108p-1f, -0x1.d9b8cap-2f, -0x1.05428ep+1f};
  EXPECT_EQ(z, expected);
  EXPECT_EQ(stable_hash(""), 2166136261u);
  EXPECT_EQ(stable_hash("foobar"), 0xbf9cf968u);  // published FNV-1a vector
  EXPECT_EQ(uniform_index(key, 7, 1000), 190u);
}

TEST(Random, EveryPartOfTheKeyAndAddressMatters) {
  const RandomKey base = some_key();
  std::vector<std::vector<float>> draws = {normals(base, 0, 0, 0, 64), normals(base, 1, 0, 0, 64),
                                           normals(base, std::uint64_t{1} << 32, 0, 0, 64),
                                           normals(base, 0, 1, 0, 64), normals(base, 0, 0, 64, 64)};
  for (int part = 0; part < 7; ++part) {
    RandomKey key = base;
    if (part == 0) key.seed += 1;
    if (part == 1) key.seed += std::uint64_t{1} << 32;
    if (part == 2) key.purpose = Purpose::Bootstrap;
    if (part == 3) key.instance = 1;
    if (part == 4) key.layer = 1;
    if (part == 5) key.replica = 1;
    if (part == 6) key.polarity = 1;
    draws.push_back(normals(key, 0, 0, 0, 64));
  }
  ASSERT_EQ(draws.size(), 12u);
  for (std::size_t a = 0; a < draws.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(draws[a], draws[b]) << a << " and " << b;
}

// n = 4 M: each bound below is five standard errors of the estimate for a true standard normal.
TEST(Random, NormalsHaveTheMomentsOfANormal) {
  const auto z = field_of_normals(some_key(), 4096, 1024);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (const float value : z) {
    const double v = value;
    m1 += v;
    m2 += v * v;
    m3 += v * v * v;
    m4 += v * v * v * v;
  }
  const double n = static_cast<double>(z.size());
  EXPECT_NEAR(m1 / n, 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(m2 / n, 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(m3 / n, 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(m4 / n, 3, 5 * std::sqrt(96 / n));
}

// Kolmogorov-Smirnov: sqrt(n) * D > 1.95 happens with probability 0.001.
TEST(Random, NormalsPassKolmogorovSmirnov) {
  auto z = field_of_normals(some_key(), 1000, 1000);
  std::sort(z.begin(), z.end());
  const double n = static_cast<double>(z.size());
  double distance = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double cdf = normal_cdf(z[i]);
    distance = std::max({distance, cdf - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - cdf});
  }
  EXPECT_LT(std::sqrt(n) * distance, 1.95);
}

// Counts beyond k sigma are Poisson-like; five standard errors.
TEST(Random, TailsHoldTheRightShare) {
  const auto z = field_of_normals(some_key(), 4096, 4096);
  const double n = static_cast<double>(z.size());
  for (const double limit : {1.0, 2.0, 3.0, 4.0, 4.5}) {
    const double expected = n * normal_cdf(-limit);
    const auto above = std::count_if(z.begin(), z.end(), [&](float v) { return v > limit; });
    const auto below = std::count_if(z.begin(), z.end(), [&](float v) { return v < -limit; });
    EXPECT_NEAR(static_cast<double>(above), expected, 5 * std::sqrt(expected)) << limit;
    EXPECT_NEAR(static_cast<double>(below), expected, 5 * std::sqrt(expected)) << limit;
  }
  EXPECT_LT(*std::max_element(z.begin(), z.end()), 6.7f);
  EXPECT_GT(*std::min_element(z.begin(), z.end()), -6.7f);
}

TEST(Random, NeighboursAreUncorrelated) {
  const std::size_t n = 1 << 20;
  const RandomKey key = some_key();
  const auto base = normals(key, 0, 0, 0, n);
  RandomKey other_instance = key;
  other_instance.instance = 1;
  RandomKey other_polarity = key;
  other_polarity.polarity = 1;
  RandomKey other_seed = key;
  other_seed.seed += 1;
  const std::vector<std::vector<float>> neighbours = {normals(key, 0, 0, 1, n),
                                                      normals(key, 0, 0, 2, n),
                                                      normals(key, 0, 0, 4, n),
                                                      normals(key, 0, 1, 0, n),
                                                      normals(key, 1, 0, 0, n),
                                                      normals(other_instance, 0, 0, 0, n),
                                                      normals(other_polarity, 0, 0, 0, n),
                                                      normals(other_seed, 0, 0, 0, n)};
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    std::vector<float> squares_a(n), squares_b(n);
    for (std::size_t k = 0; k < n; ++k) {
      squares_a[k] = (base[k] * base[k] - 1) / std::sqrt(2.0f);
      squares_b[k] = (neighbours[i][k] * neighbours[i][k] - 1) / std::sqrt(2.0f);
    }
    const double bound = 5 / std::sqrt(static_cast<double>(n));
    EXPECT_LT(std::abs(correlation(base, neighbours[i])), bound) << "neighbour " << i;
    EXPECT_LT(std::abs(correlation(squares_a, squares_b)), bound) << "squares of neighbour " << i;
  }
}

// Chi-squared with 255 degrees of freedom exceeds 347.7 with probability 1e-4.
TEST(Random, UniformsFillTheirIntervalEvenly) {
  std::vector<float> u(1 << 20);
  fill_uniform(some_key(), 0, 0, 0, u.size(), u.data());
  std::vector<double> bins(256);
  for (const float value : u) {
    ASSERT_GE(value, 0.0f);
    ASSERT_LT(value, 1.0f);
    bins[static_cast<std::size_t>(value * 256)] += 1;
  }
  const double expected = static_cast<double>(u.size()) / 256;
  double chi_squared = 0;
  for (const double bin : bins) chi_squared += (bin - expected) * (bin - expected) / expected;
  EXPECT_LT(chi_squared, 347.7);
}

// A bound of 3 * 2^30 makes a careless modulo draw the first third twice as often.
TEST(Random, IndexesAreUnbiased) {
  const std::uint32_t bound = 3u << 30;
  const int n = 30000;
  int thirds[3] = {};
  for (int i = 0; i < n; ++i) {
    const std::uint32_t index = uniform_index(some_key(), static_cast<std::uint64_t>(i), bound);
    ASSERT_LT(index, bound);
    ++thirds[index >> 30];
  }
  for (const int third : thirds) EXPECT_NEAR(third, n / 3, 5 * std::sqrt(n * 2.0 / 9));
  EXPECT_EQ(uniform_index(some_key(), 0, 1), 0u);
  EXPECT_EQ(test::internal_error([] { uniform_index(some_key(), 0, 0); }),
            "uniform_index: nothing to choose from");
}

}  // namespace
}  // namespace phasecore::common
