// Values for the SystemC chip: what every task computes, with the kernels of sim/numerics, so that
// the logits that travel through the chip equal the Executor's bit for bit.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "models/graph/fold.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/program/payload.hpp"
#include "sim/run/chip_runner.hpp"

namespace phasecore::run {

/// The tasks of one built program for a batch of images. Tokens hold what build_program() says; rows of
/// input vectors (interlayer host) are in the order of numerics::Patches, partial sums take one byte per code
/// whatever their width, FP16 logits two.
class FunctionalChip : public program::TaskFunctions {
 public:
  /// Keeps references to everything but the images. first_image: address of output noise of image 0.
  FunctionalChip(const numerics::Executor& executor, const numerics::State& state,
                 const mapping::BuiltProgram& built, const graph::Batch& images, int first_image);

  void receive(int task, int input, int image, int index, const program::Payload& payload) override;
  std::vector<program::Payload> fire(int task, int image, int firing) override;

  /// Logits of one image in real units, C order, from what arrived at the sink (inputs in order, in each the
  /// tokens in order).
  std::vector<float> logits(const program::Payload& arrived) const;

 private:
  const numerics::Kernel& kernel_of(int task) const;
  numerics::Held& held(int task, int image);
  /// Codes of pixels one after the other, each with channels from `first_channel` on.
  struct Pixels {
    const std::int8_t* codes;
    int count, channels, first_channel;
  };
  std::vector<program::Payload> send_pixels(int task, const Pixels& pixels) const;
  Pixels pixels_of(int task, const std::vector<std::int8_t>& codes) const;
  std::vector<program::Payload> send_rows(int task, numerics::Held& held, int firing);
  std::vector<program::Payload> send_delivery(int task, const numerics::Delivery& delivery) const;

  const numerics::Executor& executor_;
  const numerics::State& state_;
  const mapping::BuiltProgram& built_;
  std::vector<std::int8_t> images_;
  std::size_t image_volume_;
  int first_image_;
  std::map<std::pair<int, int>, numerics::Held> held_;  ///< by task and image
  numerics::Workspace work_;
};

/// The devices that values are computed with.
struct FunctionalRequest {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
  double time_s = 0;
  analog::Compensation compensation = analog::Compensation::Gdc;
};

/// Instance `request.instance` at its time, compensated as asked (AdaBS: re-estimated on the calibration
/// images).
numerics::State functional_state(const numerics::Executor& executor, const graph::FoldedNetwork& network,
                                 const graph::Batch& calibration_images, const FunctionalRequest& request);

/// Runs images through the SystemC chip with the values of `state` and compares the logits with the
/// Executor's bit for bit. Throws InternalError naming image and class.
void check_functional(const numerics::Executor& executor, const numerics::State& state,
                      const mapping::BuiltProgram& built, const program::Platform& platform,
                      const graph::Batch& images, ChipRunner& chips);

}  // namespace phasecore::run
