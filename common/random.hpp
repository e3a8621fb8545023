// Keyed, counter-based random numbers: every draw is a pure function of what it is for, so results do not
// depend on order, batch size, workers or tiling. Philox4x32-10 after Salmon et al., SC'11.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phasecore::common {

/// One Philox4x32-10 block: 128-bit counter, 64-bit key -> four 32-bit words.
std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key);

/// What a draw is for. Never renumber: seeds are a promise.
enum class Purpose : std::uint32_t {
  Programming = 1,
  DriftExponent = 2,
  ReadNoise = 3,
  OutputNoise = 4,
  Compensation = 5,
  Bootstrap = 6,
  RandomWeights = 7,
  DataSplit = 8,
  Search = 9,
  Training = 10,
  Test = 99,
};

/// Identifies one field of random numbers addressed by (epoch, row, column).
struct RandomKey {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::Test;
  std::uint32_t instance = 0;  ///< programming instance
  std::uint32_t layer = 0;     ///< stable_hash(layer name): independent of its position in the network
  std::uint32_t replica = 0;
  std::uint32_t polarity =
      0;  ///< of devices: 0 = positive, 1 = negative; else tells fields of one purpose apart
};

/// FNV-1a of a name, for RandomKey::layer.
std::uint32_t stable_hash(std::string_view name);

/// Standard normals at (epoch, row, columns [column_begin, column_begin + count)), vectorised. The value at
/// one address is the same however the range is cut. |z| < 6.7.
void fill_normal(const RandomKey& key, std::uint64_t epoch, std::uint32_t row, std::uint32_t column_begin,
                 std::size_t count, float* out);

/// Uniform in [0, 1) at the same kind of address, 24 bits.
void fill_uniform(const RandomKey& key, std::uint64_t epoch, std::uint32_t row, std::uint32_t column_begin,
                  std::size_t count, float* out);

/// Uniform integer in [0, bound), unbiased, for index draws; `address` counts the draws.
std::uint32_t uniform_index(const RandomKey& key, std::uint64_t address, std::uint32_t bound);

}  // namespace phasecore::common
