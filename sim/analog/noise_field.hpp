// Output noise of many vectors in one pass, once per instruction set; see OutputNoise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace phasecore::analog {

/// Columns that are drawn together: four Philox blocks.
inline constexpr int kNoiseGroup = 16;

struct NoiseField {
  std::uint32_t key[2] = {};
  std::uint32_t chain_position = 0;
  std::uint32_t first_group = 0, groups = 0;  ///< of kNoiseGroup columns
  int vectors = 0;
  const std::int32_t* images = nullptr;
  const std::int32_t* positions = nullptr;
  float* normals = nullptr;  ///< [vector][group][column]
};

void draw_noise_v3(const NoiseField& field);
void draw_noise_avx512(const NoiseField& field);

}  // namespace phasecore::analog
