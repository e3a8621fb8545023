#include "sim/mapping/refusals.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"
#include "models/graph/check.hpp"
#include "models/graph/ops/constant.hpp"
#include "sim/mapping/moved.hpp"

namespace phasecore::mapping {
namespace {

class Trial final : public Lowering {
 public:
  Trial(const graph::Network& network, int layer, Refusals& refusals)
      : network_(network), layer_(layer), refusals_(refusals) {}

  const graph::Network& network() const override { return network_; }
  const graph::Layer& layer() const override { return network_.layers[layer_]; }
  int layer_index() const override { return layer_; }

  StageInput input(int which) const override {
    const graph::Shape& own = shape(which);
    return {kNetworkInput, has_raster(own) ? own : graph::Shape{static_cast<int>(graph::volume(own))}};
  }
  std::optional<StageInput> sequence(int which) const override {
    return StageInput{kNetworkInput, line_of(shape(which))};
  }
  bool by_steps() const override { return false; }
  const graph::Tensor* constant(int which) const override {
    const auto* constant = network_.layers[layer().inputs.at(which)].as<graph::Constant>();
    return constant == nullptr ? nullptr : &constant->values;
  }
  Placed placed(int which) const override { return {{input(which)}, {}, input(which).shape}; }
  const graph::Shape& shape(int which) const override {
    return network_.layers[layer().inputs.at(which)].shape;
  }
  bool in_place(int which) override {
    const bool there = has_raster(shape(which));
    if (!there) refuse("it reads " + without_raster(shape(which)));
    return there;
  }
  Stage* joined(int /*which*/) override { return nullptr; }

  void extend(Stage& /*stage*/) override {}
  void pass_on() override {}
  void move() override {}
  void start(Stage /*stage*/) override {}
  void start_sequence(Stage /*stage*/) override {}
  void refuse(const std::string& why) override { refusals_.add(layer(), why); }

 private:
  const graph::Network& network_;
  int layer_;
  Refusals& refusals_;
};

}  // namespace

void Refusals::add(const graph::Layer& layer, const std::string& why) {
  const auto [found, is_new] = places_.insert({layer.op().name(), operators_.size()});
  if (is_new) {
    operators_.push_back({&layer, &layer, why, 1});
    return;
  }
  Refused& refused = operators_[found->second];
  if (refused.last != &layer) ++refused.layers;
  refused.last = &layer;
}

bool Refusals::has(const graph::Layer& layer) const {
  const auto found = places_.find(layer.op().name());
  return found != places_.end() && operators_[found->second].last == &layer;
}

void Refusals::raise_if_any(const graph::Network& network) const {
  std::vector<common::Diagnostic> found;
  std::size_t layers = 0;
  for (const Refused& refused : operators_) {
    const std::string count = refused.layers == 1 ? "" : fmt::format(" (the first of {})", refused.layers);
    found.push_back({refused.first->where,
                     graph::label_of(*refused.first) + ": cannot be mapped: " + refused.why + count});
    layers += refused.layers;
  }
  if (found.empty()) return;
  found[std::min(found.size(), common::kMostShown) - 1].details = fmt::format(
      "The chip computes all but {} of the {} layers of network '{}'; docs/operators.md says what "
      "it can. `phasecore infer` computes all of them in float.",
      layers, network.layers.size(), common::printable(network.name));
  throw common::InputError(std::move(found));
}

std::string without_raster(const graph::Shape& shape) {
  return fmt::format(
      "values of {} dimensions ({}); the chip has vectors, lines (channels x length) and images "
      "(channels x height x width)",
      shape.size(), graph::to_string(shape));
}

void try_rule(const Rule& rule, const graph::Network& network, int layer, Refusals& refusals) {
  Trial trial(network, layer, refusals);
  rule(trial);
}

}  // namespace phasecore::mapping
