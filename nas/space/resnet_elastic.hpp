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

 private:
  int bottleneck_divisor_;
};

}  // namespace phasecore::space
