#include "common/random_fill_body.hpp"

namespace phasecore::common {

void fill_normal_avx512(const FillRange& range) {
  fill<Normal>(range);
}

}  // namespace phasecore::common
