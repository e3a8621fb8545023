#include "common/random.hpp"

#include "common/diagnostics.hpp"
#include "common/isa.hpp"
#include "common/philox_constants.hpp"
#include "common/philox_key.hpp"
#include "common/random_fill.hpp"

namespace phasecore::common {
namespace {

using philox::kMultiplier0, philox::kMultiplier1, philox::kWeyl0, philox::kWeyl1;
constexpr std::uint32_t kRounds = 10;

FillRange range_of(const RandomKey& key, std::uint64_t epoch, std::uint32_t row, std::uint32_t column,
                   std::size_t count, float* out) {
  ensure(count <= 0x1'0000'0000ull - column, "fill: the columns end at 2^32");
  const std::array<std::uint32_t, 2> words = philox_key(key);
  return {{words[0], words[1]}, epoch, row, column, count, out};
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::array<std::uint32_t, 2> philox_key(const RandomKey& key) {
  ensure(key.polarity < 256, "RandomKey: polarity has 8 bits");
  const auto words = philox4x32_10(
      {static_cast<std::uint32_t>(key.purpose) << 8 | key.polarity, key.instance, key.layer, key.replica},
      {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  return {words[0], words[1]};
}

std::uint32_t stable_hash(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

void fill_normal(const RandomKey& key, std::uint64_t epoch, std::uint32_t row, std::uint32_t column_begin,
                 std::size_t count, float* out) {
  const FillRange range = range_of(key, epoch, row, column_begin, count, out);
  return common::isa() >= Isa::Avx512 ? fill_normal_avx512(range) : fill_normal_v3(range);
}

void fill_uniform(const RandomKey& key, std::uint64_t epoch, std::uint32_t row, std::uint32_t column_begin,
                  std::size_t count, float* out) {
  fill_uniform_v3(range_of(key, epoch, row, column_begin, count, out));
}

std::uint32_t uniform_index(const RandomKey& key, std::uint64_t address, std::uint32_t bound) {
  ensure(bound > 0, "uniform_index: nothing to choose from");
  const std::array<std::uint32_t, 2> words = philox_key(key);
  // Lemire, "Fast random integer generation in an interval", 2019: the low product below 2^32 mod bound is
  // refused.
  const std::uint32_t refused_below = (0u - bound) % bound;
  for (std::uint32_t attempt = 0;; ++attempt) {
    const auto block = philox4x32_10({attempt, 0xffffffffu, static_cast<std::uint32_t>(address),
                                      static_cast<std::uint32_t>(address >> 32)},
                                     words);
    for (const std::uint32_t word : block) {
      const std::uint64_t product = std::uint64_t{word} * bound;
      if (static_cast<std::uint32_t>(product) >= refused_below)
        return static_cast<std::uint32_t>(product >> 32);
    }
  }
}

}  // namespace phasecore::common
