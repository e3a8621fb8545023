// The trainer's static ranges: calibrated on images, or learned as the widths of codes.
#include <torch/torch.h>

#include <algorithm>

#include "common/diagnostics.hpp"
#include "common/quantile.hpp"
#include "models/graph/ranges.hpp"
#include "nas/train/trainer.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

constexpr int images_per_pass = 200;

bool is_converter(const std::string& name) {
  return name.size() > 4 && name.compare(name.size() - 4, 4, ".adc") == 0;
}

/// Quantiles of what a pass observes, by name. How many values there will be is known after the first batch.
class Observer {
 public:
  explicit Observer(int images) : images_(images) {}

  void see(const std::string& name, const Tensor& x) {
    const Tensor dense = x.contiguous();
    if (collecting_) {
      first_[name].push_back(dense.abs().flatten());
    } else {
      quantiles_.at(name).add_sizes(dense.data_ptr<float>(), static_cast<std::size_t>(dense.numel()));
    }
  }

  /// After the first batch, which had `batch` images.
  void know_sizes(int batch) {
    if (!collecting_) return;
    collecting_ = false;
    for (auto& [name, parts] : first_) {
      std::size_t values = 0;
      for (const Tensor& part : parts) values += static_cast<std::size_t>(part.numel());
      auto& quantile =
          quantiles_.try_emplace(name, graph::kRangeShare, values / static_cast<std::size_t>(batch) * images_)
              .first->second;
      for (const Tensor& part : parts)
        quantile.add_sizes(part.data_ptr<float>(), static_cast<std::size_t>(part.numel()));
    }
    first_.clear();
  }

  Ranges ranges() {
    Ranges found;
    for (auto& [name, quantile] : quantiles_) {
      common::ensure(quantile.complete(),
                     "the range of '" + name + "' was asked for before all its values were there");
      found[name] = std::max<double>(quantile.value(), smallest_range);
    }
    return found;
  }

 private:
  int images_;
  bool collecting_ = true;
  std::map<std::string, std::vector<Tensor>> first_;
  std::map<std::string, common::Quantile> quantiles_;
};

}  // namespace

bool Trainer::needs_ranges() const {
  const Hardware& hw = settings_.hardware;
  return hw.activation_bits || hw.adc_bits || hw.output_noise > 0;
}

Ranges Trainer::calibrate(bool batch_statistics) {
  torch::NoGradGuard no_grad;
  const int images = data_.calibration.size();
  Observer observer(images);
  Pass pass;
  pass.training = batch_statistics;
  pass.track_statistics = false;
  pass.reference = settings_.hardware.weight_reference;
  pass.rounding = rounding();
  pass.tile_rows = settings_.hardware.tile_rows.value_or(0);
  if (settings_.hardware.adc_bits && pass.tile_rows == 0) pass.tile_rows = whole_columns;
  pass.observe = [&](const std::string& name, const Tensor& x) { observer.see(name, x); };
  for (int begin = 0; begin < images; begin += images_per_pass) {
    const int end = std::min(images, begin + images_per_pass);
    std::vector<std::int64_t> sizes{end - begin};
    sizes.insert(sizes.end(), data_.calibration.shape.begin(), data_.calibration.shape.end());
    auto* first =
        const_cast<float*>(&data_.calibration.images[begin * graph::volume(data_.calibration.shape)]);
    forward(network_, parameters_, torch::from_blob(first, sizes, torch::kFloat32), pass);
    observer.know_sizes(end - begin);
  }
  return observer.ranges();
}

Ranges Trainer::learned_ranges() const {
  Ranges ranges;
  for (const auto& [name, step] : steps_) {
    const int bits = is_converter(name) ? *settings_.hardware.adc_bits : *settings_.hardware.activation_bits;
    ranges[name] = step.item<double>() * ((1 << (bits - 1)) - 1);
  }
  return ranges;
}

Ranges Trainer::present_ranges(bool batch_statistics) {
  Ranges ranges = learned_ranges();
  // Output noise may refer to ranges that are not learned.
  const bool all = !steps_.empty() && settings_.hardware.output_noise == 0;
  if (!all) ranges.merge(calibrate(batch_statistics));
  return ranges;
}

void Trainer::reset_steps(const Ranges& ranges) {
  torch::NoGradGuard no_grad;
  for (auto& [name, step] : steps_) {
    const int bits = is_converter(name) ? *settings_.hardware.adc_bits : *settings_.hardware.activation_bits;
    step.fill_(ranges.at(name) / ((1 << (bits - 1)) - 1));
  }
}

void Trainer::keep_steps_positive() {
  torch::NoGradGuard no_grad;
  for (auto& [name, step] : steps_) step.clamp_min_(smallest_range);
}

}  // namespace phasecore::train
