#include "common/random_fill_body.hpp"

namespace phasecore::common {

void fill_normal_v3(const FillRange& range) {
  fill<Normal>(range);
}

void fill_uniform_v3(const FillRange& range) {
  fill<Uniform>(range);
}

}  // namespace phasecore::common
