#include "sim/mapping/options.hpp"

#include <algorithm>

#include "sim/mapping/costs.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {
namespace {

using common::Attojoules;
using common::Picoseconds;

Attojoules total(const program::EnergySplit& split) {
  Attojoules sum = 0;
  for (const Attojoules part : split) sum += part;
  return sum;
}

/// Activations that lie with a task which slides over its input: the lines that its window sees and those
/// that come meanwhile. About: what waits for another branch is not in it.
std::int64_t lines_held(const Raster& in, int channels, int kernel_h, int stride_h) {
  return std::int64_t{channels} * in.width * std::min(in.height, kernel_h + stride_h);
}

/// `reads`: of the first input, by firings in the order of rows.
Pace pace_of(const Reads& reads, const Raster& in) {
  Pace pace;
  pace.in_rows = in.height;
  if (reads.spans.empty()) return pace;
  pace.first_rows = std::max(reads.spans.front().last, 0) / in.width + 1;
  const int last_row = (in.height - 1) * in.width;
  const auto see_it = std::count_if(reads.spans.begin(), reads.spans.end(),
                                    [&](const graph::PixelSpan& span) { return span.last >= last_row; });
  pace.behind = static_cast<double>(see_it) / static_cast<double>(reads.spans.size());
  return pace;
}

/// What the rest of a pool costs that is cut: a digital task.
void add_rest(const Stage& stage, const config::Chip& chip, const RestPlace& place, Option& option) {
  const auto& mvm = *stage.as<MvmWork>();
  if (option.pool.is_none()) return;
  const Stage rest = rest_of_pool(stage, 0, option.pool);
  program::Task task;
  task.kind = program::TaskKind::Digital;
  set_digital_costs(task, rest, chip);
  option.rest_ps = rest.firings() * program::period_ps(task) + (place.own_core ? 0 : place.beside_ps);
  option.rest_cores = place.own_core ? 1 : 0;
  option.rest_energy = rest.firings() * total(program::firing_energy(task));
  const graph::Window& window = rest.as<PoolWork>()->pool.window;
  const Raster in = raster_of(rest.inputs[0].shape);
  option.rest_bytes = lines_held(in, in.channels, window.kernel_h, window.stride_h);
  common::ensure(mvm.pool.has_value(), "mapping: a pool is cut that is not there");
}

/// Activations that lie with the core of so many rows of a layer's matrix.
std::int64_t held_by(const Stage& stage, const MvmWork& mvm, int rows) {
  if (!mvm.window) return rows;
  const graph::Window window = mvm.tile_window();
  const int channels = ceil_div(rows, window.kernel_h * window.kernel_w);
  return lines_held(raster_of(stage.inputs.at(0).shape), channels, window.kernel_h, window.stride_h) *
         static_cast<std::int64_t>(stage.inputs.size());
}

/// A matrix in crossbars whose tiles have h x w pixels.
class TileOption {
 public:
  TileOption(const Stage& stage, const config::Chip& chip, const RestPlace& rest)
      : stage_(stage),
        mvm_(*in_crossbars(stage)),
        chip_(chip),
        limits_(limits(chip)),
        out_(raster_of(mvm_.plane)),
        rest_(rest) {}

  /// None where tiles of this size are no window, or the pool's windows are not whole in what one replica
  /// computes.
  std::optional<Option> operator()(int h, int w, const PoolCut& cut) const {
    Option option;
    option.tile_h = h;
    option.tile_w = w;
    option.pool = cut;
    MvmWork tiled;  // all but the weights
    tiled.plane = mvm_.plane;
    tiled.window = mvm_.window;
    tiled.groups = mvm_.groups;
    tiled.rows = mvm_.rows;
    tiled.cols = mvm_.cols;
    tiled.sharing = {h, w, 1};
    if (!tiled.has_tiles(h, w)) return std::nullopt;
    if (mvm_.pool) tiled.pool = cut.is_none() ? *mvm_.pool : first_pool(*mvm_.pool, cut);
    tiled.sharing.replicas = 2;  // of which each has its own blocks
    if (!tiled.keeps_pool(tiled.sharing)) return std::nullopt;
    option.tiles_of_groups = mvm_.groups > 1 && h * w > 1;
    option.rows = tiled.tile_rows();
    option.columns = tiled.tile_cols();
    option.firings = tiled.tiles().pixels();
    const Blocks blocks = tiled.blocks();
    option.together = ceil_div(blocks.height, h) * ceil_div(blocks.width, w);
    option.most_replicas = blocks.count();
    cost(tiled, option);
    const Raster in = raster_of(stage_.inputs.at(0).shape);
    tiled.spread = mvm_.spread;
    option.pace = pace_of(
        mvm_.window ? window_reads(in, tiled.spread, tiled.tile_window(), tiled.tiles()) : whole_reads(in),
        in);
    option.pace.token_rows = tiled.pool ? std::max(blocks.height / tiled.pool->window.kernel_h, 1) : h;
    add_rest(stage_, chip_, rest_, option);
    return option;
  }

