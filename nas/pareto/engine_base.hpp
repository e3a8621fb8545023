// What all engines share: the checks of the contract, the book of known genotypes. Inside nas/pareto only.
#pragma once

#include <set>
#include <string_view>

#include "nas/pareto/dominance.hpp"
#include "nas/pareto/sampling.hpp"

namespace phasecore::pareto {

class EngineBase : public Engine {
 public:
  std::vector<Genes> ask(int count) final;
  void tell(const std::vector<Evaluated>& evaluated) final;

 protected:
  EngineBase(const Domain& domain, const EngineSettings& settings, std::string_view name);

  /// Up to `count` genotypes, each admitted to known().
  virtual std::vector<Genes> propose(int count) = 0;
  virtual void learn(const std::vector<Evaluated>& evaluated) = 0;

  const Domain& domain() const { return domain_; }
  const EngineSettings& settings() const { return settings_; }
  Known& known() { return known_; }
  Draws& draws() { return draws_; }
  /// Least differences that count: standard errors pooled over everything feasible that was told.
  Point epsilon() const;

 private:
  const Domain& domain_;
  EngineSettings settings_;
  Known known_;
  Draws draws_;
  std::set<Genes> told_;
  std::size_t objectives_ = 0, feasible_ = 0;
  Point squared_errors_;
};

/// Orders by quality: fronts of constraint domination, within a front the less crowded first.
std::vector<std::size_t> ranked(const std::vector<Evaluated>& members, const Point& epsilon);

}  // namespace phasecore::pareto
