// Output noise of one array's columns: a fresh standard normal for every MVM and column, a function of what
// it is for. Its generator is its own: Philox4x32 with 7 rounds and one word per normal, drawn for many
// vectors in one pass (docs/model/core-pass.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace phasecore::analog {

/// Draws of the output noise: fresh for every MVM. Row = position, epoch = (image, chain position).
struct NoiseKey {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0, layer = 0;
  int chain_position = 0;
  int col_begin = 0;  ///< logical column of column 0: also addresses the ADC instance
  std::uint32_t replica = 0;
};

/// Per vector, address of its output noise; not read when there is none.
struct NoiseAddresses {
  const std::int32_t* images = nullptr;
  const std::int32_t* positions = nullptr;
};

class OutputNoise {
 public:
  OutputNoise(const NoiseKey& key, int cols);

  /// That of vector v and column c stands at normals[v * stride() + first() + c].
  std::size_t stride() const { return stride_; }
  std::size_t first() const { return first_; }
  void draw(int vectors, const NoiseAddresses& addresses, float* normals) const;

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t chain_position_, first_group_;
  std::size_t first_, stride_;
};

}  // namespace phasecore::analog
