#include "models/graph/ops/pool.hpp"

namespace phasecore::graph {
namespace {

/// One window's rows and columns.
struct Place {
  const Axis &y, &x;
  Taps rows, columns;
};

const float* row_of(const float* plane, const Place& at, int ky) {
  return plane + static_cast<long long>(at.y.pixel(at.rows, ky)) * at.x.extent;
}

/// `use(value)` for every value of the plane that the window sees.
template <class Use>
void for_each_value(const float* plane, const Place& at, Use use) {
  for (int ky = at.rows.begin; ky < at.rows.end; ++ky) {
    const float* row = row_of(plane, at, ky);
    for (int kx = at.columns.begin; kx < at.columns.end; ++kx) use(row[at.x.pixel(at.columns, kx)]);
  }
}

/// `pooled(plane, place)` for every channel and window.
template <class Pooled>
void slide(const Window& w, const Sample& input, const Shape& out_shape, float* out, Pooled pooled) {
  const Shape& in = *input.shape;
  const int out_h = out_shape[1], out_w = out_shape[2];
  const Axis rows = rows_of(w, in[1]), columns = columns_of(w, in[2]);
  for (int oy = 0; oy < out_h; ++oy)
    for (int ox = 0; ox < out_w; ++ox) {
      const Place place{rows, columns, rows.taps(oy), columns.taps(ox)};
      for (int c = 0; c < in[0]; ++c)
        out[(static_cast<long long>(c) * out_h + oy) * out_w + ox] =
            pooled(input.values + static_cast<long long>(c) * in[1] * in[2], place);
    }
}

}  // namespace

void Pool::check(Findings& findings) const {
  check_window(window, findings);
}

Shape Pool::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  const Shape& in = *sources[0].shape;
  Shape out = window_shape(window, in[0], in, findings);
  if (!out.empty() && !every_window_sees_a_pixel(window, in, out))
    findings.add("a window holds nothing but padding");
  return out;
}

void MaxPool::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                  Scratch& /*scratch*/) const {
  slide(window, inputs[0], shape, out, [](const float* plane, const Place& at) {
    float largest = row_of(plane, at, at.rows.begin)[at.x.pixel(at.columns, at.columns.begin)];
    for_each_value(plane, at, [&](float value) { largest = std::max(largest, value); });
    return largest;
  });
}

void AveragePool::check(Findings& findings) const {
  Pool::check(findings);
  if (window.dilation_h != 1 || window.dilation_w != 1)
    findings.add("dilation " + pair_text(window.dilation_h, window.dilation_w) +
                 " must be 1x1 in an average pool");
}

void AveragePool::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                      Scratch& /*scratch*/) const {
  const bool padding_counts = window.count_include_pad;
  slide(window, inputs[0], shape, out, [&](const float* plane, const Place& at) {
    const int divisor =
        padding_counts ? at.rows.padded * at.columns.padded : at.rows.count() * at.columns.count();
    double sum = 0;
    for_each_value(plane, at, [&](float value) { sum += value; });
    return static_cast<float>(sum / divisor);
  });
}

}  // namespace phasecore::graph
