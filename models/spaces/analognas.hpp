// The space of AnalogNAS (Benmeziane et al., arXiv 2305.10459), Table I, complete: nothing of it is fixed as
// it is in the code published with the paper.
#pragma once

#include "models/spaces/residual_space.hpp"

namespace phasecore::spaces {

class AnalogNas : public ResidualSpace {
 public:
  struct Settings : spaces::Settings {
    int max_path_convolutions = 0;
    int bottleneck_divisor = 0;
    void fields(common::FieldVisitor& v);
  };
  static std::vector<Gene> all_genes(const Settings& settings);

  AnalogNas(const Settings& settings, std::vector<Gene> genes);
  ResidualNet structure(const Genes& genes) const override;

 protected:
  std::string own_refusal(const Genes& canonical) const override;

 private:
  int max_path_convolutions_;
  int bottleneck_divisor_;
};

}  // namespace phasecore::spaces
