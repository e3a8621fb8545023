// Static ranges of INT8 codes from float activations.
#include "sim/numerics/calibrate.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "common/quantile.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/recurrent.hpp"
#include "models/graph/ranges.hpp"
#include "sim/mapping/moved.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/numerics/kernel.hpp"
#include "sim/numerics/line_ranges.hpp"

namespace phasecore::numerics {
namespace {

/// Partial sums are looked at for so many images, and in each for about so many places: their distribution
/// is that of many thousand values, while computing all of them would cost as much as a simulation.
constexpr int kPartialImages = 256;
constexpr int kPartialPositions = 16;

/// A range of zero (a layer that is always 0) would make a step of zero, and one so small that a float cannot
/// hold 1 / step would make no codes: both count as 1, where numbers that small have code 0. They are 0 in
/// the digital unit's FP16, too.
float step_of(double range, int max_code) {
  const auto step = static_cast<float>(range / max_code);
  return std::isfinite(1.0f / step) ? step : static_cast<float>(1.0 / max_code);
}

/// Collects sizes of float values, but for those that overflowed.
struct Sizes {
  common::Quantile quantile;
  long long not_finite = 0;

  void add(std::size_t count, const float* values) {
    not_finite += static_cast<long long>(quantile.add_finite_sizes(values, count));
  }
};

/// Columns whose sums are held in registers: eight of AVX2, as many as keep its multipliers busy, or four.
constexpr int kWide = 32, kNarrow = 16;

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

int find_layer(const graph::Network& network, const std::string& name) {
  const int layer = network.find(name);
  common::ensure(layer >= 0, "numerics: the mapping names layer '" + name + "', which the network lacks");
  return layer;
}

/// Collects what the images show about the partial sums of one stage (of its first replica).
class PartialSums {
 public:
  PartialSums(const mapping::Stage& stage, int images)
      : stage_(stage),
        mvm_(*mapping::in_crossbars(stage)),
        sends_ends_(stage.as<mapping::RecurrentWork>() != nullptr),
        tiles_(mvm_.tiles()) {
    int hops = 1;
    for (const mapping::SubMatrix& m : mvm_.submatrices) hops = std::max(hops, m.chain_position + 1);
    long long columns = 0;
    std::vector<long long> values(hops, 0);
    stride_ = std::max(1, tiles_.pixels() / kPartialPositions);
    const int positions = (tiles_.pixels() + stride_ - 1) / stride_;
    for (int i = 0; i < mvm_.per_replica(); ++i) {
      const mapping::SubMatrix& m = mvm_.submatrices[i];
      auto& matrix = matrices_.emplace_back();
      if (sends_sums(i)) matrix = SummedMatrix(mvm_.weights_of(m), m.col_end - m.col_begin);
      columns = std::max<long long>(columns, m.col_end - m.col_begin);
      if (sends_sums(i))
        values[m.chain_position] += static_cast<long long>(m.col_end - m.col_begin) * positions * images;
    }
    for (int chain_position = 0; chain_position + (sends_ends_ ? 0 : 1) < hops; ++chain_position)
      sizes_.push_back(
          {common::Quantile(graph::kRangeShare, static_cast<std::size_t>(values[chain_position]))});
    sums_.resize(columns);
  }

  /// input: the stage's float input of one image, C order.
  void add(const float* input) {
    if (!mvm_.spread.is_one()) input = spread_image(input);
    for (int position = 0; position < tiles_.pixels(); position += stride_) {
      if (mvm_.window)
        fill_patch(input, mvm_.tile_window(), position);
      else
        patch_.assign(input, input + mvm_.rows);
      for (int i = 0; i < mvm_.per_replica(); ++i) {
        if (!sends_sums(i)) continue;
        const mapping::SubMatrix& m = mvm_.submatrices[i];
        if (m.chain_position == 0) std::fill(sums_.begin(), sums_.end(), 0.0);
        const int columns = m.col_end - m.col_begin;
        matrices_[i].add(patch_.data() + m.row_begin, sums_.data());
        if (mvm_.ends_chain(i))
          for (int j = 0; j < columns; ++j) sums_[j] += static_cast<double>(mvm_.bias[m.col_begin + j]);
        rounded_.assign(sums_.begin(), sums_.begin() + columns);
        sizes_[m.chain_position].add(rounded_.size(), rounded_.data());
      }
    }
  }

  std::vector<float> steps(int max_code) const {
    std::vector<float> steps;
    for (const Sizes& s : sizes_) steps.push_back(step_of(s.quantile.value(), max_code));
    return steps;
  }

 private:
  bool sends_sums(int submatrix) const { return sends_ends_ || !mvm_.ends_chain(submatrix); }

