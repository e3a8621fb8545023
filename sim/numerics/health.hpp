// What a run's numbers show that its logits hide: values beyond FP16, NaN, silent converters, ranges that
// clip. Counts, sums and maxima only, so that parts of a run can be added in any order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/infer.hpp"

namespace phasecore::numerics {

class Executor;

/// Values that were rounded to codes of a range, or held against it.
struct Rounded {
  std::int64_t values = 0, clipped = 0;  ///< clipped: more than half a step beyond the last code

  void see(std::size_t count, const float* values, float step, int max_code);
  void add(const Rounded& other);
};

struct StageHealth {
  std::int64_t values = 0, infinite = 0, not_numbers = 0;  ///< FP16 values of the digital unit
  std::int64_t counts = 0, silent = 0;  ///< of the converters, and those of them that are 0
  float largest = 0;                    ///< |value| that the stage delivers
  Rounded output, partial;              ///< partial: sums between the stage's cores

  void see_counts(std::size_t count, const float* counts);
  void see_values(std::size_t count, const float* values);
  void see_delivered(std::size_t count, const float* values);
  void add(const StageHealth& other);
};

struct Health {
  Rounded input;
  std::vector<StageHealth> stages;  ///< as Mapping::stages

  explicit Health(std::size_t count) : stages(count) {}
  void add(const Health& other);
  /// For the way between processes. from_bytes() throws InternalError if it is not of so many stages.
  std::string to_bytes() const;
  static Health from_bytes(const std::string& bytes, std::size_t stages);
};

/// One sentence for each thing that is wrong, stage by stage, naming the layer.
std::vector<std::string> warnings(const Health& health, const Executor& executor);

/// Is one of a sample's values infinite or NaN?
bool all_finite(const float* values, std::size_t count);
/// The first layer of the float network whose output is not finite for one image; empty if all are.
std::string first_overflow(const graph::Network& network, const graph::Batch& image);
/// "... of N of M images are not finite", naming the first layer where the image at fault overflows.
std::string float_overflow_warning(const graph::Network& network, const graph::Batch& first_image,
                                   std::int64_t images, std::int64_t of);

}  // namespace phasecore::numerics
