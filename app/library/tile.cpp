#include "sim/report/tile.hpp"

#include <nlohmann/json.hpp>

#include "app/library/inside.hpp"
#include "common/json_text.hpp"
#include "common/units.hpp"
#include "sim/tile/tile.hpp"

namespace phasecore {
inline namespace v1 {

namespace {

tile::Matrix matrix_of(const Array& array, const std::string& what) {
  common::NpyArray given = library::checked(array, what);
  if (given.shape.size() != 2 || given.values.empty())
    throw common::InputError(what + " must be a matrix; its shape has " + std::to_string(given.shape.size()) +
                             " axes and " + std::to_string(given.values.size()) + " values");
  return {static_cast<int>(given.shape[0]), static_cast<int>(given.shape[1]), std::move(given.values),
          "array"};
}

tile::Converters converters_of(const TileOptions& o) {
  if (o.out_bound && o.out_quantile) throw common::InputError("give either out_bound or out_quantile");
  tile::Converters c;
  c.dac_bits = o.dac_bits;
  c.adc_bits = o.adc_bits;
  if (o.out_quantile || o.adc_bits == 0) c.out_bound.reset();
  if (o.out_bound) c.out_bound = o.out_bound;
  c.out_quantile = o.out_quantile;
  c.out_noise = o.out_noise;
  c.iterative_bound = o.iterative_bound;
  c.ir_drop = o.ir_drop;
  c.input_scale = tile::parse_input_scale(o.input_scale);
  tile::check(c);
  return c;
}

tile::Request request_of(const Device& device, const TileOptions& o) {
  tile::Request r;
  r.seed = static_cast<std::uint64_t>(library::between(o.seed, 0, 2147483647, "seed"));
  r.instances = library::between(o.instances, 1, library::kMostInstances, "instances");
  r.mode = tile::parse_mode(o.mode);
  r.compensation = analog::parse_compensation(o.compensation);
  for (const std::string& time : o.times) r.times_s.push_back(common::parse_duration_s(time));
  r.device = device.impl().device;
  r.converters = converters_of(o);
  tile::choose_matrices(o.weights ? std::optional(matrix_of(*o.weights, "weights")) : std::nullopt,
                        o.inputs ? std::optional(matrix_of(*o.inputs, "inputs")) : std::nullopt, r);
  return r;
}

}  // namespace

TileReport characterise_tile(const Device& device, const TileOptions& options) {
  return library::translated([&] {
    tile::Request request = request_of(device, options);
    library::Watcher watcher(options.watch);
    request.on_instance = [&](int done) {
      watcher.tell("instances", static_cast<std::size_t>(done), static_cast<std::size_t>(request.instances));
    };
    const tile::Characterisation result = tile::characterise(request);
    return TileReport{common::json_text(report::to_json(request, result), 1) + "\n",
                      report::tile_table(result).csv()};
  });
}

}  // namespace v1
}  // namespace phasecore
