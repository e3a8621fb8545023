// The surrogate between the engine and the evaluations: which of the children are worth evaluating. Inside
// nas/search only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "nas/archive/archive.hpp"
#include "nas/pareto/engine.hpp"
#include "nas/search/problem.hpp"
#include "nas/surrogate/surrogate.hpp"

namespace phasecore::search {

class Screening {
 public:
  Screening(const Problem& problem, archive::Archive& archive);

  /// Empty when the settings have the surrogate disabled.
  pareto::Prescreen prescreen();
  void begin_round(int round);
  /// What was decided in a round, sorted by genes.
  void tell(const std::vector<pareto::Evaluated>& evaluated);

  /// Did predictions choose among this round's children?
  bool screened() const { return screened_; }
  std::vector<std::optional<double>> taus() const { return surrogate_.taus(); }

 private:
  /// Genes, and what a network costs in closed form.
  surrogate::Row row(const Genes& genes) const;
  std::vector<surrogate::Surrogate::Known> known(const std::vector<Genes>& children) const;
  std::vector<std::size_t> select(const std::vector<Genes>& children, std::size_t keep);

  const Problem& problem_;
  archive::Archive& archive_;
  surrogate::Surrogate surrogate_;
  int round_ = 0;
  bool screened_ = false;
};

}  // namespace phasecore::search
