#include "models/graph/ops/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/graph/product.hpp"
#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

constexpr float kUnseen = -std::numeric_limits<float>::infinity();

/// Shares of a sum of 1 that go by exp(x); of nothing where no value is seen.
void softmax(float* x, int count) {
  const float largest = *std::max_element(x, x + count);
  if (largest == kUnseen) {
    std::fill_n(x, count, 0.0f);
    return;
  }
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += std::exp(static_cast<double>(x[i]) - largest);
  for (int i = 0; i < count; ++i)
    x[i] = static_cast<float>(std::exp(static_cast<double>(x[i]) - largest) / sum);
}

/// From products of queries and keys to what is asked for, row by row.
class Scores {
 public:
  Scores(const Attention& op, const std::vector<Sample>& inputs, const Shape& scores)
      : op_(op), keys_(scores[2]) {
    if (op.reads_mask) {
      mask_ = inputs[3].values;
      strides_ = broadcast_strides(*inputs[3].shape, scores);
    } else if (!op.mask.empty()) {
      mask_ = op.mask.values.data();
      strides_ = broadcast_strides(op.mask.shape, scores);
    }
  }

  void finish(float* x, int head, int query) const {
    for (int k = 0; k < keys_; ++k) x[k] *= op_.scale;
    if (op_.result == Attention::Result::Products) return;
    if (op_.cap > 0)
      for (int k = 0; k < keys_; ++k) x[k] = op_.cap * std::tanh(x[k] / op_.cap);
    if (op_.result == Attention::Result::Capped) return;
    hide(x, head, query);
    if (op_.result != Attention::Result::Masked) softmax(x, keys_);
  }

 private:
  void hide(float* x, int head, int query) const {
    if (mask_ != nullptr) {
      const float* mask = mask_ + head * strides_[0] + query * strides_[1];
      for (int k = 0; k < keys_; ++k) {
        const float m = mask[k * strides_[2]];
        x[k] = op_.mask_tells_seen ? (m != 0 ? x[k] : kUnseen) : x[k] + m;
      }
    }
    if (op_.causal)
      for (long long k = static_cast<long long>(op_.past) + query + 1; k < keys_; ++k) x[k] = kUnseen;
  }

  const Attention& op_;
  int keys_;
  const float* mask_ = nullptr;
  Strides strides_;
};

/// {rows, columns} -> {columns, rows}.
void transpose(const float* x, int rows, int columns, float* out) {
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      out[static_cast<long long>(c) * rows + r] = x[static_cast<long long>(r) * columns + c];
}

void check_sides(const std::vector<Source>& sources, Findings& findings) {
  static const char* const kNames[] = {"queries", "keys", "values"};
  for (int i = 0; i < 3; ++i)
    if (sources[i].shape->size() != 3)
      findings.add(std::string("its ") + kNames[i] + " of '" + *sources[i].name + "' (" +
                   to_string(*sources[i].shape) + ") must be heads x number x size");
  if (!findings.ok()) return;
  const Shape &q = *sources[0].shape, &k = *sources[1].shape, &v = *sources[2].shape;
  const auto differ = [&](const std::string& what, int a, int b) {
    if (a != b) findings.add(what + ": " + std::to_string(a) + " and " + std::to_string(b));
  };
  differ("queries and keys differ in size", q[2], k[2]);
  differ("keys and values differ in number", k[1], v[1]);
  differ("keys and values differ in heads", k[0], v[0]);
  if (q[0] % k[0] != 0)
    findings.add(std::to_string(q[0]) + " heads of queries cannot share " + std::to_string(k[0]) +
                 " heads of keys evenly");
}

}  // namespace

void Attention::check(Findings& findings) const {
  if (!std::isfinite(scale)) findings.add("its scale must be finite");
  if (!(cap >= 0 && std::isfinite(cap))) findings.add("its softcap must be finite and not negative");
  if (past < 0) findings.add("has " + std::to_string(past) + " keys from before");
  if (mask.empty()) return;
  if (bounded_volume(mask.shape) != static_cast<long long>(mask.values.size()))
    findings.add("its mask of shape " + to_string(mask.shape) + " holds " +
                 std::to_string(mask.values.size()) + " values");
  if (std::any_of(mask.values.begin(), mask.values.end(), [](float m) { return !(m < -kUnseen); }))
    findings.add("its mask must hold numbers, or -infinity where a key is not seen");
}

Shape Attention::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  check_sides(sources, findings);
  if (!findings.ok()) return {};
  const Shape &q = *sources[0].shape, &v = *sources[2].shape, scores{q[0], q[1], v[1]};
  static const std::string kScores = "its scores", kMask = "its mask";
  const Shape* given = reads_mask ? sources[3].shape : mask.empty() ? nullptr : &mask.shape;
  if (given != nullptr) {
    const Shape both = broadcast_shape({{&kScores, &scores}, {&kMask, given}}, findings);
    if (findings.ok() && both != scores)
      findings.add("its mask of shape " + to_string(*given) + " does not fit its scores (" +
                   to_string(scores) + ")");
  }
  return result == Result::Values ? Shape{q[0], q[1], v[2]} : scores;
}

void Attention::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                    Scratch& scratch) const {
  const Shape &q = *inputs[0].shape, &k = *inputs[1].shape;
  const int heads = q[0], queries = q[1], size = q[2], keys = k[1], wide = shape[2];
  const int at_once = static_cast<int>(std::clamp<long long>(kPatchValues / keys, 1, queries));
  const Scores scores(*this, inputs, {heads, queries, keys});
  const long long key_values = static_cast<long long>(size) * keys;
  scratch.resize(static_cast<std::size_t>(key_values + static_cast<long long>(at_once) * keys));
  float* const turned = scratch.data();
  float* const rows = turned + key_values;
  for (int head = 0; head < heads; ++head) {
    const int shared = head / (heads / k[0]);
    transpose(inputs[1].values + shared * key_values, keys, size, turned);
    for (int first = 0; first < queries; first += at_once) {
      const int count = std::min(at_once, queries - first);
      const long long row = static_cast<long long>(head) * queries + first;
      const long long values = static_cast<long long>(count) * keys;
      std::fill_n(rows, values, 0.0f);
      accumulate(ConstMap(inputs[0].values + row * size, count, size, Eigen::OuterStride<>(size)),
                 ConstMap(turned, size, keys, Eigen::OuterStride<>(keys)),
                 Map(rows, count, keys, Eigen::OuterStride<>(keys)));
      for (int i = 0; i < count; ++i) scores.finish(rows + static_cast<long long>(i) * keys, head, first + i);
      float* const y = out + row * wide;
      if (result != Result::Values) {
        std::copy_n(rows, values, y);
        continue;
      }
      std::fill_n(y, static_cast<long long>(count) * wide, 0.0f);
      accumulate(ConstMap(rows, count, keys, Eigen::OuterStride<>(keys)),
                 ConstMap(inputs[2].values + static_cast<long long>(shared) * keys * wide, keys, wide,
                          Eigen::OuterStride<>(wide)),
                 Map(y, count, wide, Eigen::OuterStride<>(wide)));
    }
  }
}

}  // namespace phasecore::graph
