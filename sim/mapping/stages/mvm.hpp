// A convolution or Gemm, in crossbars or in a digital unit, with what the digital units do to its sums.
#pragma once

#include <optional>
#include <vector>

#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/activation.hpp"
#include "sim/mapping/stages/pool.hpp"

namespace phasecore::mapping {

/// Rows [row_begin, row_end) x columns [col_begin, col_end) of a stage's weight matrix, in one core.
/// Sub-matrices with equal columns form a chain of partial sums in the order of `chain position` = 0, 1, ...
struct SubMatrix {
  int row_begin = 0, row_end = 0, col_begin = 0, col_end = 0;
  int chain_position = 0;
  int core = -1;
};

/// out = pool(activation(first_activation(W x + b) + inputs[1] + ...)), every piece but W optional; x is what
/// the window sees of inputs[0]. Fires once per pixel of `plane`. A fused pool emits at the firing that
/// completes a window, one window at a time, in raster order.
struct MvmWork final : StageWork {
  graph::Shape plane;                   ///< of W x + b: {C_out, H, W} or {F}
  std::optional<graph::Window> window;  ///< of a convolution; none: a Gemm, whose row r is the input's value
                                        ///< r in C order, so Flatten needs no stage
  Spread spread;  ///< of a transposed convolution, which is one of its input with zeros between the pixels
  int groups = 1;
  int rows = 0, cols = 0;  ///< weight matrix: rows = C_in*kh*kw (channel-major: c, ky, kx), cols = C_out
  /// rows x cols, row-major. Grouped convolutions: block-diagonal, zeros outside the blocks.
  std::vector<float> weights;
  std::vector<float> bias;  ///< cols, never empty
  bool digital = false;     ///< computed exactly by a digital unit (per-layer override)
  int adc_bits = 0;
  Activation first_activation;  ///< before the other inputs are added
  Activation activation;
  std::optional<Pool> pool;
  std::vector<SubMatrix> submatrices;  ///< sorted by (col_begin, chain position); empty when digital

  /// MVMs per image.
  int positions() const;
  /// Rows of the weight matrix that one channel of the input feeds.
  int rows_per_channel(const Stage& stage) const;
  /// Is a sub-matrix the last of its chain of partial sums?
  bool ends_chain(std::size_t submatrix) const;
  /// Real (not structurally zero) weights in a sub-matrix.
  long long weights_in(const SubMatrix& part) const;

  int firings(const Stage& stage) const override;
  Reads reads(const Stage& stage, int input) const override;
  std::vector<std::uint8_t> emits(const Stage& stage) const override;
  DigitalDemand demand(const Stage& stage) const override;
  Activation* joined_activation(const Activation& /*next*/) override { return &activation; }
};

/// The work of a stage that is computed in crossbars, else null.
const MvmWork* in_crossbars(const Stage& stage);
MvmWork* in_crossbars(Stage& stage);
/// None for a stage that is not in crossbars.
const std::vector<SubMatrix>& submatrices_of(const Stage& stage);

}  // namespace phasecore::mapping
