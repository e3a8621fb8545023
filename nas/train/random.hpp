// The random choices of training: each has a key, so a resumed run draws what an uninterrupted one would have
// drawn.
#pragma once

#include <cstdint>
#include <random>

namespace phasecore::train {

/// What a draw is for. Never renumber: seeds are a promise.
enum class Choice : std::uint64_t {
  InitialWeights = 1,
  ImageOrder = 2,
  Augmentation = 3,
  Noise = 4,
  Validation = 5,
  Members = 6,  ///< random networks of a supernet's step
  Mixup = 7
};

/// Seed of the draws for one purpose at one place (epoch, batch or instance): the finaliser of SplitMix64
/// (Steele et al., OOPSLA'14) over the chained key.
inline std::uint64_t key_of(int seed, Choice choice, std::uint64_t major = 0, std::uint64_t minor = 0) {
  std::uint64_t state = 0;
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(choice), major, minor}) {
    state += part + 0x9e3779b97f4a7c15u;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
    state = (state ^ (state >> 27)) * 0x94d049bb133111ebu;
    state ^= state >> 31;
  }
  return state;
}

/// Integer in [0, bound), bound below 2^32. The standard library's distributions differ between libraries;
/// this does not. (Bias below bound / 2^32.)
inline std::uint32_t below(std::mt19937_64& engine, std::uint32_t bound) {
  return static_cast<std::uint32_t>(((engine() >> 32) * bound) >> 32);
}

}  // namespace phasecore::train
