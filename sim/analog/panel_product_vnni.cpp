#include "sim/analog/panel_product_512.hpp"

namespace phasecore::analog {

void panel_product_vnni(const PanelProduct& p) {
  panel_product_512(p);
}

}  // namespace phasecore::analog
