#include "sim/analog/output_noise.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "common/isa.hpp"
#include "common/philox_key.hpp"

namespace phasecore::analog {
namespace {

constexpr NoiseKey kKey{20240611, 3, 77, 1};

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

/// Columns [col_begin, col_begin + cols) of vectors that have images and positions of their own.
std::vector<float> draw(NoiseKey key, int cols, const std::vector<std::int32_t>& images,
                        const std::vector<std::int32_t>& positions) {
  const OutputNoise noise(key, cols);
  std::vector<float> held(images.size() * noise.stride()), z;
  noise.draw(static_cast<int>(images.size()), {images.data(), positions.data()}, held.data());
  for (std::size_t v = 0; v < images.size(); ++v) {
    const auto begin = held.begin() + static_cast<std::ptrdiff_t>(v * noise.stride() + noise.first());
    z.insert(z.end(), begin, begin + cols);
  }
  return z;
}

/// One image, positions 0, 1, ...
std::vector<float> field(const NoiseKey& key, int vectors, int cols, std::int32_t image = 0,
                         std::int32_t first_position = 0) {
  std::vector<std::int32_t> positions(vectors);
  std::iota(positions.begin(), positions.end(), first_position);
  return draw(key, cols, std::vector<std::int32_t>(vectors, image), positions);
}

/// Seeds are a promise: this recomputes normals from the definition, with another Philox and the quantile of
/// a double.
TEST(OutputNoise, IsTheNormalQuantileOfItsWords) {
  const auto key = common::philox_key({kKey.seed, common::Purpose::OutputNoise, kKey.instance, kKey.layer});
  const std::int32_t image = 12345, position = 678;
  const int cols = 4000;
  const auto z = draw(kKey, cols, {image}, {position});
  double largest = 0;
  for (std::uint32_t c = 0; c < cols; ++c) {
    const std::uint32_t group = c / 16, in_half = c % 8;
    const auto words = r123::Philox4x32_R<7>()(
        {{4 * group + in_half / 2, static_cast<std::uint32_t>(position),
          static_cast<std::uint32_t>(kKey.chain_position), static_cast<std::uint32_t>(image)}},
        {{key[0], key[1]}});
    const std::uint32_t word = words[c % 16 / 8 * 2 + c % 2];
    const double beyond = std::max(word & 0x7fffffff, 1u) / 4294967296.0;
    const double sign = word >> 31 ? -1.0 : 1.0;
    // z is right if the probability beyond it is: the density there tells by how much it is not.
    const double density = std::exp(-0.5 * z[c] * z[c]) / std::sqrt(2 * std::acos(-1.0));
    largest = std::max(largest, std::fabs(normal_cdf(-sign * z[c]) - beyond) / density);
  }
  EXPECT_LT(largest, 4e-5);
  EXPECT_GT(largest, 1e-6) << "nothing was compared";
}

TEST(OutputNoise, IsTheSameAtEveryInstructionSetAndHoweverItIsCut) {
  const std::vector<std::int32_t> images = {5, 5, 5, 9, 9}, positions = {0, 1, 7, 0, 2000000};
  for (const int cols : {1, 4, 15, 16, 17, 32, 40, 100}) {
    const auto wanted = draw(kKey, cols, images, positions);
    for (const common::Isa isa : common::available_isas()) {
      const common::IsaLimit limit(isa);
      const auto is = draw(kKey, cols, images, positions);
      EXPECT_EQ(std::memcmp(is.data(), wanted.data(), is.size() * sizeof(float)), 0) << common::name_of(isa);
      for (std::size_t v = 0; v < images.size(); ++v)
        for (int begin = 0; begin < cols; begin += 3) {
          NoiseKey key = kKey;
          key.col_begin = begin;
          const auto part = draw(key, cols - begin, {images[v]}, {positions[v]});
          ASSERT_EQ(std::memcmp(part.data(), wanted.data() + v * cols + begin, part.size() * sizeof(float)),
                    0)
              << common::name_of(isa) << ": columns " << begin << " to " << cols;
        }
    }
  }
}

/// Millions of normals at every level, so that rare octaves are among them, and those of the words 0 and
/// 2^31 - 1 at the ends.
TEST(OutputNoise, AgreesOnRareNormalsToo) {
  const auto wanted = field(kKey, 4096, 1024);
  for (const common::Isa isa : common::available_isas()) {
    const common::IsaLimit limit(isa);
    const auto is = field(kKey, 4096, 1024);
    EXPECT_EQ(std::memcmp(is.data(), wanted.data(), is.size() * sizeof(float)), 0) << common::name_of(isa);
  }
  EXPECT_GT(*std::max_element(wanted.begin(), wanted.end()), 4.8f);
}

/// These were written down when the generator was first released.
TEST(OutputNoise, GivesTheGoldenValues) {
  EXPECT_EQ(draw({42, 1, 2, 3}, 20, {4}, {5}),
            (std::vector<float>{0x1.81d54p+0f,   -0x1.585efcp-3f, -0x1.321e1ap-7f, -0x1.7d7e56p-1f,
                                0x1.5be6eep+0f,  0x1.79b8d4p-4f,  0x1.4754c6p-3f,  0x1.2aaf28p+0f,
                                0x1.501668p-3f,  -0x1.ebc0cep-1f, -0x1.8247ap-2f,  -0x1.d83dd4p-1f,
                                0x1.348352p+0f,  0x1.3073a6p-3f,  0x1.06486cp+0f,  0x1.33653p+0f,
                                -0x1.48c774p-3f, 0x1.0b83a4p-1f,  0x1.20e024p-1f,  0x1.26f828p-1f}));
}

TEST(OutputNoise, EveryPartOfTheAddressMatters) {
  std::vector<NoiseKey> keys(6, kKey);
  keys[1].seed += 1;
  keys[2].seed += std::uint64_t{1} << 32;
  keys[3].instance += 1;
  keys[4].layer += 1;
  keys[5].chain_position += 1;
  std::vector<std::vector<float>> draws;
  for (const NoiseKey& key : keys) draws.push_back(draw(key, 64, {5}, {6}));
  draws.push_back(draw(kKey, 64, {6}, {6}));
  draws.push_back(draw(kKey, 64, {5}, {7}));
  for (std::size_t a = 0; a < draws.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(draws[a], draws[b]) << a << " and " << b;
}

// n = 4 M: each bound below is five standard errors of the estimate for a true standard normal.
TEST(OutputNoise, HasTheMomentsOfANormal) {
  const auto z = field(kKey, 4096, 1024);
  double m[7] = {};
  for (const float value : z)
    for (double power = 1, *at = m; at != m + 7; ++at, power *= value) *at += power;
  const double n = static_cast<double>(z.size());
  EXPECT_NEAR(m[1] / n, 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(m[2] / n, 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(m[3] / n, 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(m[4] / n, 3, 5 * std::sqrt(96 / n));
  EXPECT_NEAR(m[5] / n, 0, 5 * std::sqrt(945 / n));
  EXPECT_NEAR(m[6] / n, 15, 5 * std::sqrt((10395 - 225) / n));
}

// Kolmogorov-Smirnov: sqrt(n) * D > 1.95 happens with probability 0.001.
TEST(OutputNoise, PassesKolmogorovSmirnov) {
  auto z = field(kKey, 4096, 1024);
  std::sort(z.begin(), z.end());
  const double n = static_cast<double>(z.size());
  double distance = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double cdf = normal_cdf(z[i]);
    distance = std::max({distance, cdf - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - cdf});
  }
  EXPECT_LT(std::sqrt(n) * distance, 1.95);
}

// Counts beyond k sigma are Poisson-like; five standard errors. 64 M normals: 217 +- 15 beyond 4.5 on each
// side.
TEST(OutputNoise, TailsHoldTheRightShare) {
  const std::vector<double> limits = {1, 2, 3, 4, 4.5};
  std::vector<double> above(limits.size()), below(limits.size());
  double n = 0;
  float largest = 0;
  for (std::int32_t image = 0; image < 16; ++image)
    for (const float v : field(kKey, 4096, 1024, image)) {
      n += 1;
      if (std::fabs(v) < 1) continue;
      largest = std::max(largest, std::fabs(v));
      for (std::size_t k = 0; k < limits.size(); ++k)
        (v > 0 ? above : below)[k] += std::fabs(v) > limits[k] ? 1 : 0;
    }
  for (std::size_t k = 0; k < limits.size(); ++k) {
    const double expected = n * normal_cdf(-limits[k]);
    EXPECT_NEAR(above[k], expected, 5 * std::sqrt(expected)) << limits[k];
    EXPECT_NEAR(below[k], expected, 5 * std::sqrt(expected)) << limits[k];
  }
  EXPECT_LT(largest, 6.24f);
}

/// Neither values nor squares of neighbours in any direction: columns of the same word, block, half and
/// group; positions, images, chain positions, instances, layers, seeds.
TEST(OutputNoise, NeighboursAreUncorrelated) {
  const int vectors = 1024, cols = 1024;
  const auto n = static_cast<std::size_t>(vectors) * cols;
  const auto base = field(kKey, vectors, cols);
  std::vector<std::vector<float>> neighbours;
  for (const int shift : {1, 2, 4, 8, 16, 32}) {
    NoiseKey key = kKey;
    key.col_begin = shift;
    neighbours.push_back(field(key, vectors, cols));
  }
  neighbours.push_back(field(kKey, vectors, cols, 0, 1));
  neighbours.push_back(field(kKey, vectors, cols, 1));
  for (int part = 0; part < 4; ++part) {
    NoiseKey key = kKey;
    if (part == 0) key.chain_position += 1;
    if (part == 1) key.instance += 1;
    if (part == 2) key.layer += 1;
    if (part == 3) key.seed += 1;
    neighbours.push_back(field(key, vectors, cols));
  }
  const double bound = 5 / std::sqrt(static_cast<double>(n));
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    double values = 0, squares = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double a = base[k], b = neighbours[i][k];
      values += a * b;
      squares += (a * a - 1) * (b * b - 1) / 2;
    }
    EXPECT_LT(std::fabs(values / static_cast<double>(n)), bound) << "neighbour " << i;
    EXPECT_LT(std::fabs(squares / static_cast<double>(n)), bound) << "squares of neighbour " << i;
  }
}

}  // namespace
}  // namespace phasecore::analog
