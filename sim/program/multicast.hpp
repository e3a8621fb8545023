// Tokens that several receivers need: which packets carry them (T21).
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::program {

/// Streams of a multicast whose routes start with the same link into a router share packets, which go as a
/// tree: a copy on every link of their routes, from where two of them part each takes its own. Over circuits
/// and links of their own from the host to a core every stream has packets of its own.
class Multicasts {
 public:
  Multicasts() = default;
  Multicasts(const Program& program, const Platform& platform);

  /// The stream whose packets carry the tokens of this one: the first of its tree, most often itself.
  int carrier(int stream) const { return trees_.empty() ? stream : trees_[stream].carrier; }
  bool is_carried(int stream) const { return carrier(stream) != stream; }
  /// So many links at the start of its route carry its tokens as those of an earlier stream of its tree.
  int shared(int stream) const { return trees_.empty() ? 0 : trees_[stream].shared; }
  /// All streams whose tokens its packets carry, itself first; none where it is the only one.
  const std::vector<int>& carried_by(int stream) const {
    return trees_.empty() ? kNone : trees_[stream].carried;
  }

 private:
  struct Member {
    int carrier = 0, shared = 0;
    std::vector<int> carried;
  };
  inline static const std::vector<int> kNone;
  std::vector<Member> trees_;  ///< by stream; empty for a program without multicasts
};

/// Our own invariants of a program's multicasts. Throws InternalError.
void check_multicasts(const Program& program, const Platform& platform);

}  // namespace phasecore::program