  /// The image with zeros between its pixels.
  const float* spread_image(const float* input) {
    const mapping::Raster image = mapping::raster_of(stage_.inputs[0].shape), wide = mvm_.spread.of(image);
    image_.assign(static_cast<std::size_t>(wide.channels) * wide.pixels(), 0.0f);
    for (int c = 0; c < image.channels; ++c)
      for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x)
          image_[(static_cast<std::size_t>(c) * wide.height + y * mvm_.spread.rows) * wide.width +
                 x * mvm_.spread.columns] = *input++;
    return image_.data();
  }

  /// One tile's inputs: channel by channel the taps of the window, zeros in the padding.
  void fill_patch(const float* input, const graph::Window& window, int position) {
    mapping::Raster image = mvm_.spread.of(mapping::raster_of(stage_.inputs[0].shape));
    if (sends_ends_) image.channels = mvm_.rows;
    const int top = position / tiles_.width * window.stride_h - window.pad_top;
    const int left = position % tiles_.width * window.stride_w - window.pad_left;
    taps_.clear();
    for (int ky = 0; ky < window.kernel_h; ++ky)
      for (int kx = 0; kx < window.kernel_w; ++kx) {
        const int y = top + ky * window.dilation_h, x = left + kx * window.dilation_w;
        const bool inside = y >= 0 && y < image.height && x >= 0 && x < image.width;
        taps_.push_back(inside ? y * image.width + x : -1);
      }
    patch_.resize(taps_.size() * image.channels);
    float* value = patch_.data();
    for (int c = 0; c < image.channels; ++c, input += image.pixels())
      for (const int tap : taps_) *value++ = tap < 0 ? 0.0f : input[tap];
  }

  const mapping::Stage& stage_;
  const mapping::MvmWork& mvm_;
  const bool sends_ends_;  ///< the last sums of a chain travel, too: to gates
  const mapping::Raster tiles_;
  std::vector<SummedMatrix> matrices_;  ///< of one replica, those whose sums travel
  int stride_ = 1;
  std::vector<Sizes> sizes_;  ///< by chain position
  std::vector<double> sums_;
  std::vector<int> taps_;
  std::vector<float> patch_, image_, rounded_;
};

/// What a recurrent layer multiplies in float, and how large its state gets.
class States {
 public:
  States(const graph::Recurrent& op, long long states)
      : op_(op), sizes_{common::Quantile(graph::kRangeShare, static_cast<std::size_t>(states))} {
    op_.result = graph::Recurrent::Result::Sequence;
  }

  /// A sequence {steps, values} -> {values and state, steps}.
  const std::vector<float>& see(const graph::Shape& shape, const float* sequence) {
    const int steps = shape[0], values = shape[1], hidden = op_.hidden();
    states_.resize(static_cast<std::size_t>(steps) * hidden);
    op_.run({graph::Sample{&shape, sequence}}, {steps, 1, hidden}, states_.data(), scratch_);
    sizes_.add(states_.size(), states_.data());
    read_.clear();
    for (int v = 0; v < values; ++v)
      for (int step = 0; step < steps; ++step) read_.push_back(sequence[step * values + v]);
    for (int cell = 0; cell < hidden; ++cell)
      for (int step = 0; step < steps; ++step)
        read_.push_back(step == 0 ? 0.0f : states_[static_cast<std::size_t>(step - 1) * hidden + cell]);
    return read_;
  }

  double range() const { return sizes_.quantile.value(); }

 private:
  graph::Recurrent op_;
  Sizes sizes_;
  graph::Scratch scratch_;
  std::vector<float> states_, read_;
};

/// A stage whose products are added up from several sub-matrices, and what it multiplies.
class SummedStage {
 public:
  SummedStage(const graph::Network& network, const mapping::Stage& stage, int images) : sums_(stage, images) {
    const graph::Layer& layer = network.layers[find_layer(network, stage.name)];
    read_layer_ = layer.inputs.at(0);
    const graph::Shape& shape = network.layers[read_layer_].shape;
    if (const auto* recurrent = layer.as<graph::Recurrent>())
      states_.emplace(*recurrent, static_cast<long long>(images) * recurrent->hidden() * shape.at(0));
    else if (graph::is_of_steps(layer))
      line_ = mapping::places_in(shape);
  }

  /// The values of all layers for one image.
  void see(const graph::Network& network, const std::vector<std::vector<float>>& values) {
    const std::vector<float>& read = values[read_layer_];
    if (states_)
      sums_.add(states_->see(network.layers[read_layer_].shape, read.data()).data());
    else if (line_.empty())
      sums_.add(read.data());
    else
      sums_.add(in_line(read));
  }

  PartialSums& sums() { return sums_; }
  const std::optional<States>& states() const { return states_; }

