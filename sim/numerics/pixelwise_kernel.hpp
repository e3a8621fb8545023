// What the kernels share whose stages compute pixel by pixel.
#pragma once

#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {

/// Of stages that are one task with a firing for each pixel of what they deliver.
class PixelwiseKernel : public Kernel {
 public:
  explicit PixelwiseKernel(const StageContext& context);

  void run(const Devices& devices, const ImageBatch& images, Workspace& work,
           const Results& results) const final;
  Delivery fire(const Devices& devices, const Firing& firing, Held& held, Workspace& work) const final;

 protected:
  /// One image of a batch.
  struct Image {
    const ImageBatch& batch;
    int index;
  };
  /// What it has at an input, pixel-major.
  const std::int8_t* codes(const Image& image, int input) const;

  /// All channels of a pixel, rounded as the digital unit does.
  virtual void compute(const Image& image, int pixel, float* values, Workspace& work) const = 0;
  /// Whether no pixel is known before all of the image is: then this computes all of them, and nobody asks
  /// for one.
  virtual bool at_once() const { return false; }
  virtual void compute_image(const Image& image, float* values, Workspace& work) const;

 private:
  std::vector<std::ptrdiff_t> volumes_;  ///< of each input
};

}  // namespace phasecore::numerics
