// Field lists of a chip file: name, unit, meaning, range.
#include "sim/config/chip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "common/table.hpp"
#include "sim/config/chip_checks.hpp"

namespace phasecore::config {

void Grid::fields(common::FieldVisitor& v) {
  v.field({"columns", "", "cores per row of the grid; columns * rows is at most 1024", 1, 64}, columns);
  v.field({"rows", "", "rows of cores; core id = y * columns + x; columns * rows is at most 1024", 1, 64},
          rows);
}

void Crossbar::fields(common::FieldVisitor& v) {
  v.field({"rows", "", "input lines of one crossbar", 2, 4096}, rows);
  v.field({"columns", "", "output lines of one crossbar", 1, 4096}, columns);
  v.field({"input_bits", "bit", "sign and magnitude of one input; a full pulse lasts 2^(bits - 1) LSB", 2, 8},
          input_bits);
  v.field({"input_lsb_ns", "ns", "pulse width of one input step", 1e-3, 1e3}, input_lsb_ns);
  v.choice({"read_mode", "", "one pulse for both polarities, or four (input sign x weight sign)"}, read_mode,
           {"1-phase", "4-phase"});
  v.field({"one_phase_overhead_ns", "ns", "set-up time of one MVM in 1-phase mode", 0, 1e4},
          one_phase_overhead_ns);
  v.field({"four_phase_overhead_ns", "ns", "set-up time of each phase in 4-phase mode", 0, 1e4},
          four_phase_overhead_ns);
  v.field({"read_voltage_v", "V", "voltage of an input pulse", 1e-3, 2}, read_voltage_v);
  v.field({"wire_ohm", "ohm",
           "wire of an output line from cell to cell, along which voltage is lost as aihwkit models it; 0: "
           "none is",
           0, 1e3},
          wire_ohm);
  v.field({"line_limit", "",
           "true: no line carries more than adc.saturation_ua in any phase and polarity; false: only the net "
           "current is limited, by the converter"},
          line_limit);
  v.field({"polarity_error", "",
           "1-phase mode: share by which currents against the polarity that devices are verified with are "
           "too small; four phases read each polarity by itself",
           0, 0.9},
          polarity_error);
}

void Numbers::fields(common::FieldVisitor& v) {
  v.choice({"weight_scaling", "", "g_max stands for the largest |weight| of the sub-matrix or of its column"},
           weight_scaling, {"submatrix", "column"});
  v.field({"conductance_levels", "", "merged conductances are rounded to g_max / levels at each readout", 1,
           65535},
          conductance_levels);
  v.field({"partial_sum_bits", "bit", "codes that travel between the cores of one layer", 2, 8},
          partial_sum_bits);
  v.field({"logits_fp16", "", "the last layer leaves the chip as FP16 instead of INT8"}, logits_fp16);
}

void DigitalUnit::fields(common::FieldVisitor& v) {
  v.field({"clock_ps", "ps", "clock of the digital unit", 1, 1e6}, clock_ps);
  v.field({"outputs_per_cycle", "", "columns converted, scaled, added and activated per cycle", 1e-3, 4096},
          outputs_per_cycle);
  v.field({"pipeline_cycles", "cycle", "from the first count to the first finished output", 0, 1e4},
          pipeline_cycles);
  v.field({"macs_per_cycle", "", "multiply-accumulates of layers executed digitally", 1e-3, 1e6},
          macs_per_cycle);
  v.field({"pool_values_per_cycle", "", "values entering a pool or a separate addition", 1e-3, 1e6},
          pool_values_per_cycle);
  v.field({"piecewise_values_per_cycle", "",
           "values of activations made of few straight lines or one product (LeakyRelu, PRelu, HardSwish, "
           "HardSigmoid, Abs, ...), beside finishing outputs; clamps (Relu, Clip) take no time",
           0, 1e6},
          piecewise_values_per_cycle);
  v.field({"curve_values_per_cycle", "",
           "values of all other functions (Sigmoid, Tanh, Gelu, Elu, Exp, ...), beside finishing outputs", 0,
           1e6},
          curve_values_per_cycle);
  v.field({"normalised_values_per_cycle", "",
           "values that are normalised (LayerNormalization, GroupNormalization, ..., Softmax), statistics "
           "included",
           0, 1e6},
          normalised_values_per_cycle);
}

void Attention::fields(common::FieldVisitor& v) {
  v.field({"macs_per_cycle", "",
           "multiply-adds of two activations per cycle of the digital unit: queries and keys, weights and "
           "values; the softmax between them takes digital.curve_values_per_cycle and "
           "digital.normalised_values_per_cycle",
           1e-3, 1e6},
          macs_per_cycle);
  v.field({"fj_per_mac", "fJ", "one of them, with reading its operands", 0, 1e9}, fj_per_mac);
  v.field({"weight_bits", "bit",
           "codes of exp(score - largest score), by which values are weighed, from 0 to 2^bits - 1; sums are "
           "exact",
           2, 8},
          weight_bits);
}

void Gates::fields(common::FieldVisitor& v) {
  v.field({"slices", "", "slice i is beside the core at column i of `row`; at most grid.columns", 1, 64},
          slices);
  v.field({"row", "", "of the cores whose values slices take, counted from 0; below grid.rows", 0, 63}, row);
  v.field({"cells", "", "cells whose state one slice holds", 1, 65536}, cells);
  v.field({"inputs", "", "values that one slice takes per step", 1, 65536}, inputs);
  v.field({"clock_ps", "ps", "clock of a slice", 1, 1e6}, clock_ps);
  v.field({"values_per_cycle", "", "values that a slice takes per cycle", 1e-3, 4096}, values_per_cycle);
  v.field({"cycles_per_output", "cycle", "from one cell's output to the next one's", 0, 1e4},
          cycles_per_output);
  v.field({"pipeline_cycles", "cycle", "from the last value to the output that needs it", 0, 1e4},
          pipeline_cycles);
  v.field(
      {"streams", "",
       "true: the values of a cell come one behind the other, and its output follows them; false: a slice "
       "takes all values before it delivers the first output"},
      streams);
  v.field({"tanh_bins", "", "straight pieces of which a table's tanh is made", 1, 65536}, tanh_bins);
  v.field({"tanh_range", "", "they reach from -tanh_range to tanh_range; beyond tanh stays what it is there",
           0.1, 64},
          tanh_range);
  v.field({"pj_per_value", "pJ", "a value that a slice takes, with its share of tables, products and state",
           0, 1e9},
          pj_per_value);
}

void Memory::fields(common::FieldVisitor& v) {
  v.field({"bytes", "byte",
           "activation memory of one core; 0: none, the host keeps the activations (host.interlayer: host)",
           0, 1 << 28},
          bytes);
  v.field({"clock_ps", "ps", "clock of the memory", 1, 1e6}, clock_ps);
  v.field({"read_bytes_per_cycle", "byte", "into the input registers; above 0 where bytes is", 0, 65536},
          read_bytes_per_cycle);
  v.check(bytes == 0 || read_bytes_per_cycle > 0, "memory with bytes > 0 needs read_bytes_per_cycle > 0",
          {"bytes", "read_bytes_per_cycle"});
}

const std::vector<Topology>& topologies() {
  static const std::vector<Topology> all = {{"mesh", true}, {"torus", true}, {"dedicated", false}};
  return all;
}

bool Interconnect::has_routers() const {
  for (const Topology& known : topologies())
    if (known.name == topology) return known.routers;
  return true;
}

void Interconnect::fields(common::FieldVisitor& v) {
  std::vector<std::string> names;
  for (const Topology& known : topologies()) names.push_back(known.name);
  v.choice({"topology", "",
            "2-D mesh (virtual cut-through, XY), a torus (the same with rows and columns closed to rings; "
            "its wires "
            "are twice as long where it is folded), or dedicated core-to-core links, which need offsets, "
            "host.link: "
            "per-core and host.interlayer: host"},
           topology, names);
  v.field({"clock_ps", "ps", "clock of links and routers", 1, 1e6}, clock_ps);
  v.field({"flit_bytes", "byte", "link width: bytes per cycle", 1, 4096}, flit_bytes);
  v.field({"header_flits", "flit", "header of every packet", 0, 64}, header_flits);
  v.field({"link_latency_cycles", "cycle", "one link", 1, 1e4}, link_latency_cycles);
  v.field({"router_latency_cycles", "cycle",
           "mesh: head through one router; dedicated: synchronisation of one hop", 0, 1e4},
          router_latency_cycles);
  v.field({"buffer_flits", "flit",
           "mesh, torus: buffer of each router input (of a torus: of each of the two virtual channels of a "
           "link in a ring); at least the largest packet: header_flits and the flits of "
           "crossbar.rows or crossbar.columns bytes (columns twice with numbers.logits_fp16)",
           0, 1 << 20},
          buffer_flits);
  v.field({"credit_latency_cycles", "cycle", "from freeing a token to its producer knowing it", 0, 1e5},
          credit_latency_cycles);
  v.field({"offsets", "", "dedicated: reachable neighbours as \"dx,dy\""}, offsets);
  check_network(*this, v);
}

void Chips::fields(common::FieldVisitor& v) {
  v.field({"count", "",
           "chips in a row, of at most 4096 cores together; all have the grid, and the host's port is on the "
           "first",
           2, 64},
          count);
  v.field({"row", "",
           "row of the grid whose last router is joined with the first one of the same row on the next chip; "
           "below grid.rows",
           0, 63},
          row);
  v.field({"link_clock_ps", "ps", "clock of a link between chips", 1, 1e6}, link_clock_ps);
  v.field({"link_bytes_per_cycle", "byte", "width of a link between chips, in each direction", 1, 4096},
          link_bytes_per_cycle);
  v.field({"link_latency_cycles", "cycle", "of its own clock: latency of a link between chips", 1, 1e6},
          link_latency_cycles);
  v.field({"link_pj_per_byte", "pJ", "energy of a byte that passes a link between chips", 0, 1e6},
          link_pj_per_byte);
}

void Host::fields(common::FieldVisitor& v) {
  v.choice({"link", "", "one port at the router (column, row), or one link per core"}, link,
           {"shared", "per-core"});
  v.field({"column", "", "x of the shared port's router; below grid.columns", 0, 63}, column);
  v.field({"row", "", "y of the shared port's router; below grid.rows", 0, 63}, row);
  v.field({"clock_ps", "ps", "clock of a host link", 1, 1e6}, clock_ps);
  v.field({"bytes_per_cycle", "byte", "width of a host link", 1, 4096}, bytes_per_cycle);
  v.field({"latency_cycles", "cycle", "latency of a host link", 1, 1e6}, latency_cycles);
  v.choice({"interlayer", "",
            "network: layers feed each other on chip; host: every layer returns to the host, which pools and "
            "adds"},
           interlayer, {"network", "host"});
}

const char* name_of(TilingRule rule) {
  switch (rule) {
    case TilingRule::Equal:
      return "equal";
    case TilingRule::Ceil:
      return "ceil";
    case TilingRule::CeilChannels:
      return "ceil-channels";
  }
  return "";
}

const char* name_of(Schedule schedule) {
  switch (schedule) {
    case Schedule::Pipelined:
      return "pipelined";
    case Schedule::LayerSerial:
      return "layer-serial";
    case Schedule::CrossbarSerial:
      return "crossbar-serial";
  }
  return "";
}

void MappingRules::fields(common::FieldVisitor& v) {
  v.choice({"tiling", "",
            "even parts (equal), full crossbars and a rest (ceil), or the same with the rows of an input "
            "channel in one crossbar (ceil-channels)"},
           tiling,
           {name_of(TilingRule::Equal), name_of(TilingRule::Ceil), name_of(TilingRule::CeilChannels)});
  v.field(
      {"margin", "",
       "rows and columns left free in every crossbar by `equal`; below crossbar.rows and crossbar.columns", 0,
       4095},
      margin);
  v.field({"overlap_mvm_digital", "", "may a core convert one vector while it multiplies the next?"},
          overlap_mvm_digital);
  v.choice({"objective", "",
            "one-to-one: one matrix per core and no copies; throughput: the least interval; latency: the "
            "least time of one image; energy: the least energy; cores: the fewest cores"},
           objective, {"one-to-one", "throughput", "latency", "energy", "cores"});
  v.field({"max_cores", "", "the compiler uses no more; left out: all", 1, 1 << 20}, max_cores);
  v.field({"max_interval_ns", "ns",
           "what the compiler's mapping must not exceed by the closed form, without waits for others; left "
           "out: any",
           0, 1e15},
          max_interval_ns);
  v.field({"pack", "", "may several matrices share a crossbar, where cores lack?"}, pack);
  v.choice(
      {"digital", "",
       "which layers a digital unit computes: given: those that `layers` names; auto-depthwise: depthwise "
       "convolutions, too, where that suits the objective (one-to-one: all)"},
      digital, {"given", "auto-depthwise"});
  v.field({"windows", "", "may one MVM compute several neighbouring pixels with shifted copies of a kernel?"},
          windows);
  v.choice({"schedule", "",
            "pipelined: every layer computes what it has the pixels for; layer-serial: one layer at a time, "
            "when those that it reads have finished the image, and one image at a time; crossbar-serial: so "
            "one crossbar, or digital layer, at a time"},
           schedule,
           {name_of(Schedule::Pipelined), name_of(Schedule::LayerSerial), name_of(Schedule::CrossbarSerial)});
  v.check(schedule == Schedule::Pipelined || objective != Objective::Energy,
          "objective: energy is that of pipelined layers; with another schedule choose another",
          {"objective", "schedule"});
  const bool is_about_time = objective == Objective::Throughput || objective == Objective::Latency;
  v.check(schedule != Schedule::CrossbarSerial || !is_about_time,
          "schedule: crossbar-serial leaves nothing to share out for time; objective: one-to-one or cores",
          {"objective", "schedule"});
  v.check(schedule == Schedule::Pipelined || !max_interval_ns,
          "max_interval_ns bounds pipelined layers; with another schedule leave it out",
          {"max_interval_ns", "schedule"});
}

void Energy::fields(common::FieldVisitor& v) {
  v.choice({"operating_point", "", "MVM energy as in the published layer, or as in the published peak row"},
           operating_point, {"layer", "peak"});
  v.field({"peak_factor", "", "per-phase MVM energy at the peak row over the layer's", 1e-3, 1e3},
          peak_factor);
  v.field({"mvm_once_pj", "pJ", "one MVM of a reference crossbar, whatever its phases", 0, 1e9}, mvm_once_pj);
  v.field({"mvm_fixed_pj", "pJ", "one MVM and phase of a reference crossbar: clocking and control", 0, 1e9},
          mvm_fixed_pj);
  v.field({"array_fj_per_cell", "fJ", "one cell in use, MVM and phase, at the reference pulse and voltage", 0,
           1e9},
          array_fj_per_cell);
  v.field({"dac_fj_per_row", "fJ", "one row in use, MVM and phase, at the reference pulse", 0, 1e9},
          dac_fj_per_row);
  v.field(
      {"adc_fj_per_step", "fJ",
       "one column in use, MVM and phase, times 2^adc bits (cco: by time; sar: by its own figure of merit)",
       0, 1e9},
      adc_fj_per_step);
  v.field({"digital_pj_per_output", "pJ", "digital unit, one column of one vector", 0, 1e9},
          digital_pj_per_output);
  v.field({"digital_fj_per_mac", "fJ", "one multiply-accumulate of a layer executed digitally", 0, 1e9},
          digital_fj_per_mac);
  v.field({"digital_pj_per_pooled", "pJ", "one value entering a pool or a separate addition", 0, 1e9},
          digital_pj_per_pooled);
  v.field({"digital_pj_per_piecewise", "pJ",
           "one value of an activation made of few straight lines or one product", 0, 1e9},
          digital_pj_per_piecewise);
  v.field({"digital_pj_per_curve", "pJ", "one value of any other function", 0, 1e9}, digital_pj_per_curve);
  v.field({"digital_pj_per_normalised", "pJ", "one value that is normalised, statistics included", 0, 1e9},
          digital_pj_per_normalised);
  v.field({"memory_read_fj_per_byte", "fJ", "activation memory", 0, 1e9}, memory_read_fj_per_byte);
  v.field({"memory_write_fj_per_byte", "fJ", "activation memory", 0, 1e9}, memory_write_fj_per_byte);
  v.field({"link_fj_per_byte_hop", "fJ", "wire between two neighbouring cores", 0, 1e9},
          link_fj_per_byte_hop);
  v.field({"router_fj_per_byte", "fJ", "one router passed (mesh)", 0, 1e9}, router_fj_per_byte);
  v.field({"host_pj_per_byte", "pJ", "host link; 0 where not_modelled names host", 0, 1e9}, host_pj_per_byte);
  v.field({"router_static_mw", "mW", "network of one grid position", 0, 1e6}, router_static_mw);
  v.moved("core_static_mw", "power.waiting_mw");
  v.moved("unused_core_power_mw", "power.off_mw");
}

void Power::fields(common::FieldVisitor& v) {
  v.field({"waiting_mw", "mW",
           "a core with weights or a digital task whose clocks run, whether it works or waits; the energy of "
           "work comes on top",
           0, 1e6},
          waiting_mw);
  v.field(
      {"gated_mw", "mW",
       "such a core in a gap between two pieces of work that is long enough for gating to save energy; at "
       "most waiting_mw, and equal to it: never gated",
       0, 1e6},
      gated_mw);
  v.field({"off_mw", "mW", "a core to which nothing is mapped", 0, 1e6}, off_mw);
  v.field({"wake_ns", "ns",
           "a gated core is woken so long before its gap ends, and takes waiting_mw from then on", 0, 1e6},
          wake_ns);
  v.field({"wake_nj", "nJ", "energy of one wake-up beside wake_ns at waiting_mw", 0, 1e6}, wake_nj);
  v.check(gated_mw <= waiting_mw,
          fmt::format("a gated core takes no more than a waiting one, but gated_mw = {} is above "
                      "waiting_mw = {}",
                      common::format_double(gated_mw), common::format_double(waiting_mw)),
          {"gated_mw", "waiting_mw"});
}

common::Picoseconds Power::least_gap_ps() const {
  const double saved_mw = waiting_mw - gated_mw;
  if (saved_mw <= 0) return std::numeric_limits<common::Picoseconds>::max();
  const double even_ps = wake_ns * 1e3 + wake_nj * 1e6 / saved_mw;  // nJ / mW = us
  // Beyond a day no gap is that long, and the number would not fit.
  return static_cast<common::Picoseconds>(std::min(even_ps, 8.64e16)) + 1;
}

void Programming::fields(common::FieldVisitor& v) {
  v.field({"iterations", "", "most iterations of pulses and verification that a diagonal of a crossbar takes",
           1, 1'000'000},
          iterations);
  v.field({"pulses_ns", "ns", "pulses of one iteration, of one diagonal and polarity", 0, 1e9}, pulses_ns);
  v.field({"verify_ns", "ns", "verification of one iteration, of one diagonal and polarity", 0, 1e9},
          verify_ns);
  v.field({"pulses_nj", "nJ", "pulses of one iteration, of one diagonal and polarity", 0, 1e9}, pulses_nj);
  v.field({"verify_nj", "nJ", "verification of one iteration, of one diagonal and polarity", 0, 1e9},
          verify_nj);
  v.field({"cores_at_once", "", "cores that are programmed at the same time", 1, 65536}, cores_at_once);
  v.field({"endurance_low", "", "iterations that a device endures at least; at most endurance_high", 1, 1e18},
          endurance_low);
  v.field({"endurance_high", "", "iterations that a device endures at best", 1, 1e18}, endurance_high);
  v.check(endurance_low <= endurance_high, "endurance_low is above endurance_high",
          {"endurance_low", "endurance_high"});
}

void Compensation::fields(common::FieldVisitor& v) {
  v.field(
      {"period_s", "s", "from one readout of all crossbars for drift compensation to the next", 1e-3, 1e10},
      period_s);
  v.choice({"inputs", "",
            "full inputs of a readout, as many vectors as a crossbar has rows. one-hot: a row at a time, so "
            "that a count is one pair of devices; random-signs: all rows, so that counts use the converters' "
            "range as a layer's do"},
           inputs, {"one-hot", "random-signs"});
}

void Area::fields(common::FieldVisitor& v) {
  v.field(
      {"core_mm2", "mm2",
       "one core with its memory and router, at the reference geometry; at least array_mm2, router_mm2 and "
       "the reference's memory",
       0, 1e4},
      core_mm2);
  v.field({"shared_mm2", "mm2", "the rest of the die", 0, 1e4}, shared_mm2);
  v.field({"array_mm2", "mm2", "part of core_mm2 that grows with the crossbar's cells", 0, 1e4}, array_mm2);
  v.field({"memory_mm2_per_kb", "mm2", "part of core_mm2: 1024 bytes of activation memory", 0, 1e2},
          memory_mm2_per_kb);
  v.field({"router_mm2", "mm2", "part of core_mm2 that grows with the flit", 0, 1e4}, router_mm2);
}

void Reference::fields(common::FieldVisitor& v) {
  v.field({"rows", "", "crossbar that the figures of energy and area belong to", 1, 4096}, rows);
  v.field({"columns", "", "crossbar that the figures of energy and area belong to", 1, 4096}, columns);
  v.field(
      {"pulse_ns", "ns", "full input pulse that array_fj_per_cell and dac_fj_per_row belong to", 1e-3, 1e6},
      pulse_ns);
  v.field({"voltage_v", "V", "read voltage that array_fj_per_cell belongs to", 1e-3, 2}, voltage_v);
  v.field({"adc_bits", "bit", "law: cco: an MVM's converter energy is adc_fj_per_step times 2^this", 1, 16},
          adc_bits);
  v.field({"memory_bytes", "byte", "activation memory in core_mm2", 0, 1 << 28}, memory_bytes);
  v.field({"flit_bytes", "byte", "link width of the router in core_mm2", 1, 4096}, flit_bytes);
}

void LayerOverride::fields(common::FieldVisitor& v) {
  v.field({"digital", "", "computed exactly by a digital unit instead of in crossbars"}, digital);
  v.field({"adc_bits", "bit", "instead of adc.bits", 1, 16}, adc_bits);
  v.field({"tile_h", "", "rows of the tile of output pixels that one MVM computes", 1, 4096}, tile_h);
  v.field({"tile_w", "", "columns of that tile", 1, 4096}, tile_w);
  v.field({"replicas", "", "copies of the layer's matrix that share its pixels", 1, 1 << 20}, replicas);
  v.field({"pool_h", "",
           "rows of the windows that the replicas of a layer pool, where its pool is cut in two; "
           "1 and 1: none",
           1, 1 << 14},
          pool_h);
  v.field({"pool_w", "", "columns of those windows", 1, 1 << 14}, pool_w);
  v.field({"cores", "",
           "where its matrices are, as \"0-3, 9\": replica by replica, and in each part by part; a pool's "
           "rest has "
           "an entry of its own"},
          cores);
  v.place("", where);
}

void Chip::fields(common::FieldVisitor& v) {
  v.field({"schema", "", "format of this file: phasecore.chip/1"}, schema);
  v.check(schema == "phasecore.chip/1", "schema '" + schema + "' is not known; allowed: phasecore.chip/1",
          {"schema"});
  v.field({"name", "", "name in reports"}, name);
  v.field({"what_if", "", "nobody built exactly this"}, what_if);
  v.field({"device", "", "PCM device: shipped name or file"}, device);
  v.place("device", device_where);
  v.group({"grid", "", "the cores' places"}, grid);
  v.group({"crossbar", "", "memory array and its inputs"}, crossbar);
  v.group({"adc", "", "converters, one per column"}, adc);
  v.group({"numbers", "", "codes and scales"}, numbers);
  v.group({"digital", "", "local digital processing unit of each core"}, digital);
  v.group({"attention", "", "products of two activations in each digital unit; null or left out: none"},
          attention);
  v.group({"gates", "", "slices for the gates of LSTM, GRU and RNN layers; null or left out: none"}, gates);
  v.group({"memory", "", "activation memory of each core"}, memory);
  v.group({"network", "", "links and routers between cores"}, network);
  v.group({"chips", "", "several of the chip in a row, joined by links; null or left out: one"}, chips);
  v.group({"host", "", "where images enter and logits leave"}, host);
  v.group({"mapping", "", "how layers are cut and scheduled"}, mapping);
  v.group({"energy", "", "energy per event, and the constant power of routers"}, energy);
  v.group({"power", "", "what cores take all the time, by state"}, power);
  v.group({"programming", "", "writing the devices, before the first image"}, programming);
  v.group({"compensation", "", "readouts for drift compensation"}, compensation);
  v.group({"area", "", "silicon"}, area);
  v.group({"reference", "", "where the figures of energy and area hold; what-ifs scale from here"},
          reference);
  v.map({"layers", "", "what layers do differently, by name or pattern; the last match wins"}, layers);
  v.field({"not_modelled", "", "figures reported as null: host, shared_area, polarity_saturation"},
          not_modelled);
  check_chip(*this, v);
}

double Chip::core_area_mm2() const {
  const double cells = static_cast<double>(crossbar.rows) * crossbar.columns;
  const double reference_cells = static_cast<double>(reference.rows) * reference.columns;
  const double flit = static_cast<double>(network.flit_bytes) / reference.flit_bytes;
  return area.core_mm2 + area.array_mm2 * (cells / reference_cells - 1) +
         area.memory_mm2_per_kb * (memory.bytes - reference.memory_bytes) / 1024 +
         area.router_mm2 * (flit - 1) + adc.type().area_mm2(crossbar.columns);
}

double Chip::area_mm2() const {
  return cores() * core_area_mm2() + count() * area.shared_mm2;
}

}  // namespace phasecore::config