 private:
  const float* in_line(const std::vector<float>& sequence) {
    read_.resize(line_.size());
    for (std::size_t i = 0; i < line_.size(); ++i) read_[i] = sequence[line_[i]];
    return read_.data();
  }

  PartialSums sums_;
  int read_layer_ = -1;
  std::optional<States> states_;  ///< of a recurrent layer
  graph::Places line_;            ///< of products of a sequence: where a chip's line has its values from
  std::vector<float> read_;
};

/// By stage.
std::map<int, SummedStage> summed_stages(const graph::Network& network, const mapping::Mapping& mapping,
                                         int images) {
  std::map<int, SummedStage> summed;
  for (int s = 0; s < static_cast<int>(mapping.stages.size()); ++s) {
    const auto submatrices = mapping::submatrices_of(mapping.stages[s]);
    if (std::any_of(submatrices.begin(), submatrices.end(),
                    [](const mapping::SubMatrix& m) { return m.chain_position > 0; }))
      summed.emplace(s, SummedStage(network, mapping.stages[s], images));
  }
  return summed;
}

}  // namespace

Calibration calibrate(const graph::FoldedNetwork& network, const mapping::Mapping& mapping,
                      const config::Chip& chip, const graph::Batch& images) {
  const int stages = static_cast<int>(mapping.stages.size());
  const int max_code = code_max(chip);
  std::map<std::string, double> ranges = network->ranges;

  const auto values_of = [&](int layer) {
    return graph::volume(network->layers[layer].shape) * images.samples;
  };
  std::map<int, Sizes> missing;  // by layer
  const auto want = [&](const std::string& name) {
    const int layer = find_layer(*network, name);
    if (ranges.count(name) == 0)
      missing.emplace(
          layer, Sizes{common::Quantile(graph::kRangeShare, static_cast<std::size_t>(values_of(layer)))});
  };
  want(mapping.input_name);
  // FP16 logits are never rounded to codes.
  for (int s = 0; s < stages - (chip.numbers.logits_fp16 ? 1 : 0); ++s)
    if (mapping.stages[s].as<mapping::RecurrentWork>() == nullptr) want(mapping.stages[s].range_name);

  const int partial_images = std::min(kPartialImages, images.samples);
  std::map<int, SummedStage> partial = summed_stages(*network, mapping, partial_images);

  const int needed = missing.empty() ? (partial.empty() ? 0 : partial_images) : images.samples;
  if (images.samples == 0 && !(missing.empty() && partial.empty()))
    throw common::InputError(
        "network '" + network->name +
        "' carries no ranges for all of its activations (phasecore.input_range.*), or has layers whose "
        "partial sums travel between cores: their ranges have to be measured, but there are no calibration "
        "images");
  const auto see = [&](int image, const std::vector<std::vector<float>>& values) {
    for (auto& [layer, sizes] : missing) sizes.add(values[layer].size(), values[layer].data());
    if (image >= partial_images) return;
    for (auto& [stage, summed] : partial) summed.see(*network, values);
  };
  graph::for_each_sample(*network, images, needed, see);

  Calibration calibration;
  for (const auto& [layer, sizes] : missing) {
    const std::string& name = network->layers[layer].name;
    ranges[name] = sizes.quantile.value();
    if (sizes.not_finite > 0)
      calibration.warnings.push_back(
          "layer '" + name + "': " + std::to_string(sizes.not_finite) + " of " +
          std::to_string(values_of(layer)) +
          " float values on the calibration images are infinite or NaN; its range is "
          "that of the others");
  }
  for (const auto& [stage, summed] : partial)
    if (summed.states()) ranges.insert({mapping.stages[stage].range_name, summed.states()->range()});
  for (const auto& names : mapping.shared_ranges) {
    double largest = 0;
    for (const std::string& name : names)
      if (ranges.count(name) > 0) largest = std::max(largest, ranges[name]);
    for (const std::string& name : names)
      if (ranges.count(name) > 0) ranges[name] = largest;
  }
  calibration.input_step = step_of(ranges.at(mapping.input_name), max_code);
  for (int s = 0; s < stages; ++s) {
    const auto range = ranges.find(mapping.stages[s].range_name);
    calibration.output_step.push_back(range == ranges.end() ? 0.0f : step_of(range->second, max_code));
    const auto sums = partial.find(s);
    calibration.partial_step.push_back(sums == partial.end() ? std::vector<float>{}
                                                             : sums->second.sums().steps(partial_max(chip)));
  }
  if (chip.adc.range == config::AdcRange::Calibrated)
    calibration.line_range = line_ranges(mapping, chip, calibration, images);
  return calibration;
}

}  // namespace phasecore::numerics
