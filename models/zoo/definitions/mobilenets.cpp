#include <vector>

#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {
namespace {

struct Separable {
  int channels, stride;
};

/// MobileNet-V1 with plain ReLU: a stem and depthwise separable blocks.
int mobilenet_v1(Builder& b, int stem, int stem_stride, const std::vector<Separable>& blocks, bool bias) {
  int at = b.norm_relu("stem", b.conv("stem", b.input(), stem, {3, 3}, stem_stride, bias));
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string block = "block" + std::to_string(i + 1);
    const std::string depthwise = block + ".depthwise", pointwise = block + ".pointwise";
    at = b.norm_relu(depthwise, b.depthwise(depthwise, at, 3, blocks[i].stride, bias));
    at = b.norm_relu(pointwise, b.conv(pointwise, at, blocks[i].channels, {1, 1}, 1, bias));
  }
  return at;
}

/// One inverted bottleneck: expand (left out where `expansion` is 1), depthwise, project; a skip where shapes
/// agree.
struct Inverted {
  int kernel, expansion, channels, stride;
};

int inverted_bottleneck(Builder& b, const std::string& block, int from, const Inverted& k) {
  const std::string expand = block + ".expand", depthwise = block + ".depthwise",
                    project = block + ".project";
  int at = from;
  if (k.expansion > 1) at = b.norm_relu6(expand, b.conv(expand, at, k.expansion * b.channels(from), {1, 1}));
  at = b.norm_relu6(depthwise, b.depthwise(depthwise, at, k.kernel, k.stride));
  at = b.norm(project, b.conv(project, at, k.channels, {1, 1}));
  const bool skip = k.stride == 1 && b.channels(from) == k.channels;
  return skip ? b.add(block + ".add", at, from) : at;
}

int inverted_bottlenecks(Builder& b, int from, const std::vector<Inverted>& blocks) {
  int at = from;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    at = inverted_bottleneck(b, "block" + std::to_string(i + 1), at, blocks[i]);
  return at;
}

/// Table 2 of Sandler et al. with the given channels and, for the groups' first blocks, strides.
int mobilenet_v2(Builder& b, int stem, int stem_stride, const std::vector<int>& channels,
                 const std::vector<int>& strides) {
  const std::vector<int> repeats = {1, 2, 3, 4, 3, 3, 1};
  std::vector<Inverted> blocks;
  for (std::size_t group = 0; group < repeats.size(); ++group)
    for (int i = 0; i < repeats[group]; ++i)
      blocks.push_back({3, group == 0 ? 1 : 6, channels[group], i == 0 ? strides[group] : 1});
  int at = b.norm_relu6("stem", b.conv("stem", b.input(), stem, {3, 3}, stem_stride));
  at = inverted_bottlenecks(b, at, blocks);
  return b.norm_relu6("last", b.conv("last", at, 1280, {1, 1}));
}

}  // namespace

graph::Network mobilenet_v1_vww(const Task& task) {
  Builder b("mobilenet-v1-vww", {{3, 96, 96}, 2}, task, Padding::Same);
  b.classify(mobilenet_v1(b, 8, 2,
                          {{16, 1},
                           {32, 2},
                           {32, 1},
                           {64, 2},
                           {64, 1},
                           {128, 2},
                           {128, 1},
                           {128, 1},
                           {128, 1},
                           {128, 1},
                           {128, 1},
                           {256, 2},
                           {256, 1}},
                          true));
  return b.build();
}

graph::Network mobilenet_v1_cifar(const Task& task) {
  // 32x32 images: the stem keeps its size, so 2x2 pixels reach the average.
  Builder b("mobilenet-v1-cifar", {{3, 32, 32}, 10}, task, Padding::Symmetric);
  b.classify(mobilenet_v1(b, 32, 1,
                          {{64, 1},
                           {128, 2},
                           {128, 1},
                           {256, 2},
                           {256, 1},
                           {512, 2},
                           {512, 1},
                           {512, 1},
                           {512, 1},
                           {512, 1},
                           {512, 1},
                           {1024, 2},
                           {1024, 1}},
                          false));
  return b.build();
}

graph::Network mobilenet_v2_vww(const Task& task) {
  // Width 0.35, channels rounded to multiples of 8 but never below 90 %, the last convolution unscaled.
  Builder b("mobilenet-v2-vww", {{3, 96, 96}, 2}, task, Padding::Same);
  b.classify(mobilenet_v2(b, 16, 2, {8, 8, 16, 24, 32, 56, 112}, {1, 2, 2, 2, 1, 2, 1}));
  return b.build();
}

graph::Network mobilenet_v2_cifar(const Task& task) {
  // 32x32 images: the stem and the second group keep their size, so 4x4 pixels reach the average.
  Builder b("mobilenet-v2-cifar", {{3, 32, 32}, 10}, task, Padding::Symmetric);
  b.classify(mobilenet_v2(b, 32, 1, {16, 24, 32, 64, 96, 160, 320}, {1, 1, 2, 2, 1, 2, 1}));
  return b.build();
}

graph::Network mobilenet_v2(const Task& task) {
  Builder b("mobilenet-v2", {{3, 224, 224}, 1000}, task, Padding::Symmetric);
  b.classify(mobilenet_v2(b, 32, 2, {16, 24, 32, 64, 96, 160, 320}, {1, 2, 2, 2, 1, 2, 1}));
  return b.build();
}

graph::Network mcunet_like(const Task& task) {
  Builder b("mcunet-like", {{3, 64, 64}, 2}, task, Padding::Symmetric);
  int at = b.norm_relu6("stem", b.conv("stem", b.input(), 16, {3, 3}, 2));
  at = inverted_bottlenecks(b, at,
                            {{3, 1, 8, 1},
                             {5, 3, 16, 2},
                             {3, 4, 16, 1},
                             {7, 4, 24, 2},
                             {5, 5, 24, 1},
                             {3, 4, 24, 1},
                             {7, 5, 40, 2},
                             {5, 4, 40, 1},
                             {3, 5, 48, 1},
                             {5, 4, 48, 1},
                             {7, 6, 96, 2},
                             {5, 4, 96, 1},
                             {3, 5, 160, 1}});
  b.classify(at);
  return b.build();
}

}  // namespace phasecore::zoo
