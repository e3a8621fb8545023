// Small residual networks that share weights: what the supernet covers.
#pragma once

#include "models/spaces/residual_space.hpp"

namespace phasecore::spaces {

class ResnetElastic : public ResidualSpace {
 public:
  struct Settings : spaces::Settings {
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

}  // namespace phasecore::spaces
