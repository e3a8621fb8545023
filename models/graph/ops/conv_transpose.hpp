// Transposed convolution: every pixel lays the kernel, times its value, on the output.
#pragma once

#include "models/graph/operator.hpp"
#include "models/graph/window.hpp"

namespace phasecore::graph {

/// Weights {C_in, C_out / groups, kernel_h, kernel_w}, as ONNX has them. The window's padding is cut off the
/// output.
class ConvTranspose final : public OperatorOf<ConvTranspose> {
 public:
  Tensor weights, bias;
  Window window;
  int groups = 1;
  int extra_h = 0, extra_w = 0;  ///< rows and columns more at bottom and right (output_padding)

  std::string name() const override { return "ConvTranspose"; }
  void check(Findings& findings) const override;
  /// Those of the convolution that it is of the input with zeros between its pixels.
  long long macs(const Shape& out) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

}  // namespace phasecore::graph
