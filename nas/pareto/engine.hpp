// Search engines: they ask for genotypes and are told scores. They know numbers only: neither networks nor
// chips.
//
// An engine is a deterministic function of its settings and of what it was told: it draws keyed random
// numbers in ask() alone and reads no clock. So a search is resumed by running it again from the start with
// the scores that are already known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace phasecore::pareto {

/// Index of the choice taken, for each gene.
using Genes = std::vector<int>;

/// What may be varied.
class Domain {
 public:
  virtual ~Domain() = default;
  virtual int genes() const = 0;
  /// Number of choices of a gene, at least 1.
  virtual int choices(int gene) const = 0;
  /// An integer, whose neighbours are the next choices; else categorical.
  virtual bool ordered(int gene) const = 0;
  /// Does another choice of this gene give another network?
  virtual bool has_effect(const Genes& genes, int gene) const = 0;
  /// Equal networks have equal canonical genes.
  virtual Genes canonical(const Genes& genes) const = 0;
  /// Inside the limits (of a table: in it). `canonical` is canonical.
  virtual bool exists(const Genes& canonical) const = 0;
  /// Genes that return the same number choose from the same list, so that it means something to count how
  /// often each choice was taken among them. Used by surrogate::encode() only.
  virtual int alphabet(int gene) const { return gene; }
};

/// Of one evaluated genotype.
struct Score {
  std::vector<double> objectives;  ///< all to be minimised; NaN allowed where violation > 0 (never measured)
  std::vector<double> errors;      ///< standard error of each objective, 0 = exact; empty = all exact
  double violation = 0;  ///< 0 = feasible; else the sum of relative excesses; +inf = could not be evaluated
};

struct Evaluated {
  Genes genes;  ///< canonical
  Score score;
};

/// Chooses from an oversupply of children: the indices of exactly `keep` of them, best first. keep is at most
/// the number of children. (The surrogate; an empty function = the children are taken as they come.)
using Prescreen =
    std::function<std::vector<std::size_t>(const std::vector<Genes>& children, std::size_t keep)>;

class Engine {
 public:
  virtual ~Engine() = default;
  /// What to evaluate next: canonical, existing, neither asked for nor told before, different from each
  /// other, at most `count`. Empty = the space is exhausted. Throws InternalError if count < 1.
  virtual std::vector<Genes> ask(int count) = 0;
  /// Scores of genotypes asked for (or of others: they are then known as well). Sort by genes, so that
  /// nothing depends on who finished first. Throws InternalError for genes told before or a changed number of
  /// objectives.
  virtual void tell(const std::vector<Evaluated>& evaluated) = 0;
};

struct EngineSettings {
  std::uint64_t seed = 1;
  int population = 16;          ///< at least 2
  double crossover_rate = 0.5;  ///< share of children with two parents
  double mutation_rate = 1;     ///< expected number of genes changed in a child, beside crossover
  int oversupply = 32;          ///< children made per child kept, where there is a prescreen
};

/// Makes an engine of one algorithm; the domain outlives it.
using EngineMaker = std::function<std::unique_ptr<Engine>(const Domain&, const EngineSettings&, Prescreen)>;

/// Algorithms by name.
class Algorithms {
 public:
  /// Throws InternalError for a name that there is already.
  void add(const std::string& name, EngineMaker make);
  std::vector<std::string> names() const;
  /// Throws InputError for an unknown name.
  const EngineMaker& find(const std::string& name) const;

 private:
  std::vector<std::pair<std::string, EngineMaker>> list_;
};

/// Those of nas/pareto/algorithms; a program may add its own before it reads the settings that name them.
Algorithms& algorithms();

/// `domain` must outlive the engine. Throws InputError for an unknown algorithm and for settings out of
/// range.
std::unique_ptr<Engine> make_engine(const std::string& algorithm, const Domain& domain,
                                    const EngineSettings& settings, Prescreen prescreen = {});

}  // namespace phasecore::pareto
