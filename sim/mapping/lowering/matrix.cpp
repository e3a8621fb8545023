// Conv and Gemm: a weight matrix starts a stage of its own.
#include "models/graph/ops/conv.hpp"
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

void start(Lowering& at, const graph::Mvm& op, MvmWork mvm) {
  const graph::Layer& layer = at.layer();
  fill_matrix(op.weights, mvm);
  mvm.bias = op.bias.values;
  mvm.bias.resize(mvm.cols, 0.0f);
  mvm.plane = layer.shape;
  Stage stage;
  stage.inputs = {at.input(0)};
  stage.out_shape = layer.shape;
  stage.macs = graph::macs(at.network(), at.layer_index());
  stage.work = std::move(mvm);
  at.start(std::move(stage));
}

void lower_conv(Lowering& at) {
  if (!at.in_place(0)) return;
  MvmWork mvm;
  const auto& conv = *at.layer().as<graph::Conv>();
  mvm.window = conv.window;
  mvm.groups = conv.groups;
  start(at, conv, std::move(mvm));
}

void lower_gemm(Lowering& at) {
  start(at, *at.layer().as<graph::Gemm>(), MvmWork{});
}

}  // namespace

void register_matrix(Rules& rules) {
  rules.add("Conv", lower_conv);
  rules.add("Gemm", lower_gemm);
}

}  // namespace phasecore::mapping
