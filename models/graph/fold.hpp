// Networks whose batch norms have become part of the layers before them, as chips need them.
#pragma once

#include <utility>

#include "models/graph/network.hpp"

namespace phasecore::graph {

/// A network with every BatchNorm folded into the convolution or Gemm before it, and Identity-like layers
/// gone. One that finds none before it, or shares it, goes into the weights behind it where their padding
/// lets it, else it becomes a depthwise 1x1 Conv. Only fold() makes one, so whoever takes it in a signature
/// need not fold, and nobody folds twice.
class FoldedNetwork {
 public:
  const Network& operator*() const { return folded_; }
  const Network* operator->() const { return &folded_; }
  /// As it was before: the float reference, which folding rounds differently.
  const Network& unfolded() const { return unfolded_; }

 private:
  friend FoldedNetwork fold(const Network& network);
  FoldedNetwork(Network unfolded, Network folded)
      : unfolded_(std::move(unfolded)), folded_(std::move(folded)) {}

  Network unfolded_, folded_;
};

FoldedNetwork fold(const Network& network);
FoldedNetwork fold(const FoldedNetwork& network) = delete;

}  // namespace phasecore::graph
