// Writing a network down layer by layer, with He-normal weights. Inside models/spaces only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::spaces {

/// Every call appends a layer and returns its index; shapes are left to graph::build().
class Drafting {
 public:
  Drafting(const std::string& name, const graph::Shape& input, std::uint64_t seed);

  /// Square kernel; padding keeps the size at stride 1 (with an even kernel the extra pixel goes to bottom
  /// and right).
  int conv(const std::string& name, int from, int in, int out, int kernel, int stride);
  int gemm(const std::string& name, int from, int in, int out);
  int batch_norm(const std::string& name, int from, int channels, float scale = 1);
  int relu(const std::string& name, int from);
  int add(const std::string& name, int a, int b);
  int average_pool(const std::string& name, int from, int kernel, int stride, int pad);
  /// An output: global average pool, flatten, classifier with bias, their names ending in `suffix`.
  void exit(int from, int channels, int classes, const std::string& suffix = "");
  graph::Network finish();

 private:
  int append(const std::string& name, graph::Op op, std::vector<int> inputs);
  graph::Tensor he_normal(const std::string& name, const graph::Shape& shape) const;

  graph::Network network_;
  std::uint64_t seed_;
};

}  // namespace phasecore::spaces
