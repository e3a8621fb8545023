// Output noise of one array's columns: a fresh standard normal for every MVM and column, a function of what
// it is for. Its generator is its own: Philox4x32 with 7 rounds and one word per normal, drawn for many
// vectors in one pass (docs/model/core-pass.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace phasecore::analog {

/// Draws of the output noise: fresh for every MVM. Row = position, epoch = (image, chain position).
struct NoiseKey {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0, layer = 0;
  int chain_position = 0;
  int col_begin = 0;  ///< logical column of column 0: also addresses the ADC instance
  std::uint32_t replica = 0;
};

/// Normals in the order in which a run draws them, kept for runs of other devices at the same addresses:
/// those of one instance at other times, say.
class DrawnNoise {
 public:
  void clear() { drawn_ = at_ = 0; }
  /// The next ones are the first again.
  void rewind() { at_ = 0; }
  /// The next `count`, valid until the next call. fresh: they have yet to be drawn.
  float* next(std::size_t count, bool& fresh);

 private:
  std::vector<float> values_;
  std::size_t drawn_ = 0, at_ = 0;
};

/// Per vector, address of its output noise; not read when there is none.
struct NoiseAddresses {
  const std::int32_t* images = nullptr;
  const std::int32_t* positions = nullptr;
  DrawnNoise* drawn = nullptr;  ///< null: nothing is kept
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
