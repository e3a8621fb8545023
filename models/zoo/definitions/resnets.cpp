#include <vector>

#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"
#include "models/zoo/definitions/residual.hpp"

namespace phasecore::zoo {

int shortcut(Builder& b, const std::string& block, int from, int out, int stride, Style style) {
  if (stride == 1 && b.channels(from) == out) return from;
  const std::string name = block + ".shortcut";
  const int x = b.conv(name, from, out, {1, 1}, stride, style.bias);
  return style.normalised_shortcut ? b.norm(name, x) : x;
}

int basic_block(Builder& b, const std::string& name, int from, int out, int stride, Style style) {
  const std::string first = name + ".conv1", second = name + ".conv2";
  int y = b.norm_relu(first, b.conv(first, from, out, {3, 3}, stride, style.bias));
  y = b.norm(second, b.conv(second, y, out, {3, 3}, 1, style.bias));
  return b.relu(name + ".relu", b.add(name + ".add", y, shortcut(b, name, from, out, stride, style)));
}

namespace {

/// x + conv(relu-norm(conv(relu-norm(x)))). A projection reads the normalised input, as in the authors' code.
int preactivated_block(Builder& b, const std::string& name, int from, int out, int stride) {
  const std::string first = name + ".conv1", second = name + ".conv2";
  const int x = b.norm_relu(name + ".in", from);
  int y = b.norm_relu(first, b.conv(first, x, out, {3, 3}, stride));
  y = b.conv(second, y, out, {3, 3});
  const bool project = stride != 1 || b.channels(from) != out;
  return b.add(name + ".add", y, project ? b.conv(name + ".shortcut", x, out, {1, 1}, stride) : from);
}

graph::Network wide_resnet_16(const std::string& name, int width, int classes, const Task& task) {
  Builder b(name, {{3, 32, 32}, classes}, task, Padding::Symmetric);
  int at = b.conv("stem", b.input(), 16, {3, 3});
  int block = 0;
  for (const int stage : {16, 32, 64})
    for (int i = 0; i < 2; ++i)
      at = preactivated_block(b, "block" + std::to_string(++block), at, stage * width,
                              i == 0 && stage > 16 ? 2 : 1);
  b.classify(b.norm_relu("last", at));
  return b.build();
}

/// He et al.'s networks for CIFAR: three stages of 16, 32, 64 channels.
graph::Network cifar_resnet(const std::string& name, int blocks_per_stage, const Task& task) {
  Builder b(name, {{3, 32, 32}, 10}, task, Padding::Symmetric);
  int at = b.norm_relu("stem", b.conv("stem", b.input(), 16, {3, 3}));
  int block = 0;
  for (const int channels : {16, 32, 64})
    for (int i = 0; i < blocks_per_stage; ++i)
      at = basic_block(b, "block" + std::to_string(++block), at, channels, i == 0 && channels > 16 ? 2 : 1,
                       {});
  b.classify(at);
  return b.build();
}

/// ResNet-8 of MLPerf Tiny with its paddings and biases, or without them.
graph::Network tiny_resnet8(const std::string& name, Style style, Padding padding, const Task& task) {
  Builder b(name, {{3, 32, 32}, 10}, task, padding);
  int at = b.conv("stem", b.input(), 16, {3, 3}, 1, style.bias);
  at = b.norm_relu("stem", at);
  at = basic_block(b, "block1", at, 16, 1, style);
  at = basic_block(b, "block2", at, 32, 2, style);
  at = basic_block(b, "block3", at, 64, 2, style);
  b.classify(at);
  return b.build();
}

}  // namespace

graph::Network resnet20(const Task& task) {
  return cifar_resnet("resnet20", 3, task);
}

graph::Network resnet32(const Task& task) {
  return cifar_resnet("resnet32", 5, task);
}

graph::Network resnet9(const Task& task) {
  Builder b("resnet9", {{3, 32, 32}, 10}, task, Padding::Symmetric);
  const auto conv = [&b](const std::string& name, int from, int out) {
    return b.norm_relu(name, b.conv(name, from, out, {3, 3}));
  };
  const auto residual = [&](const std::string& name, int from) {
    const int channels = b.channels(from);
    return b.add(name + ".add", conv(name + ".conv2", conv(name + ".conv1", from, channels), channels), from);
  };
  // LG prints the matrices; the residual pairs and the pools are those of the ResNet-9 that the matrices
  // match (prep, layer 1 with a residual pair, layer 2, layer 3 with one, 4x4 maximum, linear).
  int at = conv("prep", b.input(), 56);
  at = residual("residual1", b.max_pool("layer1.pool", conv("layer1", at, 112), 2));
  at = b.max_pool("layer2.pool", conv("layer2", at, 224), 2);
  at = residual("residual3", b.max_pool("layer3.pool", conv("layer3", at, 224), 2));
  b.gemm("classifier", b.flatten("flatten", b.max_pool("pool", at, 4)), b.classes());
  return b.build();
}

graph::Network resnet8(const Task& task) {
  return tiny_resnet8("resnet8", {false, true}, Padding::Same, task);
}

graph::Network resnet8_symmetric(const Task& task) {
  return tiny_resnet8("resnet8-symmetric", {}, Padding::Symmetric, task);
}

graph::Network wide_resnet_16_4(const Task& task) {
  return wide_resnet_16("wide-resnet-16-4", 4, 10, task);
}

graph::Network wide_resnet_16_8(const Task& task) {
  return wide_resnet_16("wide-resnet-16-8", 8, 100, task);
}

}  // namespace phasecore::zoo