  /// Larger tiles only add zeros: more columns than an array has.
  bool is_worth_trying(int h, int w) const {
    if (h == 1 && w == 1) return true;
    return h <= out_.height && w <= out_.width && mvm_.cols / mvm_.groups * h * w <= limits_.columns;
  }

 private:
  void cost(MvmWork& tiled, Option& option) const {
    const bool pools = tiled.pool.has_value();
    if (mvm_.groups > 1) {
      cut(tiled, chip_);
      cost_as_cut(tiled, pools, option);
      return set_bytes(tiled, option);
    }
    const std::vector<int> row_cuts =
        split_rows(chip_.mapping.tiling, {option.rows, option.columns, tiled.kernel_rows()}, limits_.rows);
    const std::vector<int> column_cuts = split(chip_.mapping.tiling, option.columns, limits_.columns);
    option.row_parts = static_cast<int>(row_cuts.size()) - 1;
    option.column_parts = static_cast<int>(column_cuts.size()) - 1;
    for (int c = 0; c < option.column_parts; ++c)
      for (int r = 0; r < option.row_parts; ++r) {
        Firing firing;
        firing.rows = row_cuts[r + 1] - row_cuts[r];
        firing.columns = column_cuts[c + 1] - column_cuts[c];
        add(firing, r + 1 == option.row_parts, pools, option);
      }
    set_bytes(tiled, option);
  }

  void set_bytes(const MvmWork& tiled, Option& option) const {
    for (Piece& part : option.parts) part.bytes = held_by(stage_, tiled, part.rows);
  }

  void cost_as_cut(const MvmWork& tiled, bool pools, Option& option) const {
    option.column_parts = tiled.per_replica();
    for (int k = 0; k < option.column_parts; ++k) {
      const SubMatrix& part = tiled.submatrices[k];
      Firing firing;
      firing.rows = part.row_end - part.row_begin;
      firing.columns = part.col_end - part.col_begin;
      add(firing, tiled.ends_chain(k), pools, option);
    }
  }

  void add(Firing firing, bool finishes, bool pools, Option& option) const {
    firing.adc_bits = mvm_.adc_bits;
    if (finishes) {
      firing.finishing = mvm_.demand(stage_);
      if (!pools) firing.finishing.pooled = 0;
      firing.share = static_cast<double>(firing.columns) / mvm_.cols;
    }
    program::Task task;
    task.kind = program::TaskKind::Mvm;
    task.visits = mvm_visits(firing, chip_);
    option.period_ps = std::max(option.period_ps, program::period_ps(task));
    option.firing_energy += total(program::firing_energy(task));
    option.parts.push_back({firing.rows, firing.columns, 0, 0});
  }

