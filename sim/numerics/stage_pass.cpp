#include "sim/numerics/stage_pass.hpp"

#include <algorithm>

#include "common/random.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::numerics {
namespace {

/// Bytes that one block of vectors may touch: half of a 1 MiB second-level cache.
constexpr int kBlockBytes = 512 * 1024;
/// Values of a pooled stage held at once.
constexpr int kPlaneValues = 1 << 16;

/// Where channel-major value `flat` of a {C, H, W} image lies in pixel-major order.
int pixel_major(const graph::Shape& image, int flat) {
  const int pixels = image[1] * image[2];
  return flat % pixels * image[0] + flat / pixels;
}

}  // namespace

int code_max(const config::Chip& chip) {
  if (chip.crossbar.input_bits < 2 || chip.crossbar.input_bits > 8)
    throw common::InputError("crossbar.input_bits is " + std::to_string(chip.crossbar.input_bits) +
                             "; activations are INT8 codes, so 2 to 8 are allowed");
  return (1 << (chip.crossbar.input_bits - 1)) - 1;
}

int partial_max(const config::Chip& chip) {
  if (chip.numbers.partial_sum_bits < 2 || chip.numbers.partial_sum_bits > 8)
    throw common::InputError("numbers.partial_sum_bits is " + std::to_string(chip.numbers.partial_sum_bits) +
                             "; partial sums travel as INT8 codes, so 2 to 8 are allowed");
  return (1 << (chip.numbers.partial_sum_bits - 1)) - 1;
}

graph::Shape as_image(const graph::Shape& shape) {
  return shape.size() == 3 ? shape : graph::Shape{static_cast<int>(graph::volume(shape)), 1, 1};
}

const graph::Shape& output_shape(const mapping::Mapping& mapping, int stage) {
  return stage == mapping::kNetworkInput ? mapping.input_shape : mapping.stages.at(stage).out_shape;
}

StagePass::StagePass(const mapping::Mapping& mapping, int stage, const config::Chip& chip,
                     const config::Device& device, const Calibration& calibration)
    : stage_(&mapping.stages.at(stage)),
      layer_(common::stable_hash(stage_->name)),
      levels_(chip.numbers.conductance_levels),
      max_code_(code_max(chip)),
      partial_max_(partial_max(chip)),
      fp16_output_(chip.numbers.logits_fp16 && stage + 1 == static_cast<int>(mapping.stages.size())) {
  const auto step_of = [&](int s) {
    return s == mapping::kNetworkInput ? calibration.input_step : calibration.output_step.at(s);
  };
  input_step_ = step_of(stage_->input);
  if (stage_->skip) skip_step_ = step_of(*stage_->skip);
  output_step_ = calibration.output_step.at(stage);
  partial_step_ = calibration.partial_step.at(stage);
  common::ensure(input_step_ > 0 && (!stage_->skip || skip_step_ > 0) && (fp16_output_ || output_step_ > 0),
                 "numerics: stage '" + stage_->name + "' has no code step");
  set_shapes(mapping);
  if (stage_->kind != mapping::StageKind::Mvm) return;
  set_patches();
  if (stage_->digital) {
    quantise_weights();
    return;
  }
  converter_ = analog::make_converter(chip, device, stage_->adc_bits);
  ideal_converter_ = converter_;
  ideal_converter_.law = config::AdcLaw::Linear;
  ideal_converter_.output_noise = 0;
}

void StagePass::set_shapes(const mapping::Mapping& mapping) {
  const bool gemm = stage_->op == graph::Op::Gemm;
  const graph::Shape given = as_image(output_shape(mapping, stage_->input));
  input_ = gemm ? graph::Shape{stage_->rows, 1, 1} : as_image(stage_->in_shape);
  plane_ = as_image(stage_->mvm_shape);
  const graph::Shape out = as_image(stage_->out_shape);
  input_volume_ = static_cast<int>(graph::volume(input_));
  positions_ = plane_[1] * plane_[2];
  output_pixels_ = out[1] * out[2];
  output_width_ = out[2];
  output_volume_ = static_cast<int>(graph::volume(out));
  common::ensure(graph::volume(given) == input_volume_,
                 "numerics: stage '" + stage_->name + "' reads another size than its input delivers");
  if (given != input_)
    for (int pixel = 0; pixel < input_[1] * input_[2]; ++pixel)
      for (int c = 0; c < input_[0]; ++c)
        order_.push_back(pixel_major(given, c * input_[1] * input_[2] + pixel));
  if (stage_->skip)
    common::ensure(as_image(output_shape(mapping, *stage_->skip)) == plane_,
                   "numerics: the skip connection into '" + stage_->name + "' has another shape");
}

