#include "nas/train/mvm.hpp"

#include <torch/torch.h>

#include "common/diagnostics.hpp"
#include "nas/train/forward.hpp"
#include "nas/train/hardware_ops.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

/// Rows [begin, end) of every column of a weight {C_out, C_in, ...}: the input channels that they touch, the
/// other rows of those channels set to 0.
struct Tile {
  Tensor weight;
  int first_channel = 0, channels = 0;
};

Tile tile_of(const Tensor& weight, int begin, int end) {
  const int per_channel = static_cast<int>(weight[0][0].numel());
  Tile tile;
  tile.first_channel = begin / per_channel;
  tile.channels = (end + per_channel - 1) / per_channel - tile.first_channel;
  tile.weight = weight.narrow(1, tile.first_channel, tile.channels);
  const int offset = tile.first_channel * per_channel;
  if (begin == offset && end == offset + tile.channels * per_channel) return tile;
  const Tensor mask = torch::zeros({tile.channels * per_channel});
  mask.narrow(0, begin - offset, end - begin).fill_(1);
  auto shape = tile.weight.sizes().vec();
  shape[0] = 1;
  tile.weight = tile.weight * mask.view(shape);
  return tile;
}

/// {1, C_out, 1, ...} or a scalar: the value per output column against an MVM's result.
Tensor along_outputs(const Tensor& per_column, const Tensor& result) {
  if (per_column.dim() == 0) return per_column;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(result.dim()), 1);
  shape[1] = per_column.numel();
  return per_column.view(shape);
}

/// Channels [first, first + count) of every group's own.
Tensor input_channels(const Tensor& x, int groups, int first, int count) {
  if (count == x.size(1) / groups) return x;
  if (groups == 1) return x.narrow(1, first, count);
  return x.contiguous()
      .view({x.size(0), groups, -1, x.size(2), x.size(3)})
      .narrow(2, first, count)
      .flatten(1, 2);
}

/// The product as `format` computes it. Undefined tensors stay so.
Multiply in_format(ProductFormat format, const Multiply& multiply) {
  if (format == ProductFormat::Float32) return multiply;
  return [&multiply](const Tensor& weight, const Tensor& x, const Tensor& bias) {
    const auto narrow = [](const Tensor& value) {
      return value.defined() ? value.to(torch::kBFloat16) : value;
    };
    return multiply(narrow(weight), narrow(x), narrow(bias)).to(torch::kFloat32);
  };
}

}  // namespace

double range_of(const std::string& name, const Pass& pass) {
  common::ensure(pass.ranges && pass.ranges->count(name), "no range for " + name);
  return pass.ranges->at(name);
}

Tensor through_range(const std::string& name, const Tensor& x, int bits, const Pass& pass) {
  if (pass.observe) pass.observe(name, x);
  if (bits == 0) return x;
  const int top = (1 << (bits - 1)) - 1;
  if (pass.learned) return through_learned_codes(x, pass.learned->at(name), top);
  return through_codes(x, range_of(name, pass) / top, top);
}

Tensor with_weight_errors(const Tensor& weight, const Pass& pass) {
  Tensor out = weight;
  if (pass.weight_noise > 0) {
    // Constants of this pass: no gradient flows into the scale of the error.
    const Tensor scale = largest(weight, pass.reference);
    const Tensor values = weight.detach();
    out = out + (pass.device ? programming_errors(*pass.device, values, scale.clamp_min(1e-12),
                                                  pass.weight_noise, pass.noise)
                             : normal_like(values, pass.weight_noise, pass.noise) * scale);
  }
  if (pass.drop_connect > 0) out = out * keep_mask(weight.detach(), pass.drop_connect, pass.noise);
  return out;
}

std::vector<int> row_cuts(int rows, int tile_rows) {
  const int tiles = tile_rows > 0 ? (rows + tile_rows - 1) / tile_rows : 1;
  const int part = (rows + tiles - 1) / tiles;
  std::vector<int> cuts;
  for (int at = 0; at < rows; at += part) cuts.push_back(at);
  cuts.push_back(rows);
  return cuts;
}

Programmed programmed(const Tensor& weight, const Pass& pass) {
  Programmed made;
  if (pass.has_converters()) made.scale = largest(weight, pass.reference).clamp_min(1e-12);
  made.weight = with_weight_errors(weight, pass);
  return made;
}

Tensor through_converters(const std::string& name, const Programmed& weight, const Pass& pass,
                          const Product& product) {
  const std::string range = name + ".adc";
  const auto& [erroneous, scale] = weight;
  const int channels = static_cast<int>(erroneous.size(1));
  const auto cuts = row_cuts(static_cast<int>(erroneous[0].numel()), pass.tile_rows);
  Tensor sum;
  for (std::size_t t = 0; t + 1 < cuts.size(); ++t) {
    Tile tile{erroneous, 0, channels};
    if (cuts.size() > 2) tile = tile_of(erroneous, cuts[t], cuts[t + 1]);
    const Tensor raw = product(tile.weight, tile.first_channel, tile.channels);
    const Tensor full = along_outputs(scale, raw);
    Tensor seen = raw / full;
    if (pass.output_noise > 0)
      seen = seen + normal_like(seen, pass.output_noise * range_of(range, pass), pass.noise);
    const Tensor counted = through_range(range, seen, pass.adc_bits, pass) * full;
    sum = t == 0 ? counted : sum + counted;
  }
  return sum;
}

Tensor mvm(const LayerPass& at, int groups, const Multiply& exact) {
  const Multiply multiply = in_format(at.pass.products, exact);
  const Tensor &x = at.inputs[0], weight = at.parameter("weight"), bias = at.parameter("bias");
  if (!at.pass.has_converters()) return multiply(with_weight_errors(weight, at.pass), x, bias);
  const Tensor sum = through_converters(at.layer.name, programmed(weight, at.pass), at.pass,
                                        [&](const Tensor& by, int first, int count) {
                                          return multiply(by, input_channels(x, groups, first, count), {});
                                        });
  if (!bias.defined()) return sum;
  return sum + (sum.dim() == 4 ? bias.view({1, -1, 1, 1}) : bias);
}

Tensor product(const std::string& name, const Programmed& weight, const Tensor& x, const Pass& pass) {
  if (!pass.has_converters()) return torch::linear(x, weight.weight);
  return through_converters(name, weight, pass, [&](const Tensor& by, int first, int count) {
    return torch::linear(x.narrow(1, first, count), by);
  });
}

std::string gates_range(const graph::Layer& layer) {
  return layer.name + ".gates";
}

}  // namespace phasecore::train
