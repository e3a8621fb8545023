// Small residual networks that share weights: what the supernet covers.
#pragma once

#include "nas/space/residual_space.hpp"

namespace phasecore::space {

class ResnetElastic : public ResidualSpace {
 public:
  struct Settings : space::Settings {
    int bottleneck_divisor = 0;
    void fields(common::FieldVisitor& v);
  };
  static std::vector<Gene> all_genes();

  ResnetElastic(const Settings& settings, std::vector<Gene> genes);
  ResidualNet structure(const Genes& genes) const override;

  /// One network that has every layer of every network of the space at its largest: blocks with branches of
  /// both shapes, a classifier behind each stage from the second on. Its layers have the names that they have
  /// in the networks of the space. It is no member itself.
  graph::Network supernet(std::uint64_t seed) const;

 private:
  int bottleneck_divisor_;
};

}  // namespace phasecore::space
