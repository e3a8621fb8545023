// Normalisations with the statistics of the sample itself: LayerNormalization, InstanceNormalization,
// GroupNormalization, RMSNormalization, LRN. (Batch norms have a file of their own.)
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// offset + scale * (x - mean) / sqrt(variance + epsilon) of everything from dimension `axis` on.
class LayerNorm final : public OperatorOf<LayerNorm> {
 public:
  int axis = 0;
  Tensor scale, offset;  ///< of the normalised dimensions, or broadcast to them; the offset may be empty
  float epsilon = 1e-5f;

  std::string name() const override { return "LayerNormalization"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

/// The same of the channels of each pixel, which come first here. ONNX has it as a LayerNormalization between
/// two Transposes.
class ChannelNorm final : public OperatorOf<ChannelNorm> {
 public:
  Tensor scale, offset;  ///< {C}
  float epsilon = 1e-5f;

  int channels() const { return static_cast<int>(scale.values.size()); }

  std::string name() const override { return "LayerNormalization"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

/// The same of groups of channels; scale and offset are one per channel. One channel per group is
/// InstanceNormalization.
class GroupNorm final : public OperatorOf<GroupNorm> {
 public:
  int groups = 1;
  Tensor scale, offset;  ///< {C}
  float epsilon = 1e-5f;

  int channels() const { return static_cast<int>(scale.values.size()); }

  std::string name() const override;
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

/// scale * x / sqrt(mean of squares + epsilon) of everything from dimension `axis` on.
class RmsNorm final : public OperatorOf<RmsNorm> {
 public:
  int axis = 0;
  Tensor scale;  ///< of the normalised dimensions, or broadcast to them
  float epsilon = 1e-5f;

  std::string name() const override { return "RMSNormalization"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

/// Local response: x / (bias + alpha / size * sum of squares of `size` neighbouring channels) ^ beta.
class Lrn final : public OperatorOf<Lrn> {
 public:
  int size = 1;
  float alpha = 1e-4f, beta = 0.75f, bias = 1;

  std::string name() const override { return "LRN"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
