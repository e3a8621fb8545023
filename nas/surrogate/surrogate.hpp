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
  bool enabled = true;
  int from_rows = 64;         ///< active from this many rows told
  double min_tau = 0.3;       ///< inactive while the rank correlation of any objective's prediction is below
  int window = 64;            ///< the last predictions that the rank correlation is taken over
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
  /// the honest test), then everything is fitted again. All rows have one length, all scores one number of
  /// objectives (InternalError).
  void tell(const std::vector<Row>& rows, const std::vector<pareto::Score>& scores);

  /// Enough rows, and predictions that rank well enough?
  bool active() const;
  /// Prequential Kendall tau-b of each objective over the window: predicted before trained on. Absent while
  /// there are fewer than 16 predictions, or for an objective that does not vary in the window.
  std::vector<std::optional<double>> taus() const;

  struct Prediction {
    std::vector<double> objectives;
    double violation = 0;  ///< 0 = believed feasible
  };
  /// Throws InternalError before anything feasible was told.
  std::vector<Prediction> predict(const std::vector<Row>& rows) const;

  /// Indices of exactly `keep` children, best first, as pareto::Prescreen wants them: those that are
  /// predicted to improve the front known so far most, and `exploration` of them drawn at random. While
  /// inactive: the first `keep`.
  std::vector<std::size_t> select(const std::vector<Row>& children, std::size_t keep) const;

 private:
  struct Models;
  std::unique_ptr<Models> models_;
};

/// Genes as numbers: ordered ones as their index, categorical ones one-hot, and for genes of one alphabet
/// (Domain::alphabet) how often each choice was taken; then `more` (cheap figures: parameters, MACs, ...).
Row encode(const pareto::Domain& domain, const pareto::Genes& genes, const Row& more = {});

/// Kendall's tau-b of two equally long lists; absent when one of them does not vary.
std::optional<double> kendall_tau(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace phasecore::surrogate
