// Residual networks that share weights, as a file describes them: what a supernet covers.
#pragma once

#include "models/spaces/residual_space.hpp"

namespace phasecore::spaces {

class ResnetElastic : public ResidualSpace {
 public:
  /// The choices that networks have for their first convolution, and those for each stage: ascending.
  struct Stem {
    std::vector<int> widths, kernels, strides;
    void fields(common::FieldVisitor& v);
  };
  struct Stage {
    std::vector<int> blocks, widths, kernels, branches;
    std::vector<std::string> types;  ///< "basic", "bottleneck", "separable"
    void fields(common::FieldVisitor& v);
  };
  struct Settings : spaces::Settings {
    int bottleneck_divisor = 0;
    Stem stem;
    std::vector<Stage> stages;
    int fewest_stages = 0;
    void fields(common::FieldVisitor& v);
  };
  static std::vector<Gene> all_genes(const Settings& settings);

  ResnetElastic(const Settings& settings, std::vector<Gene> genes);
  ResidualNet structure(const Genes& genes) const override;

  /// One network that has every layer of every network of the space at its largest: blocks with branches of
  /// all their types, a classifier behind each stage that may be the last. Its layers have the names that
  /// they have in the networks of the space. It is no member itself.
  graph::Network supernet(std::uint64_t seed) const;

 private:
  int bottleneck_divisor_, fewest_stages_;
};

}  // namespace phasecore::spaces
