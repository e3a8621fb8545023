#include "models/graph/ops/normalization.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

void check_epsilon(float epsilon, Findings& findings) {
  if (!(epsilon >= 0)) findings.add("epsilon " + std::to_string(epsilon) + " must not be negative");
}

/// (x - mean) / sqrt(variance + epsilon) of `count` values.
void normalise(const float* x, long long count, double epsilon, float* out) {
  double sum = 0, squares = 0;
  for (long long i = 0; i < count; ++i) sum += x[i];
  const double mean = sum / static_cast<double>(count);
  for (long long i = 0; i < count; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double by = 1 / std::sqrt(squares / static_cast<double>(count) + epsilon);
  for (long long i = 0; i < count; ++i) out[i] = static_cast<float>((x[i] - mean) * by);
}

/// x / sqrt(mean of squares + epsilon) of `count` values.
void normalise_squares(const float* x, long long count, double epsilon, float* out) {
  double squares = 0;
  for (long long i = 0; i < count; ++i) squares += static_cast<double>(x[i]) * x[i];
  const double by = 1 / std::sqrt(squares / static_cast<double>(count) + epsilon);
  for (long long i = 0; i < count; ++i) out[i] = static_cast<float>(x[i] * by);
}

void check_scale(float epsilon, const Tensor& scale, Findings& findings) {
  check_epsilon(epsilon, findings);
  check_given_shape(scale.shape, findings);
  if (findings.ok()) check_tensor("scale values", scale, scale.shape, findings);
}

/// They are of the normalised dimensions, or broadcast to them. An empty tensor fits.
void check_fits(const std::string& name, const Tensor& tensor, const Shape& normalised, Findings& findings) {
  static const std::string what = "the normalised part";
  if (tensor.empty()) return;
  const Shape shape = broadcast_shape({{&what, &normalised}, {&name, &tensor.shape}}, findings);
  if (findings.ok() && shape != normalised)
    findings.add(name + " of shape " + to_string(tensor.shape) + " do not fit " + to_string(normalised));
}

void check_by_channel(const Tensor& scale, const Tensor& offset, Findings& findings) {
  if (scale.empty()) return findings.add("scale values are missing");
  const Shape channels{static_cast<int>(scale.values.size())};
  check_tensor("scale values", scale, channels, findings);
  check_tensor("offset values", offset, channels, findings);
}

void check_channels(int channels, const Source& source, Findings& findings) {
  if ((*source.shape)[0] != channels)
    findings.add("has " + std::to_string(channels) + " channels, '" + *source.name + "' delivers " +
                 std::to_string((*source.shape)[0]) + " (" + to_string(*source.shape) + ")");
}

/// So many pixels are normalised together: their statistics stay in the cache.
constexpr int kPixelsAtOnce = 64;

/// One value per pixel.
struct PixelStatistics {
  double mean[kPixelsAtOnce] = {}, by[kPixelsAtOnce] = {};
};

/// Of `count` pixels, whose channels lie `stride` values apart.
PixelStatistics statistics_of(const float* x, int channels, long long stride, int count, double epsilon) {
  PixelStatistics of;
  for (int c = 0; c < channels; ++c)
    for (int i = 0; i < count; ++i) of.mean[i] += x[c * stride + i];
  for (int i = 0; i < count; ++i) of.mean[i] /= channels;
  for (int c = 0; c < channels; ++c)
    for (int i = 0; i < count; ++i) {
      const double from_mean = x[c * stride + i] - of.mean[i];
      of.by[i] += from_mean * from_mean;
    }
  for (int i = 0; i < count; ++i) of.by[i] = 1 / std::sqrt(of.by[i] / channels + epsilon);
  return of;
}

}  // namespace

void LayerNorm::check(Findings& findings) const {
  check_scale(epsilon, scale, findings);
  if (findings.ok() && !offset.empty()) check_tensor("offset values", offset, offset.shape, findings);
}

Shape LayerNorm::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (!check_axis(axis, sources[0], findings)) return {};
  const Shape normalised(in.begin() + axis, in.end());
  check_fits("its scale values", scale, normalised, findings);
  check_fits("its offset values", offset, normalised, findings);
  return in;
}

void LayerNorm::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                    Scratch& /*scratch*/) const {
  const Shape normalised(shape.begin() + axis, shape.end());
  const long long count = volume(normalised), rows = volume(shape) / count;
  const Strides scales = broadcast_strides(scale.shape, normalised);
  const Strides offsets =
      offset.empty() ? Strides(normalised.size(), 0) : broadcast_strides(offset.shape, normalised);
  for (long long row = 0; row < rows; ++row, out += count) {
    normalise(inputs[0].values + row * count, count, epsilon, out);
    float* y = out;
    for_each_offset<2>(normalised, {scales, offsets}, {0, 0}, [&](const auto& at) {
      const float plus = offset.empty() ? 0 : offset.values[static_cast<std::size_t>(at[1])];
      *y = *y * scale.values[static_cast<std::size_t>(at[0])] + plus;
      ++y;
    });
  }
}

