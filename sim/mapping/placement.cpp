#include "sim/mapping/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "common/diagnostics.hpp"
#include "common/table.hpp"
#include "sim/mapping/gate_slices.hpp"
#include "sim/mapping/overrides.hpp"
#include "sim/mapping/pack.hpp"

namespace phasecore::mapping {
namespace {

/// One per sub-matrix, one when computed digitally, none when the host between the layers or another stage's
/// core does it.
int cores_needed(const Stage& stage, bool host_between) {
  if (const MvmWork* mvm = in_crossbars(stage)) return static_cast<int>(mvm->submatrices.size());
  if (stage.beside >= 0) return 0;
  return host_between && stage.as<MvmWork>() == nullptr ? 0 : 1;
}

[[noreturn]] void refuse(const std::vector<Stage>& stages, const config::Chip& chip,
                         const std::string& network, bool host_between, int needed) {
  common::Table table(
      {{"layer", "layer", 0}, {"cores_needed", "cores needed", 0}, {"cores_left", "cores left", 0}});
  int left = chip.cores();
  std::size_t shown = 0;
  for (const Stage& stage : stages) {
    if (++shown > common::kMostShown) break;
    const int cores = cores_needed(stage, host_between);
    table.add_row({stage.name, static_cast<long long>(cores), static_cast<long long>(left)});
    left = cores < left ? left - cores : 0;
  }
  const std::string more =
      stages.size() > common::kMostShown
          ? fmt::format("... and {} further layers\n", stages.size() - common::kMostShown)
          : "";
  throw common::InputError(
      {{{},
        fmt::format("network '{}' needs {} cores; chip '{}' has {}", network, needed, chip.name,
                    chip.cores()),
        table.text() + more +
            "A larger grid has more (--set grid.columns=.. --set grid.rows=..), and so have several "
            "chips in a row (`chips:` in the chip's file)."}});
}

/// The cores of a network's stages: as the chip's `layers` says, packed as the compiler says, the rest along
/// the snake.
class Placement {
 public:
  Placement(std::vector<Stage>& stages, const config::Chip& chip)
      : stages_(stages),
        chip_(chip),
        host_between_(chip.host.interlayer == config::Interlayer::Host),
        snake_(snake(chip.grid, chip.count())) {}

  int run(const std::string& network) {
    const bool is_packed = std::any_of(stages_.begin(), stages_.end(), [](const Stage& stage) {
      const auto& parts = submatrices_of(stage);
      return stage.core >= 0 || (!parts.empty() && parts.front().core >= 0);
    });
    common::Diagnostics diagnostics;
    for (Stage& stage : stages_) take_given(stage, diagnostics);
    diagnostics.raise_if_any();
    int needed = 0;
    for (const Stage& stage : stages_)
      if (given_.count(&stage) == 0) needed += cores_needed(stage, host_between_);
    if (!is_packed && needed + static_cast<int>(taken_.size()) > chip_.cores())
      refuse(stages_, chip_, network, host_between_, needed + static_cast<int>(taken_.size()));
    place_beside_gates();
    for (Stage& stage : stages_) place_stage(stage, is_packed);
    for (Stage& stage : stages_)
      if (stage.beside >= 0 && !host_between_ && given_.count(&stage) == 0)
        stage.core = submatrices_of(stages_[static_cast<std::size_t>(stage.beside)]).front().core;
    check_crossbars();
    return static_cast<int>(taken_.size());
  }

 private:
  static std::vector<int*> cores_of(Stage& stage) {
    std::vector<int*> cores;
    if (MvmWork* mvm = in_crossbars(stage))
      for (SubMatrix& part : mvm->submatrices) cores.push_back(&part.core);
    else
      cores.push_back(&stage.core);
    return cores;
  }

