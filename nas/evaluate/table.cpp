#include "nas/evaluate/table.hpp"

#include <algorithm>

#include "common/units.hpp"
#include "models/graph/mvm.hpp"
#include "nas/evaluate/genotype.hpp"
#include "nas/figures/names.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::evaluate {
namespace {

using figures::accuracy_at;

using spaces::kTableTimes_s;
using spaces::Spread;

void add_drift(Outcome& outcome, const std::string& prefix,
               const std::array<std::optional<Spread>, kTableTimes_s.size()>& drift) {
  for (std::size_t t = 0; t < kTableTimes_s.size(); ++t) {
    if (!drift[t]) continue;
    const std::string name = prefix + accuracy_at(kTableTimes_s[t]);
    outcome.figures[name] = {drift[t]->mean, 0};
    outcome.figures[name + ".std"] = {drift[t]->std, 0};
  }
}

void add_exact(std::map<std::string, Figure>& figures, const std::string& name, double value) {
  figures[name] = {value, 0};
}

}  // namespace

TableEvaluator::TableEvaluator(std::shared_ptr<const spaces::Nasbench201> space,
                               std::shared_ptr<const spaces::NasbenchTable> table, Chips chips)
    : space_(std::move(space)), table_(std::move(table)), chips_(std::move(chips)) {}

bool TableEvaluator::exists(const std::vector<int>& genes) const {
  const spaces::Genes own = parts(genes, *space_).network;
  return space_->exists(own) && table_->exists(space_->cell(own));
}

Fidelity TableEvaluator::fidelity(int) const {
  return Fidelity::Table;
}

std::vector<std::string> TableEvaluator::figures(int) const {
  std::vector<std::string> names;
  for (const char* prefix : {"", "plain."})
    for (const int seconds : kTableTimes_s) {
      names.push_back(prefix + accuracy_at(seconds));
      names.push_back(prefix + accuracy_at(seconds) + ".std");
    }
  for (const char* name : {"accuracy@digital", "accuracy@hardware-aware", "plain.accuracy@noisy", "avm_pp",
                           "cores", "parameters", "macs"})
    names.emplace_back(name);
  return names;
}

Outcome TableEvaluator::evaluate(const std::vector<int>& genes, int) const {
  const spaces::Genes own = parts(genes, *space_).network;
  Outcome outcome;
  outcome.failure = space_->refusal(own);
  if (!outcome.failure.empty()) return outcome;
  const spaces::TableEntry* entry = table_->find(space_->cell(own));
  if (entry == nullptr) {
    outcome.failure = "the table has no such network";
    return outcome;
  }
  add_drift(outcome, "", entry->hardware_aware_drift);
  add_drift(outcome, "plain.", entry->plain_drift);
  add_exact(outcome.figures, "accuracy@digital", entry->digital);
  add_exact(outcome.figures, "accuracy@hardware-aware", entry->hardware_aware);
  add_exact(outcome.figures, "plain.accuracy@noisy", entry->noisy);
  const auto& drift = entry->hardware_aware_drift;
  if (drift.front() && drift.back())
    add_exact(outcome.figures, "avm_pp", 100 * (drift.front()->mean - drift.back()->mean));
  outcome.figures.merge(free_figures(genes));
  return outcome;
}

std::map<std::string, Figure> TableEvaluator::free_figures(const std::vector<int>& genes) const {
  const auto [own, of_chip] = parts(genes, *space_);
  const config::Chip& chip = chips_.chip(of_chip);
  // As mapping::cut(): the margin belongs to `equal`.
  const int margin = chip.mapping.tiling == config::TilingRule::Equal ? chip.mapping.margin : 0;
  int cores = 0;
  for (const auto& [matrix, count] : matrices(own))
    cores += count * mapping::crossbars(chip.mapping.tiling, matrix, chip.crossbar.rows - margin,
                                        chip.crossbar.columns - margin);
  const spaces::Cost cost = space_->cost(own);
  std::map<std::string, Figure> figures;
  add_exact(figures, "cores", cores);
  add_exact(figures, "parameters", static_cast<double>(cost.parameters));
  add_exact(figures, "macs", static_cast<double>(cost.macs));
  return figures;
}

const TableEvaluator::Matrices& TableEvaluator::matrices(const spaces::Genes& genes) const {
  const spaces::Cell live = spaces::without_dead_edges(space_->cell(genes));
  const std::pair<int, int> convolutions{
      static_cast<int>(std::count(live.begin(), live.end(), spaces::CellOp::Conv3x3)),
      static_cast<int>(std::count(live.begin(), live.end(), spaces::CellOp::Conv1x1))};
  const auto known = known_.find(convolutions);
  if (known != known_.end()) return known->second;
  Matrices found;
  for (const graph::Layer& layer : space_->network(genes, 0).layers) {
    const auto* mvm = layer.as<graph::Mvm>();
    if (mvm == nullptr) continue;
    const graph::Shape& shape = mvm->weights.shape;
    const int rows = static_cast<int>(graph::volume(shape)) / shape[0];
    ++found[{rows, shape[0], rows / shape[1]}];
  }
  return known_.emplace(convolutions, std::move(found)).first->second;
}

}  // namespace phasecore::evaluate