std::vector<NamedTensor<Tensor>> LayerNorm::own_tensors() {
  return {{"scale", &scale, Start::Ones, true}, {"offset", &offset, Start::Zeros, true}};
}

void ChannelNorm::check(Findings& findings) const {
  check_epsilon(epsilon, findings);
  check_by_channel(scale, offset, findings);
}

Shape ChannelNorm::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  check_channels(channels(), sources[0], findings);
  return *sources[0].shape;
}

void ChannelNorm::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                      Scratch& /*scratch*/) const {
  const long long pixels = volume(shape) / shape[0];
  for (long long first = 0; first < pixels; first += kPixelsAtOnce) {
    const int count = static_cast<int>(std::min<long long>(kPixelsAtOnce, pixels - first));
    const float* x = inputs[0].values + first;
    const PixelStatistics of = statistics_of(x, shape[0], pixels, count, epsilon);
    for (int c = 0; c < shape[0]; ++c)
      for (int i = 0; i < count; ++i) {
        const long long at = c * pixels + i;
        const float normalised = static_cast<float>((x[at] - of.mean[i]) * of.by[i]);
        out[first + at] = normalised * scale.values[c] + offset.values[c];
      }
  }
}

std::vector<NamedTensor<Tensor>> ChannelNorm::own_tensors() {
  return {{"scale", &scale, Start::Ones, true}, {"offset", &offset, Start::Zeros, true}};
}

std::string GroupNorm::name() const {
  return groups == channels() ? "InstanceNormalization" : "GroupNormalization";
}

void GroupNorm::check(Findings& findings) const {
  check_epsilon(epsilon, findings);
  check_by_channel(scale, offset, findings);
  if (scale.empty()) return;
  if (groups < 1 || channels() % groups != 0)
    findings.add(std::to_string(channels()) + " channels do not divide into " + std::to_string(groups) +
                 " groups");
}

Shape GroupNorm::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  check_channels(channels(), sources[0], findings);
  return *sources[0].shape;
}

void GroupNorm::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                    Scratch& /*scratch*/) const {
  const long long per_channel = volume(shape) / shape[0], count = per_channel * (shape[0] / groups);
  for (int g = 0; g < groups; ++g) normalise(inputs[0].values + g * count, count, epsilon, out + g * count);
  for (int c = 0; c < shape[0]; ++c)
    for (long long i = c * per_channel; i < (c + 1) * per_channel; ++i)
      out[i] = out[i] * scale.values[c] + offset.values[c];
}

std::vector<NamedTensor<Tensor>> GroupNorm::own_tensors() {
  return {{"scale", &scale, Start::Ones, true}, {"offset", &offset, Start::Zeros, true}};
}

void RmsNorm::check(Findings& findings) const {
  check_scale(epsilon, scale, findings);
}

Shape RmsNorm::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (!check_axis(axis, sources[0], findings)) return {};
  check_fits("its scale values", scale, {in.begin() + axis, in.end()}, findings);
  return in;
}

void RmsNorm::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                  Scratch& /*scratch*/) const {
  const Shape normalised(shape.begin() + axis, shape.end());
  const long long count = volume(normalised), rows = volume(shape) / count;
  const Strides scales = broadcast_strides(scale.shape, normalised);
  for (long long row = 0; row < rows; ++row) {
    normalise_squares(inputs[0].values + row * count, count, epsilon, out);
    for_each_offset<1>(normalised, {scales}, {0},
                       [&](const auto& at) { *out++ *= scale.values[static_cast<std::size_t>(at[0])]; });
  }
}

std::vector<NamedTensor<Tensor>> RmsNorm::own_tensors() {
  return {{"scale", &scale, Start::Ones, true}};
}

void Lrn::check(Findings& findings) const {
  if (size < 1) findings.add("size " + std::to_string(size) + " must be at least 1");
  for (float value : {alpha, beta, bias})
    if (!std::isfinite(value)) findings.add("alpha, beta and bias must be finite");
}

Shape Lrn::infer_shape(const std::vector<Source>& sources, Findings& /*findings*/) const {
  return *sources[0].shape;
}

void Lrn::run(const std::vector<Sample>& inputs, const Shape& shape, float* out, Scratch& /*scratch*/) const {
  const float* x = inputs[0].values;
  const int channels = shape[0];
  const long long pixels = volume(shape) / channels;
  for (int c = 0; c < channels; ++c) {
    const int first = std::max(0, c - (size - 1) / 2);
    const int last =
        static_cast<int>(std::min<long long>(channels - 1LL, static_cast<long long>(c) + size / 2));
    for (long long i = 0; i < pixels; ++i) {
      double squares = 0;
      for (int k = first; k <= last; ++k)
        squares += static_cast<double>(x[k * pixels + i]) * x[k * pixels + i];
      out[c * pixels + i] =
          static_cast<float>(x[c * pixels + i] / std::pow(bias + alpha / size * squares, beta));
    }
  }
}

}  // namespace phasecore::graph
