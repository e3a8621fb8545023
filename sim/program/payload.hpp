// Values that travel with the tokens when a program runs functionally.
#pragma once

#include <cstdint>
#include <vector>

namespace phasecore::program {

/// Codes of one token (INT8; FP16 logits as two bytes each, little-endian).
using Payload = std::vector<std::int8_t>;

/// What the tasks compute. The chip calls fire() for every firing, firings of a task in
/// order, and delivers the payloads to the consumers with the tokens.
class TaskFunctions {
 public:
  virtual ~TaskFunctions() = default;
  /// A token arrived for input `input` of `task`: the `index`-th of its image.
  virtual void receive(int task, int input, int image, int index, const Payload& payload) = 0;
  /// Firing `firing` of `image`: one payload per output of the task; those that do not emit in this firing
  /// are ignored. Streams of a multicast carry the same tokens: the value for the first of them counts.
  virtual std::vector<Payload> fire(int task, int image, int firing) = 0;
  /// What token number `token` of those holds that a stream has when a run starts.
  virtual Payload initial(int /*stream*/, int /*token*/) { return {}; }
};

}  // namespace phasecore::program
