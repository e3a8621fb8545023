#include "tests/sim/random_cases/random_chip.hpp"

#include <algorithm>

#include "models/graph/fold.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::test {
namespace {

using Settings = std::vector<std::string>;

template <class T>
void set(Settings& to, const std::string& key, const T& value) {
  if constexpr (std::is_same_v<T, std::string>)
    to.push_back(key + "=" + value);
  else
    to.push_back(key + "=" + std::to_string(value));
}

void crossbars(Dice& dice, Settings& s) {
  set(s, "crossbar.rows", dice.pick<int>({40, 64, 64, 100, 256}));
  set(s, "crossbar.columns", dice.pick<int>({12, 24, 64, 64, 256}));
  set<std::string>(s, "crossbar.read_mode", dice.chance(50) ? "1-phase" : "4-phase");
  set<std::string>(s, "numbers.weight_scaling", dice.chance(50) ? "column" : "submatrix");
  set(s, "numbers.partial_sum_bits", dice.pick<int>({8, 8, 6}));
  set<std::string>(s, "numbers.logits_fp16", dice.chance(60) ? "true" : "false");
}

void converters(Dice& dice, Settings& s) {
  set(s, "adc.bits", dice.pick<int>({4, 6, 8, 12}));
  switch (dice.below(4)) {
    case 0:
      s.insert(s.end(), {"adc.law=linear"});
      break;
    case 1:
      s.insert(s.end(), {"adc.law=ramp", "adc.ramp_step_ns=0.3"});
      break;
    case 2:
      s.insert(s.end(), {"adc.law=sar", "adc.sar_fom_fj_per_step=34", "adc.sar_bit_ns=0.0926",
                         "adc.sar_columns_per_adc=8", "adc.sar_mm2=0.0015"});
      break;
    default:
      s.insert(s.end(),
               {"adc.law=cco", "adc.cco_a_mhz_per_ua=35", "adc.cco_b_per_ua=7.692e-4", "adc.cco_c_mhz=50",
                "adc.cco_gain_spread=0.07", "adc.cco_calibration_level=0.1", "adc.cco_longer_pulse=false"});
  }
  if (dice.chance(30)) s.insert(s.end(), {"adc.range=calibrated", "adc.range_quantile=0.99"});
}

void routers(Dice& dice, Settings& s) {
  set<std::string>(s, "network.topology", dice.chance(30) ? "torus" : "mesh");
  set(s, "network.clock_ps", dice.pick<int>({700, 1000, 2500}));
  set(s, "network.flit_bytes", dice.pick<int>({1, 4, 16, 32}));
  set(s, "network.header_flits", dice.below(3));
  set(s, "network.link_latency_cycles", 1 + dice.below(3));
  set(s, "network.router_latency_cycles", dice.below(5));
  set(s, "network.buffer_flits", 600 + dice.below(400));
  set(s, "network.credit_latency_cycles", 1 + dice.below(12));
  set<std::string>(s, "host.link", dice.chance(70) ? "shared" : "per-core");
  set(s, "host.bytes_per_cycle", dice.pick<int>({1, 4, 16}));
  set(s, "host.latency_cycles", 1 + dice.below(20));
  if (dice.chance(15))
    s.push_back(
        "chips={count: 2, row: 0, link_clock_ps: " + std::to_string(dice.pick<int>({300, 1000, 2500})) +
        ", link_bytes_per_cycle: 4, link_latency_cycles: " + std::to_string(1 + dice.below(20)) +
        ", link_pj_per_byte: 8}");
}

/// Not every schedule leaves something to share out for every objective.
void schedule(Dice& dice, Settings& s) {
  std::string schedule = "pipelined";
  std::vector<std::string> objectives = {"one-to-one", "one-to-one", "throughput",
                                         "latency",    "energy",     "cores"};
  const int serial = dice.below(6);
  if (serial == 0) {
    schedule = "crossbar-serial";
    objectives = {"one-to-one", "cores"};
  } else if (serial == 1) {
    schedule = "layer-serial";
    objectives = {"one-to-one", "throughput", "latency", "cores"};
  }
  set(s, "mapping.schedule", schedule);
  set(s, "mapping.objective", dice.pick(objectives));
}

void mapping_rules(Dice& dice, Settings& s) {
  set<std::string>(s, "mapping.tiling", dice.pick<std::string>({"equal", "ceil", "ceil-channels"}));
  set(s, "mapping.margin", dice.below(2));
  set<std::string>(s, "mapping.overlap_mvm_digital", dice.chance(50) ? "true" : "false");
  set<std::string>(s, "mapping.windows", dice.chance(70) ? "true" : "false");
  set<std::string>(s, "mapping.pack", dice.chance(70) ? "true" : "false");
  if (dice.chance(10)) s.emplace_back("mapping.digital=auto-depthwise");
}

/// What some layers do differently: digitally, with other converters, in tiles and replicas.
void layers(Dice& dice, const graph::Network& network, RandomChip& drawn) {
  const bool tiles = drawn.chip.mapping.objective == config::Objective::OneToOne && dice.chance(50);
  const bool others = dice.chance(25);
  if (!tiles && !others) return;
  const mapping::Mapping plain = mapping::map(graph::fold(network), drawn.chip);
  if (tiles) {
    share_out_randomly(plain, dice.number(), drawn.chip);
    drawn.what += ", tiles and replicas";
  }
  if (!others) return;
  for (const mapping::Stage& stage : plain.stages) {
    if (stage.as<mapping::MvmWork>() == nullptr || !dice.chance(40)) continue;
    config::LayerOverride change;
    if (dice.chance(40))
      change.digital = true;
    else
      change.adc_bits = 5 + dice.below(6);
    const bool already = std::any_of(drawn.chip.layers.begin(), drawn.chip.layers.end(),
                                     [&](const auto& of) { return of.first == stage.name; });
    if (change.digital && already) continue;  // what is digital has no tiles
    drawn.chip.layers.emplace_back(stage.name, change);
    drawn.what += ", " + stage.name + (change.digital ? " digital" : " with other converters");
  }
}

}  // namespace

RandomChip random_chip(Dice& dice, const graph::Network& network) {
  const std::string base = dice.pick<std::string>(
      {"hermes-mesh", "hermes-mesh", "hermes-mesh", "hermes", "hermes", "analog-fabric-48"});
  Settings settings;
  crossbars(dice, settings);
  converters(dice, settings);
  schedule(dice, settings);
  mapping_rules(dice, settings);
  if (base != "hermes") {  // its links, and the host between layers, are those of the published chip
    routers(dice, settings);
    set(settings, "grid.columns", 8 + dice.below(3));
    set(settings, "grid.rows", 6 + dice.below(5));
  }
  RandomChip drawn{config::load_chip(base, settings), base};
  for (const std::string& setting : settings) drawn.what += " --set '" + setting + "'";
  layers(dice, network, drawn);
  return drawn;
}

}  // namespace phasecore::test
