// Networks: from ONNX or the shipped zoo, their weights, and what they compute.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <phasecore/basics.hpp>
#include <phasecore/chip.hpp>
#include <string>
#include <vector>

namespace phasecore {
inline namespace v1 {

/// A layer of a network as it was read.
struct LayerInfo {
  std::string name;
  std::string op;                    ///< as ONNX calls it: "Conv"
  std::vector<std::string> reads;    ///< layers
  std::vector<int> shape;            ///< of one sample's output
  std::vector<std::string> tensors;  ///< that it holds: "weight", "bias"
  long long macs = 0;                ///< multiply-accumulates of one sample that crossbars could do
};

/// What decides how a chip computes single outputs.
struct ChipInferenceOptions {
  std::optional<Device> device;  ///< none: the chip's
  std::optional<Array>
      calibration;          ///< images that the chip's scales are measured on; none: the input itself
  std::string time = "1s";  ///< readout time from the end of programming
  std::string compensation = "gdc";  ///< of drift: none, gdc, gdc-column, adabs
  int instance = 0;                  ///< which programming
  int seed = 0;
};

/// Outputs, N x output, and what there is to say about them.
struct ChipInference {
  Array outputs;
  std::vector<std::string> warnings;
};

/// A network; copies share it.
class Network {
 public:
  /// FILE.onnx, or zoo:NAME: a shipped network, or a definition without trained weights. Throws InputError.
  static Network load(const std::string& model);
  /// A model that is in memory. `name` stands where messages name a file.
  static Network parse(const std::string& onnx, const std::string& name);

  std::string name() const;
  std::string sha256() const;            ///< of the ONNX file; of a definition: its layers
  bool trained() const;                  ///< false: a definition's random weights
  std::string data() const;              ///< the data set that it was trained on, or "none"
  long long parameters() const;          ///< trainable values
  long long macs() const;                ///< multiply-accumulates of one sample
  std::vector<int> input_shape() const;  ///< of one sample
  std::vector<LayerInfo> layers() const;
  std::vector<std::string> notes() const;  ///< what of the file the chip cannot do as it says
  std::string onnx() const;                ///< the model's bytes

  /// A layer's tensor: weights are outputs x inputs (x height x width). Throws InputError where there is
  /// none.
  Array tensor(const std::string& layer, const std::string& name) const;
  /// The network with another tensor of the same shape there.
  Network with_tensor(const std::string& layer, const std::string& name, const Array& values) const;
  /// The network as before training: random weights by the seed.
  Network with_random_weights(int seed) const;

  /// Float outputs of samples, N x input: one array for each output of the network, N x output. Values are
  /// taken as they are: normalise them as in training. Throws InputError for other shapes.
  std::vector<Array> infer(const Array& samples) const;
  /// The outputs that a chip computes with its devices.
  ChipInference infer(const Array& samples, const Chip& chip, const ChipInferenceOptions& options = {}) const;

  struct Impl;
  explicit Network(std::shared_ptr<const Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace v1
}  // namespace phasecore
