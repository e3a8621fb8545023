// One matrix-vector product as crossbars and converters see it. Inside nas/train only.
#pragma once

#include <torch/types.h>

#include <functional>

#include "nas/train/operators.hpp"

namespace phasecore::train {

/// What has a range on its way through a code: told to `observe`, then rounded as `pass` says.
torch::Tensor through_range(const std::string& name, const torch::Tensor& x, int bits, const Pass& pass);

/// The range called `name`. InternalError if the pass has none.
double range_of(const std::string& name, const Pass& pass);

/// The weight {C_out, ...} with this pass' errors.
torch::Tensor with_weight_errors(const torch::Tensor& weight, const Pass& pass);

/// A column of rows values cut into equal parts of at most `tile_rows`: borders, from 0 to `rows`.
std::vector<int> row_cuts(int rows, int tile_rows);

/// Multiplies a layer's input, or part of it, by its weight.
using Multiply = std::function<torch::Tensor(const torch::Tensor& weight, const torch::Tensor& x,
                                             const torch::Tensor& bias)>;

/// What the torch versions of Conv and Gemm share: the product with the weight's errors, behind the
/// converters if the pass has some. `groups`: of channels.
torch::Tensor mvm(const LayerPass& at, int groups, const Multiply& multiply);

/// Multiplies part of a weight with its input channels [first, first + count) (of every group).
using Product = std::function<torch::Tensor(const torch::Tensor& weight, int first, int count)>;

/// A weight {C_out, ...} as one pass programs it: its errors are drawn once, for any number of products.
struct Programmed {
  torch::Tensor weight;  ///< with its errors
  torch::Tensor scale;   ///< largest() without them, for converters; undefined where the pass has none
};
Programmed programmed(const torch::Tensor& weight, const Pass& pass);

/// The sum over all tiles behind their converters. `name` is the layer's.
torch::Tensor through_converters(const std::string& name, const Programmed& weight, const Pass& pass,
                                 const Product& product);

/// x {N, rows} times a weight {C_out, rows}, behind the converters if the pass has some.
torch::Tensor product(const std::string& name, const Programmed& weight, const torch::Tensor& x,
                      const Pass& pass);

/// The range of what the gates of a recurrent layer take, "<layer>.gates".
std::string gates_range(const graph::Layer& layer);

}  // namespace phasecore::train
