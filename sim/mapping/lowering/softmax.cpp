// Softmax at the end of a network never gets here: the walk leaves it to the host.
#include "sim/mapping/lowering.hpp"

namespace phasecore::mapping {

void register_softmax(Rules& rules) {
  rules.add("Softmax", [](Lowering& at) { at.refuse("the host does it at the end of a network only"); });
}

}  // namespace phasecore::mapping
