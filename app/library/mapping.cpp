#include "sim/report/mapping.hpp"

#include <nlohmann/json.hpp>

#include "app/library/inside.hpp"
#include "common/json_text.hpp"
#include "models/graph/fold.hpp"
#include "sim/mapping/as_file.hpp"
#include "sim/mapping/closed_form.hpp"

namespace phasecore {
inline namespace v1 {

NetworkMapping map_network(const Network& network, const Chip& chip) {
  return library::translated([&] {
    const config::Chip& on = chip.impl().chip;
    const graph::FoldedNetwork folded = graph::fold(network.impl().model.network);
    const mapping::Mapped mapped(folded, on);
    NetworkMapping result;
    result.cores_used = mapped.map.cores_used;
    result.cores_available = mapped.map.cores_available;
    result.interval_ns = static_cast<double>(mapped.interval_ps()) * 1e-3;
    result.json =
        common::json_text(report::to_json(mapped, on, mapping::with_one_core_more(folded, on, mapped)), 1);
    result.csv = report::stage_table(mapped).csv();
    result.file = common::dump_fields(mapping::as_file(mapped.map, on));
    return result;
  });
}

}  // namespace v1
}  // namespace phasecore
