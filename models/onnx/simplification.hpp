// What exporters write and the graph does not know, reduced to what it knows while a model is read:
//   constants/  nodes whose inputs are all constant (or that ask for a shape): their outputs are computed
//   simplify/   nodes that need no layer of their own: they become part of a neighbour, or are moved away
// One file per kind in each; the build finds them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace phasecore::onnx {

class NodeReader;

/// How the constants are computed, by operator.
class Evaluators {
 public:
  /// Ends the node with define() or another of NodeReader's ends.
  using Evaluate = std::function<void(NodeReader&)>;

  void evaluates(const std::string& op, Evaluate evaluate);
  /// Null if nobody computes this operator.
  const Evaluate* find(const std::string& op) const;

 private:
  std::map<std::string, Evaluate> evaluators_;
};

class Rules {
 public:
  /// Ends the node and returns true; or, where the rule does not apply, leaves it as it is and returns false.
  using Apply = std::function<bool(NodeReader&)>;

  /// To be tried for nodes of `op`, in the order of additions, before they are read.
  void applies(const std::string& op, Apply apply);
  /// The same for an operator that has no reader; `only` says in which form it is supported.
  void applies_only(const std::string& op, Apply apply, std::string only);

  /// Nodes of this operator may deliver several tensors that are read.
  void delivers_several(const std::string& op) { several_outputs_.insert(op); }

  const std::vector<Apply>& of(const std::string& op) const;
  /// What applies_only() said; null where it was not called.
  const std::string* only(const std::string& op) const;
  bool has_several_outputs(const std::string& op) const { return several_outputs_.count(op) != 0; }
  std::vector<std::string> operators_without_reader() const;

 private:
  std::map<std::string, std::vector<Apply>> rules_;
  std::map<std::string, std::string> only_;
  std::set<std::string> several_outputs_;
};

/// Those of this program; made by the build.
const Evaluators& evaluators();
const Rules& rules();

}  // namespace phasecore::onnx
