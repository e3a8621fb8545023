#include "sim/numerics/partial_sums.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/recurrent.hpp"
#include "sim/mapping/moved.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/numerics/sizes.hpp"
#include "sim/numerics/summed_matrix.hpp"

namespace phasecore::numerics {
namespace {

/// Partial sums are looked at for so many images, and in each for about so many places: their distribution
/// is that of many thousand values, while computing all of them would cost as much as a simulation.
constexpr int kPartialImages = 256;
constexpr int kPartialPositions = 16;

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
      sizes_.emplace_back(values[chain_position]);
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

  std::vector<double> ranges() const {
    std::vector<double> ranges;
    for (const Sizes& s : sizes_) ranges.push_back(s.range());
    return ranges;
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
  States(const graph::Recurrent& op, long long states) : op_(op), sizes_(states) {
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

  double range() const { return sizes_.range(); }

 private:
  graph::Recurrent op_;
  Sizes sizes_;
  graph::Scratch scratch_;
  std::vector<float> states_, read_;
};

}  // namespace

/// A stage whose products are added up from several sub-matrices, and what it multiplies.
class PartialSumRanges::Stage {
 public:
  Stage(const graph::Network& network, const mapping::Stage& stage, int images) : sums_(stage, images) {
    const int found = network.find(stage.name);
    common::ensure(found >= 0,
                   "numerics: the mapping names layer '" + stage.name + "', which the network lacks");
    const graph::Layer& layer = network.layers[found];
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

  const PartialSums& sums() const { return sums_; }
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

PartialSumRanges::PartialSumRanges(const graph::Network& network, const mapping::Mapping& mapping, int images)
    : network_(network), images_(std::min(kPartialImages, images)) {
  for (int s = 0; s < static_cast<int>(mapping.stages.size()); ++s) {
    const auto submatrices = mapping::submatrices_of(mapping.stages[s]);
    if (std::any_of(submatrices.begin(), submatrices.end(),
                    [](const mapping::SubMatrix& m) { return m.chain_position > 0; }))
      stages_.emplace(s, std::make_unique<Stage>(network, mapping.stages[s], images_));
  }
}

PartialSumRanges::~PartialSumRanges() = default;

void PartialSumRanges::see(const std::vector<std::vector<float>>& values) {
  for (const auto& [number, stage] : stages_) stage->see(network_, values);
}

std::vector<double> PartialSumRanges::of(int stage) const {
  const auto found = stages_.find(stage);
  return found == stages_.end() ? std::vector<double>{} : found->second->sums().ranges();
}

std::optional<double> PartialSumRanges::of_state(int stage) const {
  const auto found = stages_.find(stage);
  if (found == stages_.end() || !found->second->states()) return std::nullopt;
  return found->second->states()->range();
}

}  // namespace phasecore::numerics
