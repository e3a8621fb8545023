// Exact integer matrix product of INT8 inputs and conductance codes, the inner loop of every simulated MVM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/analog/array.hpp"

namespace phasecore::analog {

/// The codes of one array as the product wants them: columns padded to full panels with zeros, or, of a
/// narrow array, rows padded to full registers.
class PackedConductances {
 public:
  static constexpr int kPanel = 16;  ///< columns of one panel: two vector registers of 32-bit sums
  static constexpr int kVectors =
      4;  ///< input vectors multiplied at a time: 4 x 2 sums and 4 inputs stay in registers
  /// Arrays of at most so many columns are multiplied column by column along their rows: a panel would be
  /// mostly padding.
  static constexpr int kNarrow = 4;
  static constexpr int kLargest = 32767;

  /// Throws InternalError if a code is no integer.
  explicit PackedConductances(const Conductances& codes);

  /// Can sums of `rows` products overflow 32 bits, or a code 16 bits? Then multiply() must not be used.
  bool exact() const { return exact_; }
  std::size_t padded_columns() const { return padded_columns_; }

  /// sums[v][j] = sum over rows of inputs[v][r] * code[r][j] for `vectors` <= kVectors; sums has
  /// padded_columns() per vector. The integer sum is exact and rounded once, to float, when it is stored.
  void multiply(int vectors, const std::int8_t* inputs, float* sums) const;

  /// The same without limits on the codes, in double: exact below 2^53; for the arrays that exact() refuses.
  static void multiply_wide(const Conductances& codes, const std::int8_t* input, float* sums);

 private:
  void pack_panels(const Conductances& codes);
  void pack_columns(const Conductances& codes);
  void set_exact(float largest, bool integers);

  int rows_;
  std::size_t pairs_, panels_ = 0, padded_columns_;  ///< panels_ 0: narrow
  bool exact_ = true;
  /// [panel][pair of rows][column]: two 16-bit codes, the even row's in the low half.
  std::unique_ptr<std::uint32_t[]> pairs_of_codes_;
  std::vector<std::int16_t> columns_;  ///< [column][row]
};

}  // namespace phasecore::analog
