// A network: typed layers in topological order, shapes inferred and checked once, when it is built.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/diagnostics.hpp"
#include "models/graph/operator.hpp"
#include "models/graph/tensor.hpp"

namespace phasecore::graph {

/// A place in the network and the operator that works there. Layers are values: copies share their operator
/// until one of them edits it.
class Layer {
 public:
  /// An Input that has no shape yet.
  Layer();
  template <class T>
  Layer(std::string layer_name, T op, std::vector<int> reads)
      : name(std::move(layer_name)), inputs(std::move(reads)) {
    set(std::move(op));
  }

  std::string name;         ///< unique in the network
  std::vector<int> inputs;  ///< indices of earlier layers
  Shape shape;              ///< of the output; filled in by build()
  common::Location where;   ///< for messages: the file, and in it the node

  const Operator& op() const { return *op_; }
  /// The operator as a T (Conv, or a base such as Mvm); null if it is none.
  template <class T>
  const T* as() const {
    return dynamic_cast<const T*>(op_.get());
  }
  template <class T>
  bool is() const {
    return as<T>() != nullptr;
  }
  /// The same, to be changed: this layer's own from now on. Not to be kept beyond the next copy of the layer.
  template <class T>
  T* edit() {
    return is<T>() ? dynamic_cast<T*>(&edit_op()) : nullptr;
  }
  Operator& edit_op();
  /// Another operator in place of the one it has.
  template <class T>
  T& set(T op) {
    auto own = std::make_shared<T>(std::move(op));
    T& to_edit = *own;
    op_ = std::move(own);
    return to_edit;
  }

 private:
  std::shared_ptr<Operator> op_;  ///< never null; changed only while nobody shares it
};

struct Network {
  std::string name;
  std::vector<Layer> layers;  ///< topological order; the inputs come first
  std::vector<int> outputs;   ///< indices of the output layers
  /// Largest |value| of a layer's *output* that an INT8 code has to represent, by layer name (DESIGN: static
  /// ranges).
  std::map<std::string, double> ranges;
  /// Free texts by their whole key, such as "phasecore.recipe" (the training settings).
  std::map<std::string, std::string> metadata;

  /// The first input; most networks have no other.
  const Layer& input() const { return layers.front(); }
  /// How many inputs there are: layers[0] to layers[inputs() - 1].
  int inputs() const;
  /// Index of the layer called `name`, -1 if there is none.
  int find(const std::string& name) const;
  /// For each layer the layers that read it.
  std::vector<std::vector<int>> consumers() const;
};

/// Checks a network (order, arities, attributes, weight shapes, NaN, zero sizes) and fills in every shape.
/// All problems are reported at once: throws InputError. The returned network can be trusted.
Network build(Network draft);

/// Throws InputError, naming them, where the network has several inputs: for what can feed only one.
/// `who` says who that is ("the chip").
void require_one_input(const Network& network, const std::string& who);

/// Multiply-accumulates of one sample in one layer's MVMs (0 if it has none).
long long macs(const Network& network, int layer);
/// Trainable values: weights and biases, scales and offsets of batch norms.
long long parameters(const Network& network);

}  // namespace phasecore::graph
