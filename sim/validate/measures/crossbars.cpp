// How many crossbars a network's matrices take, and how many weights they hold.
#include "models/graph/mvm.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

enum class Figure { Crossbars, Weights };

struct Matrices {
  int rows = 0, columns = 0;
  int rows_per_channel = 0;
  int count = 0;
  void fields(common::FieldVisitor& v) {
    v.field({"rows", "", "inputs of the matrix", 1, 1e6}, rows);
    v.field({"columns", "", "outputs of the matrix", 1, 1e6}, columns);
    v.field({"rows_per_channel", "", "of an input channel: the kernel's pixels", 1, 1e4}, rows_per_channel);
    v.field({"count", "", "so many equal ones", 1, 1e6}, count);
  }
};

class CrossbarsMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    v.group({"network", "", "whose matrices are counted; without: `matrices`"}, network_);
    v.list({"matrices", "", "in place of a network"}, matrices_);
    v.field({"digital_ends", "", "are the first and the last matrix digital?"}, digital_ends_);
    v.choice({"tiling", "", "how matrices are cut, as mapping.tiling"}, tiling_,
             {"equal", "ceil", "ceil-channels"});
    v.field({"side", "", "rows and columns of a crossbar", 1, 65536}, side_);
    v.field({"margin", "", "rows and columns that stay free, as mapping.margin", 0, 100}, margin_);
    v.choice({"figure", "", "crossbars, or weights"}, figure_, {"crossbars", "weights"});
    v.check(network_.has_value() != !matrices_.empty(), "give either a network or matrices", {"matrices"});
  }

  double value(Shared&) const override {
    std::vector<Matrices> all = network_ ? of_network(network_->build()) : matrices_;
    if (digital_ends_) all = {all.begin() + 1, all.end() - 1};
    double crossbars = 0, weights = 0;
    for (const Matrices& m : all) {
      crossbars += m.count * mapping::crossbars(tiling_, {m.rows, m.columns, m.rows_per_channel},
                                                side_ - margin_, side_ - margin_);
      weights += static_cast<double>(m.count) * m.rows * m.columns;
    }
    return figure_ == Figure::Crossbars ? crossbars : weights;
  }

 private:
  static std::vector<Matrices> of_network(const graph::Network& network) {
    std::vector<Matrices> all;
    for (const graph::Layer& layer : network.layers) {
      const auto* mvm = layer.as<graph::Mvm>();
      if (mvm == nullptr) continue;
      const int columns = mvm->outputs();
      const int rows = static_cast<int>(mvm->weights.values.size()) / columns;
      all.push_back({rows, columns, rows / mvm->weights.shape[1], 1});
    }
    return all;
  }

  std::optional<NetworkChoice> network_;
  std::vector<Matrices> matrices_;
  bool digital_ends_ = false;
  config::TilingRule tiling_ = config::TilingRule::Equal;
  int side_ = 0, margin_ = 0;
  Figure figure_ = Figure::Crossbars;
};

}  // namespace

void register_crossbars(Measures& table) {
  table.add<CrossbarsMeasure>("crossbars");
}

}  // namespace phasecore::validate