void StagePass::set_patches() {
  const graph::Window window = stage_->op == graph::Op::Gemm ? graph::Window{} : stage_->window;
  const auto add = [&](int begin, int end) {
    for (std::size_t i = 0; i < patches_.size(); ++i)
      if (patches_[i].row_begin() == begin && patches_[i].rows() == end - begin)
        return patches_of_.push_back(static_cast<int>(i));
    patches_of_.push_back(static_cast<int>(patches_.size()));
    patches_.emplace_back(input_, window, plane_[2], begin, end);
  };
  if (stage_->digital) add(0, stage_->rows);
  for (const mapping::SubMatrix& m : stage_->submatrices) add(m.row_begin, m.row_end);
}

bool StagePass::ends_chain(int submatrix) const {
  const auto& all = stage_->submatrices;
  const std::size_t next = static_cast<std::size_t>(submatrix) + 1;
  return next == all.size() || all[next].chain_position == 0;
}

const std::int8_t* StagePass::arrange(int samples, const std::int8_t* input,
                                      std::vector<std::int8_t>& buffer) const {
  if (order_.empty()) return input;
  buffer.resize(order_.size() * samples);
  for (int s = 0; s < samples; ++s)
    for (std::size_t i = 0; i < order_.size(); ++i)
      buffer[s * order_.size() + i] = input[s * order_.size() + order_[i]];
  return buffer.data();
}

void StagePass::multiply(int submatrix, const StageState& state, const Draws& draws, int n,
                         const std::int8_t* rows, const std::int32_t* images, const std::int32_t* positions,
                         const std::int8_t* received, Workspace& work, float* values) const {
  const mapping::SubMatrix& m = stage_->submatrices.at(submatrix);
  const int columns = m.col_end - m.col_begin;
  work.counts.resize(static_cast<std::size_t>(n) * columns);
  analog::multiply(state.conductances.at(submatrix), draws.analog ? converter_ : ideal_converter_, max_code_,
                   n, rows, {draws.seed, draws.instance, layer_, m.chain_position}, images, positions,
                   m.col_begin, levels_, work.counts.data());
  analog::affine(n, columns, work.counts.data(), state.affine.at(submatrix), received,
                 received == nullptr ? 0.0f : partial_step_.at(m.chain_position - 1), values);
  if (work.health == nullptr) return;
  work.health->see_counts(work.counts.size(), work.counts.data());
  work.health->see_values(work.counts.size(), values);
  if (!ends_chain(submatrix))
    work.health->partial.see(work.counts.size(), values, partial_step_.at(m.chain_position), partial_max_);
}

void StagePass::encode_partial(int submatrix, int n, const float* values, std::int8_t* codes) const {
  const mapping::SubMatrix& m = stage_->submatrices.at(submatrix);
  numerics::encode(static_cast<std::size_t>(n) * (m.col_end - m.col_begin), values,
                   1.0f / partial_step_.at(m.chain_position), partial_max_, codes);
}

void StagePass::start_digital(std::size_t count, const std::int8_t* input, const std::int8_t* skip,
                              float* values) const {
  if (skip == nullptr) return decode(count, input, input_step_, values);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(input[i]) * input_step_;
  add_codes(count, skip, skip_step_, values);
}

void StagePass::combine(std::size_t count, const std::int8_t* skip, float* values) const {
  activate(stage_->first_activation, count, values);
  if (skip != nullptr) add_codes(count, skip, skip_step_, values);
  activate(stage_->activation, count, values);
}

void StagePass::pool_pixel(int pixel, const float* plane, std::ptrdiff_t pitch, int channels,
                           float* out) const {
  numerics::pool_pixel(*stage_->pool, plane_, plane, pitch, channels, pixel / output_width_,
                       pixel % output_width_, out);
}

void StagePass::encode(std::size_t count, const float* values, std::int8_t* codes) const {
  numerics::encode(count, values, 1.0f / output_step_, max_code_, codes);
}

void StagePass::deliver(std::size_t count, const float* values, StageHealth* health,
                        std::int8_t* codes) const {
  if (health != nullptr) {
    health->see_delivered(count, values);
    if (codes != nullptr) health->output.see(count, values, output_step_, max_code_);
  }
  if (codes != nullptr) encode(count, values, codes);
}

int StagePass::block() const {
  // Per vector: codes of the rows; counts, one chain's and all values of the columns.
  const int bytes = stage_->rows + 12 * stage_->cols;
  return std::clamp(kBlockBytes / bytes, 16, 2048);
}

const std::int8_t* StagePass::gather(int begin, int n, const std::int8_t* arranged, Workspace& work) const {
  std::size_t total = 0;
  for (const Patches& p : patches_) total += static_cast<std::size_t>(n) * p.rows();
  work.rows.resize(total);
  std::int8_t* out = work.rows.data();
  for (const Patches& p : patches_)
    for (int v = begin; v < begin + n;) {
      const int sample = v / positions_, position = v % positions_;
      const int count = std::min(positions_ - position, begin + n - v);
      p.gather(arranged + static_cast<std::ptrdiff_t>(sample) * input_volume_, position, count, out);
      out += static_cast<std::ptrdiff_t>(count) * p.rows();
      v += count;
    }
  return work.rows.data();
}

