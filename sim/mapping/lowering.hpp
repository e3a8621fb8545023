// From network layers to stages: one rule per operator (lowering/*.cpp), and what rules may do.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/move.hpp"

namespace phasecore::mapping {

/// Values as a stage loads them that puts them in their order.
struct Placed {
  std::vector<StageInput> inputs;
  MoveWork work;
  graph::Shape shape;     ///< of the raster
  bool by_steps = false;  ///< a line {width, steps}; else as the network has them
};

/// The walk over the layers, as a rule sees it: it is at one layer, and the rule either starts a stage or
/// extends the one that made the layer's input. Which of the two is not the rule's choice: stages are steps
/// (models/graph/steps.hpp).
class Lowering {
 public:
  virtual ~Lowering() = default;

  virtual const graph::Network& network() const = 0;
  virtual const graph::Layer& layer() const = 0;
  virtual int layer_index() const = 0;

  /// What makes input `which` of the layer, and the shape in which its values exist on the chip.
  virtual StageInput input(int which) const = 0;
  /// Values {steps, width} as the chip has them step by step, as a line {width, steps}; of {heads, steps,
  /// width} the heads side by side, {heads * width, steps}. None where they do not lie so.
  virtual std::optional<StageInput> sequence(int which) const = 0;
  /// Does a layer that computes value by value read its inputs by sequence(), as they do not lie in the
  /// network's order?
  virtual bool by_steps() const = 0;
  /// The values of input `which` if they are constants, else null.
  virtual const graph::Tensor* constant(int which) const = 0;
  /// Wherever the values of input `which` lie: what puts them into a raster.
  virtual Placed placed(int which) const = 0;
  /// The shape in which the network has them.
  virtual const graph::Shape& shape(int which) const = 0;
  /// Does input `which` exist on the chip pixel by pixel as the network has it? Refuses the layer if not.
  virtual bool in_place(int which) = 0;
  /// The stage of input `which` if the layer belongs to the same step, else null.
  virtual Stage* joined(int which) = 0;

  /// The layer's values are what this stage (from joined()) delivers from now on.
  virtual void extend(Stage& stage) = 0;
  /// The layer's values are those of its only input, in another shape.
  virtual void pass_on() = 0;
  /// The layer (a graph::Moving) takes values of its inputs to other places. Where its readers cannot read
  /// them from where they are, a stage follows that moves them.
  virtual void move() = 0;
  /// A new stage; name, operator and range are filled in.
  virtual void start(Stage stage) = 0;
  /// One that delivers {width, steps}, or one step alone: of the network's values (sequence()) the one after
  /// the other.
  virtual void start_sequence(Stage stage) = 0;
  virtual void refuse(const std::string& why) = 0;
};

using Rule = std::function<void(Lowering&)>;

/// Rules by the name of the operator, or by what operators have in common.
class Rules {
 public:
  /// Replaces a rule of the same name.
  void add(const std::string& op, Rule rule) { rules_[op] = std::move(rule); }
  /// For all operators derived from T whose names have no rule.
  template <class T>
  void add_for(Rule rule) {
    general_.push_back({[](const graph::Layer& layer) { return layer.is<T>(); }, std::move(rule)});
  }
  const Rule* find(const graph::Layer& layer) const {
    const auto found = rules_.find(layer.op().name());
    if (found != rules_.end()) return &found->second;
    for (const General& general : general_)
      if (general.fits(layer)) return &general.rule;
    return nullptr;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, rule] : rules_) names.push_back(name);
    return names;
  }

 private:
  struct General {
    std::function<bool(const graph::Layer&)> fits;
    Rule rule;
  };

  std::map<std::string, Rule> rules_;
  std::vector<General> general_;
};

/// Those of lowering/*.cpp.
const Rules& lowering_rules();

}  // namespace phasecore::mapping
