// A search as it is posed: the settings with everything they name loaded and checked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "nas/archive/archive.hpp"
#include "nas/evaluate/chips.hpp"
#include "nas/evaluate/evaluator.hpp"
#include "nas/search/domain.hpp"
#include "nas/search/judge.hpp"
#include "nas/search/places.hpp"
#include "nas/search/settings.hpp"
#include "sim/config/device.hpp"

namespace phasecore::search {

struct Problem {
  Settings settings;
  std::unique_ptr<const JointDomain> domain;
  std::shared_ptr<const evaluate::Evaluator> evaluator;
  std::unique_ptr<const Judge> judge;
  /// Steps that every candidate may go through: those before "confirmed" and "final".
  int search_steps = 1;
  std::optional<int> race_step, confirm_step, final_step, fine_tuned_step;
  /// Trained network of a genotype of the space, for evaluators that have networks; else empty.
  std::function<graph::Network(const spaces::Genes&)> network;
  /// The same trained further, where the settings ask for that; else empty.
  std::function<graph::Network(const spaces::Genes&)> fine_tuned;
  std::optional<evaluate::Chips> chips;
  std::optional<config::Device> device;
  std::vector<Genes> start;  ///< candidates of the first round, before those of the algorithm
  archive::Identity identity;
};

/// Throws InputError with what is wrong, EnvironmentError for data and programs that are not there.
Problem pose(const LoadedSettings& loaded, const Places& places);

}  // namespace phasecore::search
