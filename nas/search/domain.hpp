// The joint genotype: the genes of the space, then those of the chip.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/spaces/space.hpp"
#include "nas/pareto/engine.hpp"
#include "nas/search/settings.hpp"

namespace phasecore::search {

using Genes = std::vector<int>;

class JointDomain : public pareto::Domain {
 public:
  /// `exists`: what beside the space's limits decides (a table that does not hold every network); may be
  /// empty. `as_written`: genotypes of the space that give the same network count as different ones: a table
  /// has a training of its own for each.
  JointDomain(std::shared_ptr<const spaces::Space> space, std::vector<ChipGene> chip_genes,
              std::function<bool(const Genes&)> exists, bool as_written = false);

  int genes() const override { return static_cast<int>(names_.size()); }
  int choices(int gene) const override;
  bool ordered(int gene) const override;
  bool has_effect(const Genes& genes, int gene) const override;
  Genes canonical(const Genes& genes) const override;
  bool exists(const Genes& canonical) const override;
  int alphabet(int gene) const override { return alphabets_.at(gene); }

  /// The gene's name, or the chip key's.
  const std::vector<std::string>& names() const { return names_; }
  /// The choices in words; "" for genes without effect (unless genotypes count as written).
  std::vector<std::string> words(const Genes& genes) const;
  /// Genes from the choices in words by name; those that are left out take their first choice. Throws
  /// InputError for names and choices that are not here.
  Genes parse(const std::map<std::string, std::string>& words) const;
  spaces::Genes of_space(const Genes& genes) const;
  std::vector<int> of_chip(const Genes& genes) const;
  const spaces::Space& space() const { return *space_; }
  bool as_written() const { return as_written_; }

 private:
  int space_genes() const { return static_cast<int>(space_->genes().size()); }

  std::shared_ptr<const spaces::Space> space_;
  std::vector<ChipGene> chip_genes_;
  std::function<bool(const Genes&)> exists_;
  bool as_written_;
  std::vector<std::string> names_;
  std::vector<int> alphabets_;
};

}  // namespace phasecore::search
