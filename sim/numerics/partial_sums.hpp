// What travels between cores before a stage is done, and how large it gets.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::numerics {

/// Ranges of partial sums and of recurrent states, from the float activations of images.
class PartialSumRanges {
 public:
  /// `images`: how many there are; only the first of them are looked at (images()).
  PartialSumRanges(const graph::Network& network, const mapping::Mapping& mapping, int images);
  ~PartialSumRanges();

  /// No stage has sums that travel.
  bool empty() const { return stages_.empty(); }
  int images() const { return images_; }

  /// The values of all layers for one image.
  void see(const std::vector<std::vector<float>>& values);

  /// Of one stage, by chain position (all but the last; of recurrent layers all); empty: none travel.
  std::vector<double> of(int stage) const;
  /// Of the state of a recurrent layer whose sums travel.
  std::optional<double> of_state(int stage) const;

 private:
  class Stage;

  const graph::Network& network_;
  int images_;
  std::map<int, std::unique_ptr<Stage>> stages_;
};

}  // namespace phasecore::numerics