  void take_given(Stage& stage, common::Diagnostics& diagnostics) {
    const config::LayerOverride* change = nullptr;
    for (const auto& [pattern, entry] : chip_.layers)
      if (entry.cores && matches(pattern, stage.name)) change = &entry;
    if (change == nullptr || (host_between_ && stage.as<MvmWork>() == nullptr)) return;
    const auto refuse = [&](const std::string& why) {
      diagnostics.add(change->where, fmt::format("layer '{}': cores: {}", stage.name, why));
    };
    const auto list = core_list(*change->cores);
    if (!list) return refuse("'" + *change->cores + "' is no list of cores such as \"0-3, 9\"");
    const std::vector<int*> cores = cores_of(stage);
    const std::size_t needed = cores.size() * static_cast<std::size_t>(stage.parts);
    if (list->size() != needed) return refuse(fmt::format("{} are given; it needs {}", list->size(), needed));
    for (std::size_t i = 0; i < cores.size(); ++i) {
      const int core = (*list)[i + static_cast<std::size_t>(stage.part)];
      if (core >= chip_.cores())
        return refuse(fmt::format("{} is not on the chip, which has 0 to {}", core, chip_.cores() - 1));
      *cores[i] = core;
      taken_.insert(core);
    }
    if (const auto* recurrent = stage.as<RecurrentWork>()) check_gates(*recurrent, refuse);
    given_[&stage] = change;
  }

  /// A slice takes the values of the core beside it.
  template <class Refuse>
  void check_gates(const RecurrentWork& work, const Refuse& refuse) const {
    const std::vector<int> beside = gate_cores(chip_);
    std::set<int> ends;
    for (std::size_t k = 0; k < work.submatrices.size(); ++k) {
      const int core = work.submatrices[k].core;
      if (!work.ends_chain(k)) continue;
      if (std::find(beside.begin(), beside.end(), core) == beside.end())
        return refuse(
            fmt::format("core {} ends a chain of partial sums, but is not beside a gate slice; "
                        "those are {}",
                        core, core_text(beside)));
      if (!ends.insert(core).second)
        return refuse(fmt::format("two chains end beside core {}'s slice", core));
    }
  }

  /// Recurrent layers come first: the ends of their chains beside slices, each chain in the rows above as far
  /// as they are free, so that it goes on from neighbour to neighbour.
  void place_beside_gates() {
    std::vector<int> slices;
    for (const int core : gate_cores(chip_))
      if (taken_.count(core) == 0) slices.push_back(core);
    std::size_t next = 0;
    std::vector<std::pair<Stage*, std::vector<SubMatrix*>>> chains;
    for (Stage& stage : stages_) {
      auto* work = stage.as<RecurrentWork>();
      if (work == nullptr || given_.count(&stage) > 0) continue;
      gated_.insert(&stage);
      const std::size_t free = slices.size() - next;
      chains.push_back({&stage, {}});
      for (std::size_t k = 0; k < work->submatrices.size(); ++k) {
        chains.back().second.push_back(&work->submatrices[k]);
        if (!work->ends_chain(k)) continue;
        if (next == slices.size()) refuse_gates(stage, *work, free);
        take(work->submatrices[k], slices[next++]);
        if (k + 1 < work->submatrices.size()) chains.push_back({&stage, {}});
      }
    }
    for (auto& [stage, chain] : chains)
      for (std::size_t i = chain.size() - 1; i-- > 0;) {
        const int below = chain[i + 1]->core, above = below - chip_.grid.columns;
        const bool on_chip = below / chip_.grid.columns % chip_.grid.rows > 0;
        if (below >= 0 && on_chip && taken_.count(above) == 0) take(*chain[i], above);
      }
    for (auto& [stage, chain] : chains)
      for (SubMatrix* part : chain)
        if (part->core < 0) part->core = next_free();
  }

  void take(SubMatrix& part, int core) {
    part.core = core;
    taken_.insert(core);
  }

  [[noreturn]] void refuse_gates(const Stage& stage, const RecurrentWork& work, std::size_t free) const {
    std::size_t needed = 0;
    for (std::size_t k = 0; k < work.submatrices.size(); ++k) needed += work.ends_chain(k) ? 1 : 0;
    throw common::InputError(fmt::format(
        "layer '{}' ({}): its {} cells take {} gate slices; chip '{}' has {}, of which {} are "
        "free (gates.slices)",
        stage.name, stage.op, work.cell_count(), needed, chip_.name, gate_cores(chip_).size(), free));
  }

