// Conv, ConvTranspose and Gemm: a weight matrix starts a stage of its own.
#include <iterator>
#include <utility>

#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/conv_transpose.hpp"
#include "models/graph/ops/gemm.hpp"
#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

/// Kernels as columns; of a grouped convolution block-diagonally.
void fill_matrix(const graph::Tensor& kernels, MvmWork& mvm) {
  mvm.cols = kernels.shape[0];
  const int rows_per_group = static_cast<int>(graph::volume(kernels.shape)) / mvm.cols;
  const int cols_per_group = mvm.cols / mvm.groups;
  mvm.rows = rows_per_group * mvm.groups;
  mvm.weights.assign(static_cast<std::size_t>(mvm.rows) * mvm.cols, 0.0f);
  for (int o = 0; o < mvm.cols; ++o) {
    const int first_row = o / cols_per_group * rows_per_group;
    for (int r = 0; r < rows_per_group; ++r)
      mvm.weights[static_cast<std::size_t>(first_row + r) * mvm.cols + o] =
          kernels.values[static_cast<std::size_t>(o) * rows_per_group + r];
  }
}

/// A stage that delivers `plane` of what it is yet to read.
Stage stage_of(const Lowering& at, const graph::Tensor& kernels, const graph::Tensor& bias, MvmWork mvm,
               graph::Shape plane) {
  fill_matrix(kernels, mvm);
  mvm.bias = bias.values;
  mvm.bias.resize(mvm.cols, 0.0f);
  mvm.plane = plane;
  Stage stage;
  stage.out_shape = std::move(plane);
  stage.macs = graph::macs(at.network(), at.layer_index());
  stage.work = std::move(mvm);
  return stage;
}

void start(Lowering& at, const graph::Tensor& kernels, const graph::Tensor& bias, MvmWork mvm) {
  Stage stage = stage_of(at, kernels, bias, std::move(mvm), at.layer().shape);
  stage.inputs = {at.input(0)};
  at.start(std::move(stage));
}

void lower_conv(Lowering& at) {
  if (!at.in_place(0)) return;
  MvmWork mvm;
  const auto& conv = *at.layer().as<graph::Conv>();
  mvm.window = conv.window;
  mvm.groups = conv.groups;
  start(at, conv.weights, conv.bias, std::move(mvm));
}

/// {C_in, C_out / groups, h, w} as {C_out, C_in / groups, h, w}, every kernel turned by half a turn.
graph::Tensor turned(const graph::ConvTranspose& conv) {
  const int group_in = conv.weights.shape[0] / conv.groups, group_out = conv.weights.shape[1];
  const int taps = conv.weights.shape[2] * conv.weights.shape[3];
  graph::Tensor kernels{{group_out * conv.groups, group_in, conv.weights.shape[2], conv.weights.shape[3]},
                        {}};
  for (int o = 0; o < group_out * conv.groups; ++o)
    for (int c = 0; c < group_in; ++c) {
      const int channel = o / group_out * group_in + c;
      const float* kernel = conv.weights.values.data() +
                            (static_cast<std::ptrdiff_t>(channel) * group_out + o % group_out) * taps;
      kernels.values.insert(kernels.values.end(), std::make_reverse_iterator(kernel + taps),
                            std::make_reverse_iterator(kernel));
    }
  return kernels;
}

/// Every output pixel is one product with what its turned kernel sees of the input with zeros between its
/// pixels. As many weights as kernels have, as many products as there are outputs.
void lower_conv_transpose(Lowering& at) {
  if (!at.in_place(0)) return;
  const auto& conv = *at.layer().as<graph::ConvTranspose>();
  graph::Window window = conv.window;
  window.pad_top = (window.kernel_h - 1) * window.dilation_h - window.pad_top;
  window.pad_left = (window.kernel_w - 1) * window.dilation_w - window.pad_left;
  if (window.pad_top < 0 || window.pad_left < 0)
    return at.refuse("its padding cuts off more than its kernel lays out");
  window.stride_h = window.stride_w = 1;
  window.pad_bottom = window.pad_right = 0;
  MvmWork mvm;
  mvm.window = window;
  mvm.spread = {conv.window.stride_h, conv.window.stride_w};
  mvm.groups = conv.groups;
  start(at, turned(conv), conv.bias, std::move(mvm));
}

void lower_gemm(Lowering& at) {
  const auto& gemm = *at.layer().as<graph::Gemm>();
  if (at.layer().shape.size() == 1) return start(at, gemm.weights, gemm.bias, MvmWork{});
  const auto sequence = at.sequence(0);
  if (!sequence) return at.refuse("the steps of its sequence do not come one after the other");
  MvmWork every_step;
  every_step.window = graph::Window{};
  Stage stage =
      stage_of(at, gemm.weights, gemm.bias, std::move(every_step), {gemm.outputs(), at.layer().shape[0]});
  stage.inputs = {*sequence};
  at.start_sequence(std::move(stage));
}

}  // namespace

void register_matrix(Rules& rules) {
  rules.add("Conv", lower_conv);
  rules.add("ConvTranspose", lower_conv_transpose);
  rules.add("Gemm", lower_gemm);
}

}  // namespace phasecore::mapping
