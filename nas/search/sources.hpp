// Where figures come from: the evaluators by their settings. Inside nas/search only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "models/spaces/space.hpp"
#include "nas/evaluate/chips.hpp"
#include "nas/evaluate/evaluator.hpp"
#include "nas/search/given.hpp"
#include "nas/search/places.hpp"
#include "nas/search/settings.hpp"
#include "sim/config/device.hpp"

namespace phasecore::search {

struct Source {
  std::shared_ptr<const evaluate::Evaluator> evaluator;
  /// Genotypes that can be evaluated, beside the space's limits; empty = all.
  std::function<bool(const std::vector<int>&)> exists;
  bool as_written = false;  ///< equal networks with other genes have figures of their own
  std::function<graph::Network(const spaces::Genes&)> network;  ///< empty: there are none
  /// The same trained further; empty: the settings do not ask for it.
  std::function<graph::Network(const spaces::Genes&)> fine_tuned;
  std::optional<config::Device> device;       ///< empty: nothing is simulated
  std::map<std::string, std::string> files;   ///< what was read: name -> path
  std::map<std::string, std::string> hashes;  ///< of what was read from no one file: name -> SHA-256
};

/// Of the evaluator `networks`.
Source given_source(const LoadedSettings& loaded, const std::vector<GivenNetwork>& given,
                    const evaluate::Chips& chips);

/// Of the others. Throws InputError for settings that do not go together.
Source load_source(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                   const evaluate::Chips& chips, const Places& places);

}  // namespace phasecore::search
