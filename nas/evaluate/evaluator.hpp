// From a genotype to its figures: what a search asks, whoever answers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"
#include "nas/evaluate/fidelity.hpp"
#include "nas/figures/catalogue.hpp"

namespace phasecore::evaluate {

using figures::Figure;

/// What one step found out about one genotype.
struct Outcome {
  /// By name: cores, parameters, macs, latency_ns, interval_ns, energy_nj, energy_steady_nj, edp, area_mm2,
  /// accuracy@T and accuracy@T.std (T as common::format_duration writes it: 60s, 1h, 1d), avm_pp,
  /// accuracy@digital (float), accuracy@quantized. Figures that are not modelled are absent.
  std::map<std::string, Figure> figures;
  std::string failure;  ///< "" or why figures are missing: what does not fit (layer, need, limit), or a loss
  bool lost = false;    ///< the failure says nothing of the candidate: its worker crashed or ran out of time
  bool operator==(const Outcome& o) const {
    return figures == o.figures && failure == o.failure && lost == o.lost;
  }
};

/// A pure function of its configuration, genes and step: equal in every process and every order of calls.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Fidelity steps, at least 1; 0 is the cheapest.
  virtual int steps() const = 0;
  /// No two steps have the same.
  virtual Fidelity fidelity(int step) const = 0;
  /// Names of the figures that a step gives. Of a figure that two steps give, the later one's counts.
  virtual std::vector<std::string> figures(int step) const = 0;
  /// Figures that evaluate() would give exactly, and that cost next to nothing: what a surrogate need not
  /// guess.
  virtual std::map<std::string, Figure> free_figures(const std::vector<int>& /*genes*/) const { return {}; }
  /// What cannot be evaluated has a failure; throws EnvironmentError, or InternalError when an invariant
  /// breaks.
  virtual Outcome evaluate(const std::vector<int>& genes, int step) const = 0;
};

/// All messages of an error on one line, as a reason in a table.
std::string on_one_line(const common::InputError& error);

/// An outcome as bytes, for a pipe between two processes of the same binary.
std::string to_bytes(const Outcome& outcome);
/// False when the bytes are no outcome.
bool from_bytes(const std::string& bytes, Outcome& outcome);

}  // namespace phasecore::evaluate
