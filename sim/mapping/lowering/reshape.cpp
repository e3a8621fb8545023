// Flatten and Reshape: values stay where they are.
#include "sim/mapping/lowering.hpp"

namespace phasecore::mapping {

void register_reshape(Rules& rules) {
  for (const char* op : {"Flatten", "Reshape"}) rules.add(op, [](Lowering& at) { at.pass_on(); });
}

}  // namespace phasecore::mapping
