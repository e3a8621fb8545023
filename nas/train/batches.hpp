// The training images of one epoch: shuffled, cropped, mirrored, cut into batches.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/data/dataset.hpp"
#include "nas/train/settings.hpp"

namespace phasecore::train {

/// The images' order in one epoch: a permutation that depends on (seed, epoch) alone.
std::vector<int> epoch_order(int images, int seed, int epoch);

/// An image's shape with three axes: a sequence {steps, values} is one channel of `steps` rows, a vector a
/// row; of more axes the first ones together are the channels.
graph::Shape as_image(graph::Shape shape);

/// Copies one {C, H, W} image shifted by (dy, dx), and mirrored left to right if `flip`; what comes from
/// outside the image is `fill`, or without it the nearest pixel.
void shifted_copy(const float* image, const graph::Shape& shape, int dy, int dx, bool flip,
                  std::optional<float> fill, float* out);

/// Batch `index` of an epoch with its augmentation. The last images of an epoch that fill no batch are left
/// out.
class EpochBatches {
 public:
  EpochBatches(const data::Dataset& dataset, const Settings& settings, int epoch);

  int count() const { return static_cast<int>(order_.size()) / batch_size_; }
  /// Writes batch_size images ({N, C, H, W}) and labels. Batches can be asked for in any order.
  void fill(int index, float* images, std::int64_t* labels) const;

 private:
  const data::Dataset& dataset_;
  Augmentation augmentation_;
  int batch_size_;
  int seed_;
  int epoch_;
  std::optional<float> fill_;  ///< the darkest value in the data: what lies around a garment; none for sounds
  std::vector<int> order_;
};

}  // namespace phasecore::train