/// Vectors [begin, begin + n), counted over the samples of the batch -> n x columns values.
void StagePass::sums(const StageState& state, const Draws& draws, int first_image, int begin, int n,
                     const std::int8_t* arranged, Workspace& work, float* values) const {
  const std::int8_t* rows = gather(begin, n, arranged, work);
  if (stage_->digital) return multiply_digital(n, rows, work, values);
  std::vector<std::ptrdiff_t> start(patches_.size(), 0);
  for (std::size_t i = 1; i < patches_.size(); ++i)
    start[i] = start[i - 1] + static_cast<std::ptrdiff_t>(n) * patches_[i - 1].rows();
  work.images.resize(n);
  work.positions.resize(n);
  for (int i = 0; i < n; ++i) {
    work.images[i] = first_image + (begin + i) / positions_;
    work.positions[i] = (begin + i) % positions_;
  }
  for (int m = 0; m < static_cast<int>(stage_->submatrices.size()); ++m) {
    const mapping::SubMatrix& sub = stage_->submatrices[m];
    const int columns = sub.col_end - sub.col_begin;
    const bool whole = columns == stage_->cols;
    work.chain.resize(static_cast<std::size_t>(n) * columns);
    float* out = whole ? values : work.chain.data();
    multiply(m, state, draws, n, rows + start[patches_of_[m]], work.images.data(), work.positions.data(),
             sub.chain_position == 0 ? nullptr : work.received.data(), work, out);
    if (!ends_chain(m)) {
      work.received.resize(static_cast<std::size_t>(n) * columns);
      encode_partial(m, n, out, work.received.data());
    } else if (!whole) {
      for (int i = 0; i < n; ++i)
        std::copy_n(out + static_cast<std::ptrdiff_t>(i) * columns, columns,
                    values + static_cast<std::ptrdiff_t>(i) * stage_->cols + sub.col_begin);
    }
  }
}

void StagePass::run_sums(const StageState& state, const Draws& draws, int samples, int first_image,
                         const std::int8_t* input, Workspace& work, float* values) const {
  const std::int8_t* arranged = arrange(samples, input, work.input);
  const int vectors = samples * positions_;
  for (int begin = 0, step = block(); begin < vectors; begin += step)
    sums(state, draws, first_image, begin, std::min(step, vectors - begin), arranged, work,
         values + static_cast<std::ptrdiff_t>(begin) * stage_->cols);
}

void StagePass::run(const StageState& state, const Draws& draws, int samples, int first_image,
                    const std::int8_t* input, const std::int8_t* skip, Workspace& work, std::int8_t* codes,
                    float* values) const {
  const bool mvm = stage_->kind == mapping::StageKind::Mvm;
  const std::int8_t* arranged = arrange(samples, input, work.input);
  const std::ptrdiff_t plane = plane_volume();
  const int step = mvm ? block() : std::max(1, kPlaneValues / plane_[0]);
  // A pool needs whole images before it can start.
  const int group = has_pool() ? std::max(1, kPlaneValues / plane_volume()) : samples;
  for (int first = 0; first < samples; first += group) {
    const int vectors = std::min(group, samples - first) * positions_;
    if (has_pool()) work.plane.resize(static_cast<std::size_t>(vectors) * plane_[0]);
    for (int begin = 0; begin < vectors; begin += step) {
      const int n = std::min(step, vectors - begin);
      const std::size_t count = static_cast<std::size_t>(n) * plane_[0];
      const std::ptrdiff_t at = first * plane + static_cast<std::ptrdiff_t>(begin) * plane_[0];
      const std::int8_t* skipped = skip == nullptr ? nullptr : skip + at;
      work.values.resize(count);
      float* out = has_pool() ? work.plane.data() + static_cast<std::ptrdiff_t>(begin) * plane_[0]
                              : (codes == nullptr ? values + at : work.values.data());
      if (mvm) {
        sums(state, draws, first_image, first * positions_ + begin, n, arranged, work, out);
        combine(count, skipped, out);
      } else {
        start_digital(count, arranged + at, skipped, out);
        if (work.health != nullptr) work.health->see_values(count, out);
        combine(count, nullptr, out);
      }
      if (mvm && skipped != nullptr && work.health != nullptr) work.health->see_values(count, out);
      if (!has_pool()) deliver(count, out, work.health, codes == nullptr ? nullptr : codes + at);
    }
    if (!has_pool()) continue;
    for (int s = 0; s < vectors / positions_; ++s)
      for (int pixel = 0; pixel < output_pixels_; ++pixel) {
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(first + s) * output_volume_ +
                                  static_cast<std::ptrdiff_t>(pixel) * plane_[0];
        work.values.resize(plane_[0]);
        float* out = codes == nullptr ? values + at : work.values.data();
        pool_pixel(pixel, work.plane.data() + s * plane, plane_[0], plane_[0], out);
        deliver(plane_[0], out, work.health, codes == nullptr ? nullptr : codes + at);
      }
  }
}

}  // namespace phasecore::numerics
