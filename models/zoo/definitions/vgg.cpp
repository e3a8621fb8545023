#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {

graph::Network vgg8(const Task& task) {
  Builder b("vgg8", {{3, 32, 32}, 10}, task, Padding::Symmetric);
  int at = b.input();
  int layer = 0;
  const auto conv = [&](int out) {
    const std::string name = "conv" + std::to_string(++layer);
    at = b.relu(name + ".relu", b.conv(name, at, out, {3, 3}));
  };
  int pool = 0;
  for (const int channels : {128, 256, 512}) {
    conv(channels);
    conv(channels);
    at = b.max_pool("pool" + std::to_string(++pool), at, 2);
  }
  at = b.relu("fc1.relu", b.gemm("fc1", b.flatten("flatten", at), 1024, false));
  b.gemm("fc2", at, b.classes(), false);
  return b.build();
}

graph::Network vgg16(const Task& task) {
  Builder b("vgg16", {{3, 224, 224}, 1000}, task, Padding::Symmetric);
  int at = b.input(), layer = 0, stage = 0;
  for (const int channels : {64, 128, 256, 512, 512}) {
    for (int i = 0; i < (channels < 256 ? 2 : 3); ++i) {
      const std::string name = "conv" + std::to_string(++layer);
      at = b.relu(name + ".relu", b.conv(name, at, channels, {3, 3}, 1, true));
    }
    at = b.max_pool("pool" + std::to_string(++stage), at, 2);
  }
  at = b.relu("fc1.relu", b.gemm("fc1", b.flatten("flatten", at), 4096));
  at = b.relu("fc2.relu", b.gemm("fc2", at, 4096));
  b.gemm("fc3", at, b.classes());
  return b.build();
}

}  // namespace phasecore::zoo
