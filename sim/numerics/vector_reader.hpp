// How a core's input vectors reach the matrix product: where each lies in a widened copy of the image, or,
// where that does not work, as patches of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/analog/integer_gemm.hpp"
#include "sim/numerics/patches.hpp"

namespace phasecore::numerics {

/// Reused from call to call.
struct VectorBuffers {
  std::vector<std::int16_t> values;
  std::vector<const std::int16_t*> addresses;
  std::vector<analog::InputVectors> vectors;  ///< what read() made, per Patches
};

class VectorReader {
 public:
  VectorReader() = default;
  /// patches: the row ranges that are read, of windows over `in` whose outputs are `out`. one_run: arrays
  /// want each vector's values side by side.
  VectorReader(const mapping::Raster& in, const graph::Window& window, const mapping::Raster& out,
               std::vector<Patches> patches, bool one_run);

  const Patches& patches(int p) const { return patches_.at(p); }
  /// How the rows of an array that reads patches(p) stand in the vectors.
  analog::RowLayout layout(int p) const;
  /// Images that are loaded together: as many as a copy of stays in the cache.
  int images_at_once() const;

  /// Makes images readable; they stay the caller's.
  void load(int images, const std::int8_t* codes, VectorBuffers& to) const;
  /// Vectors [begin, begin + count) of the loaded images, which lie at `codes`, for every Patches.
  void read(int begin, int count, const std::int8_t* codes, VectorBuffers& to) const;

 private:
  void locate(int begin, int count, VectorBuffers& to) const;
  void gather(int begin, int count, const std::int8_t* codes, VectorBuffers& to) const;

  mapping::Raster in_, out_;
  graph::Window window_;
  std::vector<Patches> patches_;
  /// The image with its padding around it, as far as windows reach; 0 pixels: patches are copied instead.
  int padded_height_ = 0, padded_width_ = 0;
  std::vector<std::vector<std::ptrdiff_t>> offsets_;  ///< per Patches and run
};

}  // namespace phasecore::numerics
