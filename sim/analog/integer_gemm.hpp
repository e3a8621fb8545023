// Exact integer matrix product of INT8 inputs and conductance codes, the inner loop of every simulated MVM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/analog/array.hpp"

namespace phasecore::analog {

/// Input vectors in memory, 16 bits a value. A vector's values lie in runs (RowLayout), each at its own place
/// from the vector's address on; up to kReadable values behind a run's end are read and not used.
struct InputVectors {
  int count = 0;
  const std::int16_t* const* addresses = nullptr;  ///< per vector
  const std::ptrdiff_t* offsets = nullptr;         ///< per run
};
inline constexpr int kReadable = 16;

/// How the rows of an array stand in its input vectors.
struct RowLayout {
  std::vector<int> order;  ///< row of the array that each value belongs to; empty: as they are
  std::vector<int> runs;   ///< how many values each run has; empty: one run of all
};

/// The codes of one array as the product wants them: columns padded to full panels with zeros, or, of a
/// narrow array, rows padded to full registers.
class PackedConductances {
 public:
  /// Arrays of at most so many columns are multiplied column by column along their rows, which must be one
  /// run: a panel would be mostly padding.
  static constexpr int kNarrow = 4;
  static constexpr int kLargest = 32767;

  /// Throws InternalError if a code is no integer.
  explicit PackedConductances(const Conductances& codes, RowLayout layout = {});

  int rows() const { return rows_; }
  int cols() const { return cols_; }
  const std::vector<int>& runs() const { return runs_; }
  /// Of the sums that multiply() writes: its columns with their padding.
  std::size_t stride() const { return stride_; }

  /// sums[v][j] = sum over rows of input[r] * code[r][j]; stride() sums per vector. The integer sum is exact
  /// and rounded once, to float, when it is stored.
  void multiply(const InputVectors& inputs, float* sums) const;

  bool operator==(const PackedConductances& other) const;

 private:
  void pack_panels(const Conductances& codes, const std::vector<int>& order);
  void pack_columns(const Conductances& codes, const std::vector<int>& order);
  void set_exact(float largest, bool integers);
  void multiply_narrow(const InputVectors& inputs, float* sums) const;
  void multiply_wide(const InputVectors& inputs, float* sums) const;

  int rows_, cols_;
  std::vector<int> runs_, run_pairs_;
  std::size_t pairs_, panels_ = 0, stride_;  ///< panels_ 0: narrow
  bool exact_ = true;
  /// [panel][pair of values][column]: two 16-bit codes, the first row's in the low half.
  std::vector<std::uint32_t> pairs_of_codes_;
  std::vector<std::int16_t> columns_;  ///< [column][row]
  /// rows x cols, where a code does not fit 16 bits or a sum 32; else empty.
  std::vector<float> wide_;
};

/// Vectors of INT8 codes, one after the other, as an array reads them.
class WidenedRows {
 public:
  /// rows: count x array.rows(), in the order of its layout.
  WidenedRows(const PackedConductances& array, int count, const std::int8_t* rows);
  InputVectors vectors() const {
    return {static_cast<int>(addresses_.size()), addresses_.data(), offsets_.data()};
  }

 private:
  std::vector<std::int16_t> values_;
  std::vector<const std::int16_t*> addresses_;
  std::vector<std::ptrdiff_t> offsets_;
};

}  // namespace phasecore::analog
