// Networks for ImageNet: 1,000 classes, 224 x 224 pixels. Layers, paddings and biases are torchvision's,
// whose weights are what people bring.
#include <vector>

#include "models/graph/ops/concat.hpp"
#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"
#include "models/zoo/definitions/residual.hpp"

namespace phasecore::zoo {
namespace {

const Task kPublished{{3, 224, 224}, 1000};

/// 7 x 7 convolution and 3 x 3 maximum, each of stride 2.
int stem(Builder& b) {
  return b.overlapping_max_pool("stem.pool", b.norm_relu("stem", b.conv("stem", b.input(), 64, {7, 7}, 2)));
}

/// 1 x 1 to `inner` channels, 3 x 3 of the block's stride, 1 x 1 to `out`; beside it a shortcut.
int bottleneck(Builder& b, const std::string& name, int from, int inner, int out, int stride) {
  const std::string first = name + ".conv1", second = name + ".conv2", third = name + ".conv3";
  int y = b.norm_relu(first, b.conv(first, from, inner, {1, 1}));
  y = b.norm_relu(second, b.conv(second, y, inner, {3, 3}, stride));
  y = b.norm(third, b.conv(third, y, out, {1, 1}));
  return b.relu(name + ".relu", b.add(name + ".add", y, shortcut(b, name, from, out, stride, {})));
}

/// ResNet-50, its inner convolutions `width` times as wide.
graph::Network resnet_50(const std::string& name, int width, const Task& task) {
  Builder b(name, kPublished, task, Padding::Symmetric);
  int at = stem(b), block = 0, channels = 64;
  for (const int blocks : {3, 4, 6, 3}) {
    for (int i = 0; i < blocks; ++i)
      at = bottleneck(b, "block" + std::to_string(++block), at, channels * width, 4 * channels,
                      i == 0 && channels > 64 ? 2 : 1);
    channels *= 2;
  }
  b.classify(at);
  return b.build();
}

/// 32 channels more: norm, ReLU, 1 x 1 convolution to 128, norm, ReLU, 3 x 3 convolution, beside what it
/// reads.
int dense_layer(Builder& b, const std::string& name, int from) {
  const std::string first = name + ".conv1", second = name + ".conv2";
  int y = b.conv(first, b.norm_relu(name, from), 128, {1, 1});
  y = b.conv(second, b.norm_relu(first, y), 32, {3, 3});
  return b.append(name + ".concat", graph::Concat(0, 2), {from, y});
}

}  // namespace

graph::Network resnet18(const Task& task) {
  Builder b("resnet18", kPublished, task, Padding::Symmetric);
  int at = stem(b), block = 0;
  for (const int channels : {64, 128, 256, 512})
    for (int i = 0; i < 2; ++i)
      at = basic_block(b, "block" + std::to_string(++block), at, channels, i == 0 && channels > 64 ? 2 : 1,
                       {});
  b.classify(at);
  return b.build();
}

graph::Network resnet50(const Task& task) {
  return resnet_50("resnet50", 1, task);
}

graph::Network wide_resnet_50_2(const Task& task) {
  return resnet_50("wide-resnet-50-2", 2, task);
}

graph::Network densenet121(const Task& task) {
  Builder b("densenet121", kPublished, task, Padding::Symmetric);
  int at = stem(b), stage = 0;
  for (const int layers : {6, 12, 24, 16}) {
    const std::string name = "dense" + std::to_string(++stage);
    for (int i = 1; i <= layers; ++i) at = dense_layer(b, name + ".layer" + std::to_string(i), at);
    if (stage == 4) break;
    const std::string transition = "transition" + std::to_string(stage);
    at = b.conv(transition, b.norm_relu(transition, at), b.channels(at) / 2, {1, 1});
    at = b.average_pool(transition + ".pool", at, 2);
  }
  b.classify(b.norm_relu("last", at));
  return b.build();
}

}  // namespace phasecore::zoo
