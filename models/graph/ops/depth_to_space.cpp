#include "models/graph/ops/depth_to_space.hpp"

namespace phasecore::graph {
namespace {

constexpr int kLargestBlock = 1 << 14;

void check_block(int block, Findings& findings) {
  if (block < 1 || block > kLargestBlock)
    findings.add("blocksize " + std::to_string(block) + " must be 1 to " + std::to_string(kLargestBlock));
}

/// `copy(deep, wide)` with the places of each value in an image of `channels` x `block`² channels and in one
/// with `block` times the rows and columns, of shape `wide`. `channels_first` as in DepthToSpace.
template <class Copy>
void for_each_pixel(const Shape& wide, int block, bool channels_first, Copy copy) {
  const int channels = wide[0], rows = wide[1], columns = wide[2];
  const long long deep_columns = columns / block, plane = deep_columns * (rows / block);
  long long at = 0;
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x, ++at) {
        const long long in_block = static_cast<long long>(y % block) * block + x % block;
        const long long depth =
            channels_first ? c * static_cast<long long>(block) * block + in_block : in_block * channels + c;
        copy(depth * plane + (y / block) * deep_columns + x / block, at);
      }
}

}  // namespace

void DepthToSpace::check(Findings& findings) const {
  check_block(block, findings);
}

Shape DepthToSpace::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  const Shape& in = *sources[0].shape;
  if (in[0] % (static_cast<long long>(block) * block) != 0) {
    findings.add(std::to_string(in[0]) + " channels do not divide into blocks of " + std::to_string(block) +
                 "x" + std::to_string(block));
    return {};
  }
  const auto grown = [&](int extent) {
    return static_cast<int>(std::min<long long>(static_cast<long long>(extent) * block, kMaxValues + 1));
  };
  return {in[0] / block / block, grown(in[1]), grown(in[2])};
}

void DepthToSpace::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                       Scratch& /*scratch*/) const {
  for_each_pixel(shape, block, channels_first,
                 [&](long long deep, long long wide) { out[wide] = inputs[0].values[deep]; });
}

void SpaceToDepth::check(Findings& findings) const {
  check_block(block, findings);
}

Shape SpaceToDepth::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  const Shape& in = *sources[0].shape;
  if (in[1] % block == 0 && in[2] % block == 0)
    return {
        static_cast<int>(std::min<long long>(static_cast<long long>(in[0]) * block * block, kMaxValues + 1)),
        in[1] / block, in[2] / block};
  findings.add(to_string(in) + " does not divide into blocks of " + std::to_string(block) + "x" +
               std::to_string(block));
  return {};
}

void SpaceToDepth::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                       Scratch& /*scratch*/) const {
  for_each_pixel(*inputs[0].shape, block, false,
                 [&](long long deep, long long wide) { out[deep] = inputs[0].values[wide]; });
}

}  // namespace phasecore::graph
