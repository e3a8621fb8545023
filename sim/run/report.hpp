// What `simulate` found out, typed. Files and terminal text are made from it
// (sim/report), and a search reads its figures from it.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/data/normalisation.hpp"
#include "sim/monte_carlo/evaluate.hpp"
#include "sim/program/activity.hpp"
#include "sim/run/account.hpp"
#include "sim/run/between_chips.hpp"
#include "sim/run/upkeep.hpp"

namespace phasecore::run {

using EnergyNj = std::array<double, program::kComponents>;  ///< by program::Component

struct LayerReport {
  std::string name, op;
  int rows = 0, cols = 0, submatrices = 0;
  int tile_h = 1, tile_w = 1, replicas = 1;  ///< pixels per MVM, and copies of the matrix that share them
  std::vector<int> cores;
  long long macs = 0, mvms = 0;                     ///< per image; an MVM is one sub-matrix times one vector
  double start_ns = 0, end_ns = 0, latency_ns = 0;  ///< one image in an empty chip
  double busy_ns = 0;                               ///< summed over the layer's cores
  std::array<double, program::kStalls> stalled_ns{};
  EnergyNj energy_nj{};
  std::optional<double>
      adc_range_ua;  ///< line current at the largest count, where it is not adc.saturation_ua for all
  std::optional<monte_carlo::LayerDegradation> degradation;
};

/// One image's energy by the states of the cores' power.
struct PowerReport {
  std::array<double, kPowerStates> energy_nj{};
  double routers_nj = 0, wakes = 0;
  std::array<double, kIdlePowersMw.size()> with_idle_power_nj{};  ///< totals, see EnergyBooks
  double least_nj = 0;                                            ///< total
};

struct CoreReport {
  int id = 0, chip = 0, x = 0, y = 0;
  std::vector<std::string> layers;
  double busy_ns = 0, idle_ns = 0;
  std::array<double, program::kStalls> stalled_ns{};
  long long mvms = 0;
  double energy_nj = 0;
  std::array<double, kPowerStates> power_nj{}, power_steady_nj{};  ///< part of energy_nj; at full pipeline
  double wakes = 0, wakes_steady = 0;
};

struct LinkReport {
  int from = 0, to = 0;
  long long flits = 0;
  double busy_ns = 0;
  int max_queue = 0;
};

/// What the values that travelled through the chip were compared at.
struct FunctionalReport {
  int images = 0;  ///< whose logits were equal on the chip and in the Monte Carlo
  double time_s = 0;
  std::string compensation;
};

struct AccuracyReport {
  std::string inputs;  ///< how the images were normalised, in words
  bool pixels_scaled = false;
  std::optional<data::Normalisation> normalisation;
  std::map<std::string, std::string> made_by_rule;  ///< parts that the set does not have, by name
  std::string dataset, part, device, compensation;
  int instances = 0, layer_samples = 0, layer_instances = 0;
  double layer_time_s = 0;
  monte_carlo::Result result;
};

struct Report {
  std::uint64_t seed = 0;
  std::string engine;
  std::string chip_name, chip_yaml;
  std::string chip_argument;  ///< what `phasecore describe chip` finds the chip by
  std::string device_name, device_yaml;
  bool what_if = false;
  std::string model_name, model_sha256;
  long long parameters = 0, macs = 0;
  int cores_available = 0, cores_used = 0;
  double utilization = 0;
  std::string mapping_rule, schedule;
  std::vector<std::string> not_modelled, warnings;
  bool host_modelled = true;
  bool host_between_layers = false;  ///< the host pools, adds and arranges vectors (interlayer host)

  double latency_ns = 0, interval_ns = 0;
  long long cycles = 0;  ///< latency in periods of the network clock
  double energy_nj = 0, energy_steady_nj = 0;
  EnergyNj energy_by_component_nj{};
  PowerReport power, power_steady;  ///< of energy_nj, of energy_steady_nj
  double average_power_mw = 0, effective_tops = 0, effective_tops_per_w = 0;
  std::optional<double> area_mm2;  ///< none with `shared_area` in not_modelled

  UpkeepReport upkeep;

  std::optional<AccuracyReport> accuracy;
  std::optional<FunctionalReport> functional;
  std::vector<LayerReport> layers;  ///< the last one is the pseudo-layer "shared"
  std::vector<CoreReport> cores;
  std::vector<LinkReport> links;
  std::vector<ChipLinkReport> chip_links;  ///< one image in an empty system
  std::uint64_t simulated_events = 0;
  /// For latency and interval: through the chip one by one, and continued from those exactly.
  int images_simulated = 0, images_continued = 0;
};

}  // namespace phasecore::run