  const Stage& stage_;
  const MvmWork& mvm_;
  const config::Chip& chip_;
  ArrayLimits limits_;
  Raster out_;
  RestPlace rest_;
};

/// One pixel after the other on one replica, with the pool as it is.
Option as_cut(const Stage& stage, const MvmWork& mvm, const config::Chip& chip) {
  Option option;
  option.rows = mvm.rows;
  option.columns = mvm.cols;
  option.column_parts = static_cast<int>(mvm.submatrices.size());
  option.firings = mvm.positions();
  for (int k = 0; k < option.column_parts; ++k) {
    program::Task task;
    task.kind = program::TaskKind::Mvm;
    set_mvm_costs(task, stage, k, chip);
    option.period_ps = std::max(option.period_ps, program::period_ps(task));
    option.firing_energy += total(program::firing_energy(task));
    const SubMatrix& part = mvm.submatrices[k];
    const int rows = part.row_end - part.row_begin;
    option.parts.push_back({rows, part.col_end - part.col_begin, 0, held_by(stage, mvm, rows)});
  }
  option.pace = pace_of(mvm.reads(stage, 0), raster_of(stage.inputs.at(0).shape));
  return option;
}

Option in_digital_unit(const Stage& stage, const config::Chip& chip) {
  if (chip.host.interlayer == config::Interlayer::Host && stage.as<MvmWork>() == nullptr) {
    Option host;
    host.digital = host.on_host = true;
    return host;
  }
  program::Task task;
  task.kind = program::TaskKind::Digital;
  set_digital_costs(task, stage, chip);
  Option option;
  option.digital = true;
  option.firings = stage.firings();
  option.period_ps = program::period_ps(task);
  option.firing_energy = total(program::firing_energy(task));
  const Raster in = raster_of(stage.inputs.at(0).shape);
  const Reads reads = stage.reads(0);
  // The lines of the first firing, and as many again.
  const int lines = reads.spans.empty() ? 1 : reads.spans.front().last / in.width + 1;
  option.parts.push_back({0, 0, 0, lines_held(in, in.channels, lines, 1)});
  option.pace = pace_of(reads, in);
  return option;
}

/// Is `a` as good as `b` in everything that any objective looks at?
/// Could it serve to cut the rest of a pool into so many parts of its channels? Not where less than a firing
/// is gained, nor beside another layer.
bool may_cut_rest(const Option& option, int parts, int most) {
  return option.rest_cores > 0 && parts <= most && option.rest_ps > parts / 2 * option.period_ps;
}

Option with_rest_parts(Option option, int parts, int channels) {
  if (parts == 1) return option;
  const int most = ceil_div(channels, parts);
  option.rest_parts = option.rest_cores = parts;
  option.rest_ps = (option.rest_ps * most + channels - 1) / channels;
  option.rest_bytes = (option.rest_bytes * most + channels - 1) / channels;
  return option;
}

bool replaces(const Option& a, const Option& b) {
  return a.cores_of(1) <= b.cores_of(1) && a.interval_ps(1) <= b.interval_ps(1) && a.rest_ps <= b.rest_ps &&
         a.image_energy() <= b.image_energy() &&
         ceil_div(a.firings, a.together) >= ceil_div(b.firings, b.together) &&
         a.most_replicas >= b.most_replicas && a.together * a.period_ps <= b.together * b.period_ps;
}

void add(std::vector<Option>& all, const Option& option) {
  const auto beaten = [&](const Option& other) { return replaces(other, option); };
  if (std::any_of(all.begin(), all.end(), beaten)) return;
  all.erase(std::remove_if(all.begin() + 1, all.end(), [&](const Option& o) { return replaces(option, o); }),
            all.end());
  all.push_back(option);
}

}  // namespace

bool is_depthwise(const MvmWork& mvm) {
  return mvm.groups > 1 && mvm.window && mvm.rows / mvm.groups == mvm.window->kernel_h * mvm.window->kernel_w;
}

Picoseconds Option::of_channels(int count) const {
  return (period_ps * count + channels - 1) / channels;
}

Picoseconds Option::interval_ps(int replicas) const {
  if (channels > 0) return firings * of_channels(ceil_div(channels, replicas));
  const int groups = ceil_div(firings, together);
  const int busiest = std::min(ceil_div(groups, replicas) * together, firings);
  return std::max(Picoseconds{busiest} * period_ps, rest_ps);
}

int Option::replicas_within(Picoseconds interval) const {
  if (rest_ps > interval) return 0;
  if (given_replicas > 0) return interval_ps(given_replicas) <= interval ? given_replicas : 0;
  if (interval_ps(1) <= interval) return 1;
  if (channels > 0) {
    const Picoseconds most = interval / firings * channels / std::max<Picoseconds>(period_ps, 1);
    const int parts = most > 0 ? ceil_div(channels, static_cast<int>(most)) : 0;
    return parts > 0 && interval_ps(parts) <= interval ? parts : 0;
  }
  const Picoseconds each = interval / (period_ps * together);
  if (each == 0) return 0;
  const int groups = ceil_div(firings, together);
  const int replicas = ceil_div(groups, static_cast<int>(std::min<Picoseconds>(each, groups)));
  return replicas <= most_replicas && interval_ps(replicas) <= interval ? replicas : 0;
}

