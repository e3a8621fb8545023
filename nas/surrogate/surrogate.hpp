// Learns from what was evaluated which children are worth evaluating. Gradient-boosted trees (XGBoost, one
// thread), fitted again from the start on everything told so far whenever something new was told: no state
// that would have to be saved, equal input gives equal predictions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "nas/pareto/engine.hpp"

namespace phasecore::surrogate {

/// What is known of a genotype without evaluating it; NaN = unknown.
using Row = std::vector<double>;

struct Settings {
  std::uint64_t seed = 1;
  bool enabled = true;        ///< false: never active, nothing is fitted
  int from_rows = 64;         ///< active from this many rows told; fitted, to be tested, from half as many
  double min_tau = 0.3;       ///< inactive while the rank correlation of any objective's prediction is below
  int window = 64;            ///< the last predictions that the rank correlation is taken over, at least 16
  double exploration = 0.15;  ///< share of the kept children that are chosen by chance
};

class Surrogate {
 public:
  /// Throws InputError for settings out of range.
  explicit Surrogate(const Settings& settings);
  ~Surrogate();
  Surrogate(const Surrogate&) = delete;
  Surrogate& operator=(const Surrogate&) = delete;

  /// What was evaluated, one row and one score each. The models of before predict the new rows first (that is
  /// the honest test), then everything is fitted again. Objectives that are NaN or missing (of infeasible
  /// genotypes) are left out. All rows have one length, all feasible scores one number of objectives
  /// (InternalError).
  void tell(const std::vector<Row>& rows, const std::vector<pareto::Score>& scores);

  /// Enough rows, something feasible among them, and predictions that rank well enough?
  bool active() const;
  /// Prequential Kendall tau-b of each objective over the window: predicted before trained on. Absent while
  /// there are fewer than 16 predictions, and for an objective that does not vary in the window.
  std::vector<std::optional<double>> taus() const;

  struct Prediction {
    std::vector<double> objectives;
    double infeasible = 0;  ///< believed chance, 0 to 1
  };
  /// Throws InternalError while nothing is fitted.
  std::vector<Prediction> predict(const std::vector<Row>& rows) const;

  /// What is known of a child, whatever the models think.
  struct Known {
    std::vector<std::optional<double>> objectives;  ///< one each
    bool infeasible = false;                        ///< it breaks a constraint
  };

  /// Indices of exactly `keep` children, best first, as pareto::Prescreen wants them: those that promise the
  /// largest gain of hypervolume together (acquisition.hpp), then `exploration` of them drawn at random.
  /// While inactive: the first `keep`. Throws InternalError when there are fewer.
  /// `known`: one per child, or empty.
  std::vector<std::size_t> select(const std::vector<Row>& children, std::size_t keep,
                                  const std::vector<Known>& known = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Genes as numbers: ordered ones as their index, categorical ones one-hot, and for categorical genes that
/// share an alphabet (Domain::alphabet) how often each choice was taken; then `more`, cheap figures such as
/// parameters and MACs. They are worth more than the choice of the model, as is, where different canonical
/// genes may give one network (a table of separately trained cells), a second encoding of the genes without
/// what has no effect.
Row encode(const pareto::Domain& domain, const pareto::Genes& genes, const Row& more = {});

/// Kendall's tau-b of two equally long lists; absent when one of them does not vary.
std::optional<double> kendall_tau(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace phasecore::surrogate
