// What stages read of a batch of images: codes of other stages, or channels of several side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {

class InputCodes {
 public:
  /// Codes of all images that a stage (or kNetworkInput) has delivered.
  using CodesOf = std::function<const std::int8_t*(int)>;

  /// Keeps a reference to the mapping.
  explicit InputCodes(const mapping::Mapping& mapping) : mapping_(mapping) {}

  /// The inputs of a stage on `count` images; they are valid until the next call.
  ImageBatch of(int stage, int count, int first_image, const CodesOf& codes_of);

 private:
  const std::int8_t* join(const mapping::StageInput& input, int count, const CodesOf& codes_of,
                          std::vector<std::int8_t>& to) const;

  const mapping::Mapping& mapping_;
  std::vector<std::vector<std::int8_t>> joined_;  ///< per input
};

}  // namespace phasecore::numerics
