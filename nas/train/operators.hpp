// Which operators can be trained: those with a torch version in ops/ (one file each; the build finds them).
#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

#include "models/graph/network.hpp"
#include "nas/train/norm.hpp"
#include "nas/train/parameters.hpp"
#include "nas/train/pass.hpp"

namespace phasecore::train {

/// One layer in one pass, as the torch version of its operator sees it.
class LayerPass {
 public:
  LayerPass(const graph::Layer& layer, const Pass& pass, std::vector<torch::Tensor> inputs, Limits limits,
            Parameters& parameters)
      : layer(layer), pass(pass), inputs(std::move(inputs)), limits(limits), parameters_(parameters) {}

  const graph::Layer& layer;
  const Pass& pass;
  const std::vector<torch::Tensor> inputs;
  const Limits limits;  ///< for operators added with add_limiting(): those of the clamp behind this layer

  /// The parameter "<layer>.<name>", or the part of it that this network uses; undefined if the operator
  /// does without.
  torch::Tensor parameter(const char* name) const;
  /// All of it, even if this network uses a part.
  torch::Tensor& whole(const char* name) const;

 private:
  Parameters& parameters_;
};

class Operators {
 public:
  template <class T>
  void add(torch::Tensor (*compute)(const T&, const LayerPass&)) {
    put<T>(compute, false);
  }
  /// The same for one that keeps its values within the pass's limits: where nothing happens between the two,
  /// the clamp behind it is computed together with it.
  template <class T>
  void add_limiting(torch::Tensor (*compute)(const T&, const LayerPass&)) {
    put<T>(compute, true);
  }

  /// Some of its kind have no torch version: `why_not` says of one why.
  template <class T>
  void refuse_if(std::optional<std::string> (*why_not)(const T&)) {
    entries_.at(typeid(T)).why_not = [why_not](const graph::Operator& op) {
      return why_not(static_cast<const T&>(op));
    };
  }

  bool has(const graph::Operator& op) const { return find(op) != nullptr; }
  /// Why one that has a torch version cannot be trained all the same.
  std::optional<std::string> why_not(const graph::Operator& op) const;
  bool limits(const graph::Operator& op) const;
  torch::Tensor compute(const LayerPass& at) const;

 private:
  struct Entry {
    std::function<torch::Tensor(const graph::Operator&, const LayerPass&)> compute;
    bool limits;
    std::function<std::optional<std::string>(const graph::Operator&)> why_not;  ///< may be empty
  };
  template <class T>
  void put(torch::Tensor (*compute)(const T&, const LayerPass&), bool limits) {
    entries_[typeid(T)] = {[compute](const graph::Operator& op, const LayerPass& at) {
                             return compute(static_cast<const T&>(op), at);
                           },
                           limits,
                           {}};
  }
  const Entry* find(const graph::Operator& op) const;

  std::map<std::type_index, Entry> entries_;
};

/// Those of ops/*.cpp.
const Operators& operators();

}  // namespace phasecore::train
