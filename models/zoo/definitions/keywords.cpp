#include <vector>

#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {
namespace {

struct Block {
  int channels, stride;
};

/// A 10x4 convolution on 49 frames of 10 MFCCs, depthwise separable 3x3 blocks, average, 12 classes.
graph::Network keyword_network(const std::string& name, const Task& task, Block stem,
                               const std::vector<Block>& blocks) {
  Builder b(name, {{1, 49, 10}, 12}, task, Padding::Same);
  int at = b.norm_relu("stem", b.conv("stem", b.input(), stem.channels, {10, 4}, stem.stride, true));
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string block = "block" + std::to_string(i + 1);
    const std::string depthwise = block + ".depthwise", pointwise = block + ".pointwise";
    at = b.norm_relu(depthwise, b.depthwise(depthwise, at, 3, blocks[i].stride, true));
    at = b.norm_relu(pointwise, b.conv(pointwise, at, blocks[i].channels, {1, 1}, 1, true));
  }
  b.classify(at);
  return b.build();
}

}  // namespace

graph::Network ds_cnn(const Task& task) {
  return keyword_network("ds-cnn", task, {64, 2}, {{64, 1}, {64, 1}, {64, 1}, {64, 1}});
}

graph::Network micronet_kws_s(const Task& task) {
  return keyword_network("micronet-kws-s", task, {84, 1}, {{112, 2}, {84, 1}, {84, 1}, {84, 1}, {196, 1}});
}

graph::Network micronet_kws_m(const Task& task) {
  return keyword_network("micronet-kws-m", task, {140, 1},
                         {{140, 2}, {140, 1}, {140, 1}, {112, 1}, {196, 1}});
}

}  // namespace phasecore::zoo
