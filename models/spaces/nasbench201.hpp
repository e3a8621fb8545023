// The cell space of NAS-Bench-201 (Dong and Yang, arXiv 2001.00326), in the notation of the AnalogNAS-Bench
// table: six edges between four nodes of a cell, one of five operations each.
#pragma once

#include <array>

#include "models/spaces/space.hpp"

namespace phasecore::spaces {

/// Operations in the table's numbering.
enum class CellOp { Skip = 0, None = 1, Conv3x3 = 2, Conv1x1 = 3, AveragePool = 4 };
/// Of the edges (1,2) (1,3) (1,4) (2,3) (2,4) (3,4), in this order.
using Cell = std::array<CellOp, 6>;

/// The cell with every edge set to None that the output cannot see, because nothing reaches its start or
/// nobody reads its end. (In the network as published a convolution of nothing still adds the offset of its
/// batch norm, a constant per channel; here it adds nothing.)
Cell without_dead_edges(const Cell& cell);

/// Does the input of the cell reach its output?
bool connected(const Cell& cell);

class Nasbench201 : public Space {
 public:
  struct Settings : spaces::Settings {
    void fields(common::FieldVisitor& v);
  };
  static std::vector<Gene> all_genes(const Settings& settings);

  Nasbench201(const Settings& settings, std::vector<Gene> genes);
  Size size() const override;
  Genes canonical(const Genes& genes) const override;
  Cost cost(const Genes& genes) const override;

  /// What the genes mean, before dead edges are dropped.
  Cell cell(const Genes& genes) const;

 protected:
  bool has_effect(const Genes& genes, int gene) const override;
  std::string own_refusal(const Genes& canonical) const override;
  graph::Network draft(const Genes& canonical, std::uint64_t seed) const override;
};

}  // namespace phasecore::spaces
