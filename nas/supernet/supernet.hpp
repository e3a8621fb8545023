// A trained supernet: any network of its space with inherited weights, in milliseconds.
#pragma once

#include <memory>
#include <string>

#include "models/graph/infer.hpp"
#include "models/spaces/space.hpp"

namespace phasecore::supernet {

class Supernet {
 public:
  /// `network`: every layer of the space at its largest, batch norms unfolded.
  Supernet(std::unique_ptr<spaces::Space> space, graph::Network network, std::string data,
           std::string sha256);

  /// Reads NAME.yaml as phasecore-train writes it, and the ONNX file that it names (beside it). Throws
  /// InputError with everything that is wrong: other keys, a network whose SHA-256 differs.
  static Supernet load(const std::string& yaml_path);

  const spaces::Space& space() const { return *space_; }
  const std::string& data() const { return data_; }      ///< data set it was trained on
  const std::string& sha256() const { return sha256_; }  ///< of the ONNX file
  const std::string& file() const { return file_; }      ///< the ONNX file that load() read
  const graph::Network& network() const { return network_; }

  /// The network of these genes with the supernet's weights: of outputs and inputs the first ones, of kernels
  /// the centre. Batch norms are unfolded and without statistics of their own. Throws InputError if the
  /// network does not exist, or the supernet lacks a layer of it or has it too small.
  graph::Network cut(const spaces::Genes& genes) const;

  /// The same, batch norms with the statistics of `images` (calibration part; 1,000 are plenty) and folded:
  /// ready to be mapped. No ranges in its metadata: the simulator measures them. The metadata has the
  /// supernet's recipe (and with it the data set) and the genes.
  graph::Network ready(const spaces::Genes& genes, const graph::Batch& images) const;

 private:
  std::unique_ptr<spaces::Space> space_;
  graph::Network network_;
  std::string data_;
  std::string sha256_;
  std::string file_;
};

}  // namespace phasecore::supernet
