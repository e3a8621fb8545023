// Products in double of a matrix that may be mostly zeros.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <vector>

namespace phasecore::numerics {

/// Columns whose sums are held in registers: eight of AVX2, as many as keep its multipliers busy, or four.
inline constexpr int kWide = 32, kNarrow = 16;

/// A matrix that is multiplied one vector after the other, in double. A tile's is mostly zeros: each copy of
/// a kernel has the rows of its own window.
class SummedMatrix {
 public:
  SummedMatrix() = default;
  SummedMatrix(const std::vector<float>& matrix, int columns) {
    for (int first = 0; first < columns; first += groups_.back().columns) {
      const int left = columns - first;
      add_group(matrix, columns, first, left >= kWide ? kWide : std::min(left, kNarrow));
    }
  }

  /// sums[j] += weights[row][j] * inputs[row] over the rows, in their order. Half of all activations are
  /// zeros, which add nothing; neither do weights of zero.
  void add(const float* inputs, double* sums) {
    for (const Group& group : groups_) {
      if (!group.shares_rows) find_terms(group.rows, inputs);
      if (group.columns == kWide)
        add_held<kWide>(group, sums);
      else if (group.columns == kNarrow)
        add_held<kNarrow>(group, sums);
      else
        add_few(group, sums);
      sums += group.columns;
    }
  }

 private:
  /// Neighbouring columns.
  struct Group {
    int columns = 0;
    bool shares_rows = false;     ///< those of the group before
    std::vector<int> rows;        ///< in which any of them has a weight
    std::vector<double> weights;  ///< row by row; floats that are widened each time take half as long again
  };
  struct Term {
    int row;  ///< of a group's weights
    double input;
  };

  void add_group(const std::vector<float>& matrix, int stride, int first, int columns) {
    Group& group = groups_.emplace_back();
    group.columns = columns;
    const int rows = static_cast<int>(matrix.size()) / stride;
    for (int row = 0; row < rows; ++row) {
      const float* weights = matrix.data() + static_cast<std::ptrdiff_t>(row) * stride + first;
      if (std::all_of(weights, weights + columns, [](float w) { return w == 0.0f; })) continue;
      group.rows.push_back(row);
      group.weights.insert(group.weights.end(), weights, weights + columns);
    }
    group.shares_rows = groups_.size() > 1 && groups_[groups_.size() - 2].rows == group.rows;
  }

  void find_terms(const std::vector<int>& rows, const float* inputs) {
    terms_.resize(std::max(terms_.size(), rows.size()));
    Term* next = terms_.data();
    for (int r = 0; r < static_cast<int>(rows.size()); ++r) {
      const float input = inputs[rows[r]];
      *next = {r, static_cast<double>(input)};
      next += input != 0.0f ? 1 : 0;
    }
    used_ = static_cast<std::size_t>(next - terms_.data());
  }

  template <int N>
  void add_held(const Group& group, double* sums) const {
    using Columns = Eigen::Array<double, N, 1>;
    Columns held = Eigen::Map<const Columns>(sums);
    for (std::size_t u = 0; u < used_; ++u)
      held += Eigen::Map<const Columns>(group.weights.data() + std::ptrdiff_t{N} * terms_[u].row) *
              terms_[u].input;
    std::copy_n(held.data(), N, sums);
  }

  void add_few(const Group& group, double* sums) const {
    for (std::size_t u = 0; u < used_; ++u)
      for (int j = 0; j < group.columns; ++j)
        sums[j] += group.weights[terms_[u].row * group.columns + j] * terms_[u].input;
  }

  std::vector<Group> groups_;
  std::vector<Term> terms_;  ///< of a vector
  std::size_t used_ = 0;     ///< of them: those with inputs that are not 0
};

}  // namespace phasecore::numerics