  void place_stage(Stage& stage, bool is_packed) {
    if (given_.count(&stage) > 0 || gated_.count(&stage) > 0 || cores_needed(stage, host_between_) == 0)
      return;
    for (int* core : cores_of(stage)) {
      if (!is_packed || packed_.count(*core) == 0) {
        const int free = next_free();
        if (is_packed) packed_[*core] = free;
        *core = free;
      } else {
        *core = packed_.at(*core);
      }
    }
  }

  int next_free() {
    while (taken_.count(snake_.at(next_)) > 0) ++next_;
    taken_.insert(snake_[next_]);
    return snake_[next_++];
  }

  /// The compiler packs what fits; given cores may hold matrices that do not.
  void check_crossbars() const {
    if (given_.empty()) return;
    std::map<int, std::vector<Matrix>> matrices;
    std::map<int, const Stage*> last;  // by core, of those that are given
    for (const Stage& stage : stages_)
      for (const SubMatrix& part : submatrices_of(stage)) {
        matrices[part.core].push_back({part.row_end - part.row_begin, part.col_end - part.col_begin});
        if (given_.count(&stage) > 0) last[part.core] = &stage;
      }
    common::Diagnostics diagnostics;
    for (const auto& [core, stage] : last)
      if (chip_.memory.bytes == 0 && matrices.at(core).size() > 1)
        diagnostics.add(
            given_.at(stage)->where,
            fmt::format("layer '{}': cores: core {} has no memory, so that no two layers can share it",
                        stage->name, core));
      else if (!fit_beside(matrices.at(core), limits(chip_)))
        diagnostics.add(given_.at(stage)->where,
                        fmt::format("layer '{}': cores: its matrix does not fit beside the others of core {}",
                                    stage->name, core));
    diagnostics.raise_if_any();
  }

  std::vector<Stage>& stages_;
  const config::Chip& chip_;
  const bool host_between_;
  const std::vector<int> snake_;
  std::map<const Stage*, const config::LayerOverride*> given_;
  std::set<int> taken_;
  std::set<const Stage*> gated_;  ///< placed beside gate slices
  std::map<int, int> packed_;     ///< the place of each core that the compiler has numbered
  std::size_t next_ = 0;
};

}  // namespace

std::vector<int> snake(const config::Grid& grid, int chips) {
  std::vector<int> order;
  for (int row = 0; row < chips * grid.rows; ++row)
    for (int x = 0; x < grid.columns; ++x)
      order.push_back(row * grid.columns + (row % grid.rows % 2 == 0 ? x : grid.columns - 1 - x));
  return order;
}

std::optional<std::vector<int>> core_list(const std::string& text) {
  static const std::regex kEntry(R"( *(\d{1,6})(?: *- *(\d{1,6}))? *)");
  std::vector<int> cores;
  std::istringstream entries(text);
  for (std::string entry; std::getline(entries, entry, ',');) {
    std::smatch match;
    if (!std::regex_match(entry, match, kEntry)) return std::nullopt;
    const int first = std::stoi(match[1]), last = match[2].matched ? std::stoi(match[2]) : first;
    if (last < first) return std::nullopt;
    for (int core = first; core <= last; ++core) cores.push_back(core);
  }
  if (cores.empty()) return std::nullopt;
  return cores;
}

std::string core_text(const std::vector<int>& cores) {
  std::string text;
  for (std::size_t i = 0; i < cores.size();) {
    std::size_t end = i + 1;
    while (end < cores.size() && cores[end] == cores[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(cores[i]);
    if (end > i + 1) text += "-" + std::to_string(cores[end - 1]);
    i = end;
  }
  return text;
}

int place(std::vector<Stage>& stages, const config::Chip& chip, const std::string& network) {
  return Placement(stages, chip).run(network);
}

}  // namespace phasecore::mapping
