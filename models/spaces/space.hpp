// A search space: genes in, networks out. A genotype is one choice per gene; what it costs is known in closed
// form before anything is built.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/random.hpp"
#include "models/graph/network.hpp"
#include "models/spaces/settings.hpp"

namespace phasecore::spaces {

/// Index of the choice taken, for each gene.
using Genes = std::vector<int>;

struct Gene {
  std::string name;
  std::string meaning;
  bool ordered = false;              ///< an integer, whose neighbours are the next choices; else categorical
  std::vector<std::string> choices;  ///< as files write them
  std::vector<int> values;           ///< what each choice stands for: the number, or an enumerator
  int stage = 0;  ///< 0: always active; n: without effect in networks of fewer than n stages

  static Gene integer(std::string name, std::string meaning, const std::vector<int>& values, int stage = 0);
  static Gene categorical(std::string name, std::string meaning, std::vector<std::string> choices,
                          int stage = 0);
};

/// Of one network. Equal to what graph::parameters(), graph::macs() and the longest path through the built
/// network say.
struct Cost {
  long long parameters = 0;
  long long macs = 0;  ///< per image
  int depth = 0;       ///< convolutions and Gemm on the longest path from the image to the logits
};

/// Number of canonical genotypes, before limits. Cells may still be isomorphic through skip edges: published
/// tables keep those apart.
struct Size {
  std::optional<std::uint64_t> exact;  ///< absent when it needs more than 64 bits
  double log10 = 0;
};

class Space {
 public:
  virtual ~Space() = default;
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const std::string& kind() const { return settings_.kind; }
  const std::vector<Gene>& genes() const { return genes_; }
  const graph::Shape& input() const { return settings_.input; }  ///< {C, H, W}
  int classes() const { return settings_.classes; }

  virtual Size size() const = 0;
  /// The one genotype that stands for all that give the same network: genes without effect take a fixed
  /// choice. The genotype must be well-formed (InternalError).
  virtual Genes canonical(const Genes& genes) const = 0;
  virtual Cost cost(const Genes& genes) const = 0;
  long long parameters(const Genes& genes) const { return cost(genes).parameters; }
  long long macs(const Genes& genes) const { return cost(genes).macs; }
  int depth(const Genes& genes) const { return cost(genes).depth; }

  /// Why there is no such network: "" if there is, else malformed genes, or the limit that is exceeded and by
  /// what. Allocates nothing of the network's size.
  std::string refusal(const Genes& genes) const;
  bool exists(const Genes& genes) const { return refusal(genes).empty(); }

  /// The network with He-normal weights (He et al. 2015, fan in) addressed by (seed, layer name, output,
  /// input), so that equal layers of two networks start equal. Batch norms are unfolded. Throws
  /// InputError(refusal).
  graph::Network network(const Genes& genes, std::uint64_t seed) const;

  /// Sample number `index` (below 2^32): every gene uniform, drawn again until the network exists, in
  /// canonical form. Throws InputError when the limits leave (almost) nothing.
  Genes sample(const common::RandomKey& key, std::uint64_t index) const;
  /// `genes` with one gene set to another choice, in canonical form; it may not exist.
  Genes mutated(Genes genes, int gene, int choice) const;
  /// Every existing canonical genotype one step away: another choice of one gene, for ordered genes the next
  /// lower or higher one. Without duplicates, in gene order.
  std::vector<Genes> neighbours(const Genes& genes) const;

  /// `count` genotypes spread over the sizes: of 64 * count samples sorted by their multiply-accumulates the
  /// middle ones of `count` equal groups. Throws InputError as sample() does.
  std::vector<Genes> spread(const common::RandomKey& key, int count) const;

  /// Genes written by name and choice, as {"stem_width", "12"}; genes without effect may be left out. Throws
  /// InputError naming everything that is wrong.
  Genes parse(const std::map<std::string, std::string>& choices) const;
  /// The same in one text: "stem_width=12 stages=3 ...", in any order.
  Genes parse(const std::string& text) const;
  std::string text(const Genes& genes) const;
  /// Of genes the choices by name, without the genes that have no effect.
  std::map<std::string, std::string> choices(const Genes& genes) const;

 protected:
  Space(Settings settings, std::vector<Gene> genes);

  /// What the taken choice of gene number `gene` stands for.
  int value(const Genes& genes, int gene) const { return genes_[gene].values[genes[gene]]; }
  /// Well-formed: one index per gene, each in range. "" or what is wrong.
  std::string malformed(const Genes& genes) const;
  /// Are all choices of a gene equal in this (canonical) genotype?
  virtual bool has_effect(const Genes& genes, int gene) const = 0;
  /// A limit of this kind of space alone; "" if kept.
  virtual std::string own_refusal(const Genes& canonical) const = 0;
  /// Draft of a network that exists.
  virtual graph::Network draft(const Genes& canonical, std::uint64_t seed) const = 0;

 private:
  Settings settings_;
  std::vector<Gene> genes_;
};

}  // namespace phasecore::spaces
