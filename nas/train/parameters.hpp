// The tensors that define a network, by name, apart from the network's structure: so that many networks can
// share them.
#pragma once

#include <torch/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::train {

/// Names are "<layer>.<tensor>", as the layer's operator calls its tensors: "conv1.weight".
class Parameters {
 public:
  /// Copies of the network's values. Batch norms have to be unfolded to be trained.
  explicit Parameters(const graph::Network& network);

  bool has(const std::string& name) const { return tensors_.count(name) != 0; }
  /// InternalError if there is none of this name.
  torch::Tensor& at(const std::string& name);
  /// The tensor, or the part of it that a smaller network uses: of outputs and inputs the first ones, of a
  /// kernel its centre (spaces::slice_of).
  torch::Tensor part(const std::string& name, const graph::Shape& shape);

  /// The weights that sit in crossbars, everything that is trained (crossbar weights first), and all that
  /// defines the network (also running statistics); each in the layers' order.
  std::vector<torch::Tensor> crossbar_weights() const;
  std::vector<torch::Tensor> trainable() const;
  std::vector<std::pair<std::string, torch::Tensor>> state() const;

  /// The network with the values of these tensors, or of their parts.
  graph::Network written_into(graph::Network network);

 private:
  void add(const std::string& name, const graph::Tensor& values, bool trained);

  std::vector<std::string> order_;  ///< of state()
  std::map<std::string, torch::Tensor> tensors_;
};

}  // namespace phasecore::train