Option option(const Stage& stage, const config::Chip& chip, const Sharing& sharing, const PoolCut& cut,
              const RestPlace& rest) {
  const MvmWork& mvm = *in_crossbars(stage);
  std::optional<Option> tiled;
  if (sharing == Sharing{} && cut.is_none())
    tiled = as_cut(stage, mvm, chip);
  else
    tiled = TileOption(stage, chip, rest)(sharing.tile_h, sharing.tile_w, cut);
  common::ensure(tiled.has_value(), "mapping: '" + stage.name + "' cannot be shared out so");
  tiled->given_replicas = sharing.replicas;
  return with_rest_parts(*tiled, std::max(rest.parts, 1), raster_of(mvm.plane).channels);
}

std::vector<Piece> Option::pieces(int replicas) const {
  std::vector<Piece> all;
  const int groups = ceil_div(firings, together);
  for (int replica = 0; replica < replicas; ++replica)
    for (Piece part : parts) {
      const int own = groups / replicas + (replica < groups % replicas ? 1 : 0);
      part.time_ps = channels > 0 ? interval_ps(replicas) : std::min(own * together, firings) * period_ps;
      if (channels > 0) part.bytes = part.bytes * ceil_div(channels, replicas) / channels;
      all.push_back(part);
    }
  for (int part = 0; part < rest_parts && rest_ps > 0; ++part) all.push_back({0, 0, rest_ps, rest_bytes});
  return all;
}

namespace {

/// The option with the rest of its pool, if it leaves one, in the parts that are given or those that serve.
std::vector<Option> with_rests(const Option& option, const RestPlace& rest, int channels) {
  if (option.rest_cores == 0) return {option};
  if (rest.parts > 0) return {with_rest_parts(option, rest.parts, channels)};
  std::vector<Option> all{option};
  for (int parts = 2; may_cut_rest(option, parts, rest.most_parts); parts *= 2)
    all.push_back(with_rest_parts(option, parts, channels));
  return all;
}

std::vector<Option> in_crossbars_options(const Stage& stage, const MvmWork& mvm, const config::Chip& chip,
                                         const OptionRules& rules) {
  std::vector<Option> all{as_cut(stage, mvm, chip)};
  if (!mvm.can_be_shared()) return all;
  const TileOption tile(stage, chip, rules.rest);
  if (rules.digital_depthwise && is_depthwise(mvm) && chip.digital.macs_per_cycle > 0)
    all.push_back(in_digital_unit(stage, chip));
  const Raster out = raster_of(mvm.plane);
  const int most_h = rules.windows ? out.height : 1, most_w = rules.windows ? out.width : 1;
  for (const PoolCut& cut : pool_cuts(mvm))
    for (int h = 1; h <= most_h; ++h)
      for (int w = 1; w <= most_w && tile.is_worth_trying(h, w); ++w)
        if (const auto tiled = tile(h, w, cut))
          for (const Option& option : with_rests(*tiled, rules.rest, out.channels)) add(all, option);
  return all;
}

}  // namespace

std::vector<Option> options(const Stage& stage, const config::Chip& chip, const OptionRules& rules) {
  if (const MvmWork* mvm = in_crossbars(stage)) {
    std::vector<Option> all = in_crossbars_options(stage, *mvm, chip, rules);
    const auto keeps_pool = [](const Option& option) { return option.rest_cores == 0; };
    if (rules.rest.parts > 1 && !std::all_of(all.begin(), all.end(), keeps_pool))
      all.erase(std::remove_if(all.begin(), all.end(), keeps_pool), all.end());
    return all;
  }
  Option digital = in_digital_unit(stage, chip);
  if (!digital.on_host && rules.channel_parts > 1)
    digital.most_replicas = digital.channels = rules.channel_parts;
  return {digital};
}

}  // namespace phasecore::mapping
