#include "sim/mapping/options.hpp"

#include <algorithm>

#include "sim/mapping/costs.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {
namespace {

using common::Attojoules;
using common::Picoseconds;

int parts(int of, int size) {
  return (of + size - 1) / size;
}

Attojoules total(const program::EnergySplit& split) {
  Attojoules sum = 0;
  for (const Attojoules part : split) sum += part;
  return sum;
}

/// Pixels that `count` neighbouring places of a window see along one side.
int seen(int kernel, int dilation, int stride, int count) {
  return (count - 1) * stride + (kernel - 1) * dilation + 1;
}

/// A dense matrix in crossbars, as tiles of h x w pixels. Where the copies leave rows between them (dilation,
/// strides larger than the kernel) only those that a copy reads are there.
class TileOption {
 public:
  TileOption(const Stage& stage, const MvmWork& mvm, const config::Chip& chip)
      : stage_(stage), mvm_(mvm), chip_(chip), limits_(limits(chip)), out_(raster_of(mvm.plane)) {}

  Option operator()(int h, int w) const {
    Option option;
    option.tile_h = h;
    option.tile_w = w;
    option.rows = mvm_.window ? channels() * rows_of(h, w) : mvm_.rows;
    option.columns = mvm_.cols * h * w;
    const std::vector<int> row_cuts = split(chip_.mapping.tiling, option.rows, limits_.rows);
    const std::vector<int> column_cuts = split(chip_.mapping.tiling, option.columns, limits_.columns);
    option.row_parts = static_cast<int>(row_cuts.size()) - 1;
    option.column_parts = static_cast<int>(column_cuts.size()) - 1;
    option.firings = parts(out_.height, h) * parts(out_.width, w);
    option.most_replicas = option.firings;
    const double pixels = static_cast<double>(mvm_.positions()) / option.firings;
    for (int c = 0; c < option.column_parts; ++c)
      for (int r = 0; r < option.row_parts; ++r) {
        Firing firing;
        firing.rows = row_cuts[r + 1] - row_cuts[r];
        firing.columns = column_cuts[c + 1] - column_cuts[c];
        firing.adc_bits = mvm_.adc_bits;
        if (r + 1 == option.row_parts) {
          firing.finishing = mvm_.demand(stage_);
          firing.share = pixels * firing.columns / option.columns;
        }
        program::Task task;
        task.kind = program::TaskKind::Mvm;
        task.visits = mvm_visits(firing, chip_);
        option.period_ps = std::max(option.period_ps, program::period_ps(task));
        option.firing_energy += total(program::firing_energy(task));
      }
    return option;
  }

  /// Larger tiles only add zeros: more columns than an array has, a matrix cut in more rows than the kernel.
  bool is_worth_trying(int h, int w) const {
    if (h == 1 && w == 1) return true;
    return h <= out_.height && w <= out_.width && mvm_.cols * h * w <= limits_.columns;
  }

 private:
  int channels() const { return raster_of(stage_.inputs.at(0).shape).channels; }
  int rows_of(int h, int w) const {
    const graph::Window& k = *mvm_.window;
    return lines(k.kernel_h, k.dilation_h, k.stride_h, h) * lines(k.kernel_w, k.dilation_w, k.stride_w, w);
  }
  static int lines(int kernel, int dilation, int stride, int count) {
    std::vector<bool> read(static_cast<std::size_t>(seen(kernel, dilation, stride, count)));
    for (int i = 0; i < count; ++i)
      for (int k = 0; k < kernel; ++k) read[static_cast<std::size_t>(i * stride + k * dilation)] = true;
    return static_cast<int>(std::count(read.begin(), read.end(), true));
  }

  const Stage& stage_;
  const MvmWork& mvm_;
  const config::Chip& chip_;
  ArrayLimits limits_;
  Raster out_;
};

/// A matrix of groups, or one pixel, as it is cut today.
Option as_cut(const Stage& stage, const MvmWork& mvm, const config::Chip& chip) {
  Option option;
  option.rows = mvm.rows;
  option.columns = mvm.cols;
  option.column_parts = static_cast<int>(mvm.submatrices.size());
  option.firings = mvm.positions();
  option.most_replicas = option.firings;
  for (int k = 0; k < option.column_parts; ++k) {
    program::Task task;
    task.kind = program::TaskKind::Mvm;
    set_mvm_costs(task, stage, k, chip);
    option.period_ps = std::max(option.period_ps, program::period_ps(task));
    option.firing_energy += total(program::firing_energy(task));
  }
  return option;
}

Option in_digital_unit(const Stage& stage, const config::Chip& chip) {
  program::Task task;
  task.kind = program::TaskKind::Digital;
  set_digital_costs(task, stage, chip);
  Option option;
  option.digital = true;
  option.firings = stage.firings();
  option.period_ps = program::period_ps(task);
  option.firing_energy = total(program::firing_energy(task));
  return option;
}

/// Is `a` as good as `b` in everything that any objective looks at?
bool replaces(const Option& a, const Option& b) {
  return a.cores() <= b.cores() && a.interval_ps(1) <= b.interval_ps(1) &&
         a.firings * a.firing_energy <= b.firings * b.firing_energy && a.most_replicas >= b.most_replicas &&
         a.period_ps <= b.period_ps;
}

}  // namespace

Picoseconds Option::interval_ps(int replicas) const {
  return Picoseconds{parts(firings, replicas)} * period_ps;
}

int Option::replicas_within(Picoseconds interval) const {
  if (period_ps == 0) return 1;
  const Picoseconds each = std::min<Picoseconds>(interval / period_ps, firings);
  if (each == 0) return 0;
  const int replicas = parts(firings, static_cast<int>(each));
  return replicas <= most_replicas ? replicas : 0;
}

std::vector<Option> options(const Stage& stage, const config::Chip& chip, const OptionRules& rules) {
  const MvmWork* mvm = in_crossbars(stage);
  if (mvm == nullptr) return {in_digital_unit(stage, chip)};
  std::vector<Option> all{as_cut(stage, *mvm, chip)};
  const TileOption tile(stage, *mvm, chip);
  const Raster out = raster_of(mvm->plane);
  for (int h = 1; rules.windows && mvm->groups == 1 && mvm->window && h <= out.height; ++h)
    for (int w = 1; w <= out.width && tile.is_worth_trying(h, w); ++w) {
      if (h == 1 && w == 1) continue;
      const Option option = tile(h, w);
      const auto beaten = [&](const Option& other) { return replaces(other, option); };
      if (std::any_of(all.begin(), all.end(), beaten)) continue;
      all.erase(
          std::remove_if(all.begin() + 1, all.end(), [&](const Option& o) { return replaces(option, o); }),
          all.end());
      all.push_back(option);
    }
  return all;
}

}  // namespace phasecore::mapping
