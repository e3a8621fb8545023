// Figures from the published AnalogNAS-Bench table: accuracies as measured there, costs counted here.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/spaces/nasbench_table.hpp"
#include "nas/evaluate/chips.hpp"
#include "nas/evaluate/evaluator.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::evaluate {

/// One step, "table". Figures:
///   accuracy@60s, @1h, @1d, @30d        after hardware-aware training and drift; `.std` the published spread
///                                       over simulated programmings. The number of those is not published,
///                                       so that the error of the mean is unknown and left at 0.
///   plain.accuracy@60s ... @30d, .std   the same without hardware-aware training
///   accuracy@digital, accuracy@hardware-aware, plain.accuracy@noisy
///   avm_pp                              accuracy@60s - accuracy@30d (the table has no accuracy at 1 s)
///   cores                               crossbars of the weights of all convolutions and of the classifier,
///                                       under the chip's tiling rule, one sub-matrix per core; not limited
///                                       by the chip's number of cores (a constraint does that)
///   parameters, macs                    of the network
/// Published values known to be wrong are absent.
class TableEvaluator : public Evaluator {
 public:
  TableEvaluator(std::shared_ptr<const spaces::Nasbench201> space,
                 std::shared_ptr<const spaces::NasbenchTable> table, Chips chips);

  /// Is there a network, and is it in the table? Genes of the space alone, or followed by chip genes.
  bool exists(const std::vector<int>& genes) const;

  int steps() const override { return 1; }
  Fidelity fidelity(int step) const override;
  std::vector<std::string> figures(int step) const override;
  std::map<std::string, Figure> free_figures(const std::vector<int>& genes) const override;
  Outcome evaluate(const std::vector<int>& genes, int step) const override;

 private:
  /// Weight matrices (rows, columns) and how many there are of each.
  using Matrices = std::map<mapping::MatrixSize, int>;
  const Matrices& matrices(const spaces::Genes& genes) const;

  std::shared_ptr<const spaces::Nasbench201> space_;
  std::shared_ptr<const spaces::NasbenchTable> table_;
  Chips chips_;
  /// By the number of 3x3 and 1x1 convolutions in the live cell: cells equal in these have equal matrices.
  mutable std::map<std::pair<int, int>, Matrices> known_;
};

}  // namespace phasecore::evaluate
