#include "nas/surrogate/booster.hpp"

#include <dlfcn.h>
#include <xgboost/c_api.h>

#include <limits>
#include <string>
#include <utility>

#include "common/diagnostics.hpp"

namespace phasecore::surrogate {

namespace {

constexpr int kRounds = 60;

/// Opened when the first model is fitted: linked, its thousands of symbols would be a third of the time that
/// the program takes to start.
void* library() {
  static void* const opened = ::dlopen(PHASECORE_XGBOOST, RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) throw common::EnvironmentError(std::string("cannot open XGBoost: ") + ::dlerror());
  return opened;
}

/// A function of the library, as its header declares it.
template <class Function>
Function* xgboost(const char* name) {
  void* const function = ::dlsym(library(), name);
  common::ensure(function != nullptr, std::string("XGBoost has no function ") + name);
  return reinterpret_cast<Function*>(function);
}

void check(int status) {
  if (status == 0) return;
  throw common::InternalError(std::string("XGBoost: ") +
                              xgboost<decltype(XGBGetLastError)>("XGBGetLastError")());
}

}  // namespace

Matrix::Matrix(const std::vector<std::vector<double>>& rows) : rows_(rows.size()) {
  common::ensure(!rows.empty() && !rows[0].empty(), "surrogate: no rows");
  std::vector<float> values;
  values.reserve(rows.size() * rows[0].size());
  for (const auto& row : rows) {
    common::ensure(row.size() == rows[0].size(), "surrogate: rows of different lengths");
    for (const double value : row) values.push_back(static_cast<float>(value));
  }
  const auto make = xgboost<decltype(XGDMatrixCreateFromMat_omp)>("XGDMatrixCreateFromMat_omp");
  check(
      make(values.data(), rows.size(), rows[0].size(), std::numeric_limits<float>::quiet_NaN(), &handle_, 1));
}

Matrix::~Matrix() {
  if (handle_ != nullptr) xgboost<decltype(XGDMatrixFree)>("XGDMatrixFree")(handle_);
}

Booster::Booster(Matrix& rows, const std::vector<double>& labels, std::uint64_t seed) {
  common::ensure(labels.size() == rows.rows(), "surrogate: one label per row");
  const std::vector<float> values(labels.begin(), labels.end());
  check(xgboost<decltype(XGDMatrixSetFloatInfo)>("XGDMatrixSetFloatInfo")(rows.handle(), "label",
                                                                          values.data(), values.size()));
  void* matrix = rows.handle();
  check(xgboost<decltype(XGBoosterCreate)>("XGBoosterCreate")(&matrix, 1, &handle_));
  // Shallow and slow enough for some dozens of noisy rows; "hist" is as good as "exact" there and twice as
  // fast.
  const std::pair<const char*, std::string> parameters[] = {{"objective", "reg:squarederror"},
                                                            {"tree_method", "hist"},
                                                            {"nthread", "1"},
                                                            {"verbosity", "0"},
                                                            {"base_score", "0"},
                                                            {"eta", "0.15"},
                                                            {"max_depth", "4"},
                                                            {"min_child_weight", "2"},
                                                            {"subsample", "0.8"},
                                                            {"colsample_bytree", "0.7"},
                                                            {"seed", std::to_string(seed % 2147483648u)}};
  const auto set = xgboost<decltype(XGBoosterSetParam)>("XGBoosterSetParam");
  for (const auto& [name, value] : parameters) check(set(handle_, name, value.c_str()));
  const auto update = xgboost<decltype(XGBoosterUpdateOneIter)>("XGBoosterUpdateOneIter");
  for (int round = 0; round < kRounds; ++round) check(update(handle_, round, matrix));
}

Booster::~Booster() {
  if (handle_ != nullptr) xgboost<decltype(XGBoosterFree)>("XGBoosterFree")(handle_);
}

std::vector<double> Booster::predict(const Matrix& rows) const {
  const char* config =
      R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  const auto predict = xgboost<decltype(XGBoosterPredictFromDMatrix)>("XGBoosterPredictFromDMatrix");
  check(predict(handle_, rows.handle(), config, &shape, &dimensions, &values));
  return {values, values + rows.rows()};
}

}  // namespace phasecore::surrogate
