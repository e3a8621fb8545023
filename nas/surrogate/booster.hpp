// Gradient-boosted regression trees through the C interface of XGBoost. Inside nas/surrogate only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace phasecore::surrogate {

/// Rows of equal length for XGBoost; NaN = missing.
class Matrix {
 public:
  explicit Matrix(const std::vector<std::vector<double>>& rows);
  ~Matrix();
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  std::size_t rows() const { return rows_; }
  void* handle() const { return handle_; }

 private:
  void* handle_ = nullptr;
  std::size_t rows_;
};

/// One fitted model. Squared error, one thread: equal arguments give equal predictions. Labels should be of
/// the order of 1.
class Booster {
 public:
  /// `labels` has one value per row. Throws InternalError with XGBoost's message.
  Booster(Matrix& rows, const std::vector<double>& labels, std::uint64_t seed);
  ~Booster();
  Booster(Booster&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Booster& operator=(Booster&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  std::vector<double> predict(const Matrix& rows) const;

 private:
  void* handle_ = nullptr;
};

}  // namespace phasecore::surrogate
