// AdaBS, adaptive batch-norm statistics (Joshi et al., Nat. Commun. 11, 2473 (2020)): what the float network
// says every layer's sums should look like.
#pragma once

#include <vector>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/numerics/executor.hpp"

namespace phasecore::numerics {

/// Images that AdaBS looks at (the first ones of the calibration part).
constexpr int kAdaBsImages = 200;

/// Mean and standard deviation of a stage's sums W x + b over images and pixels, per column of each column
/// group (MvmKernel::column_group): every replica and copy is compared with the pixels that it computes.
struct ColumnStatistics {
  std::vector<double> mean, deviation;
};

/// The float side of AdaBS, the same for every programming instance and time.
class FloatStatistics {
 public:
  /// Looks at the first kAdaBsImages images. Throws InputError if there are none.
  FloatStatistics(const graph::FoldedNetwork& network, const Executor& executor, const graph::Batch& images);

  int samples() const { return samples_; }
  const std::vector<std::int8_t>& input() const { return input_; }  ///< codes of the images
  const ColumnStatistics& stage(int stage) const { return stages_.at(stage); }

 private:
  int samples_;
  std::vector<std::int8_t> input_;
  std::vector<ColumnStatistics> stages_;  ///< empty for stages without crossbars
};

}  // namespace phasecore::numerics
