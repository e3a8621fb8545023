// A chip as its file describes it: structs with one field list each (units in the names), checked when
// loaded. Shipped files: configs/chips/*.yaml. Every key is in every shipped file, with its source or the
// word "assumption".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields.hpp"
#include "common/settings_files.hpp"
#include "common/units.hpp"
#include "models/graph/interlayer.hpp"
#include "sim/components/adc/adc.hpp"

namespace phasecore::config {

struct Grid {
  int columns = 0;  ///< cores per row (x)
  int rows = 0;     ///< rows of cores (y); core id = y * columns + x
  void fields(common::FieldVisitor& v);
};

enum class ReadMode { OnePhase, FourPhase };

/// Crossbar and its input side.
struct Crossbar {
  int rows = 0;
  int columns = 0;
  int input_bits = 0;  ///< sign + magnitude; a full pulse lasts 2^(input_bits - 1) * input_lsb_ns
  double input_lsb_ns = 0;
  ReadMode read_mode = ReadMode::FourPhase;
  double one_phase_overhead_ns = 0;   ///< per MVM
  double four_phase_overhead_ns = 0;  ///< per phase
  double read_voltage_v = 0;
  // What lines do to currents beyond adding them (sim/analog/line_effects.hpp).
  double wire_ohm = 0;      ///< of an output line, per cell; 0: no IR drop
  bool line_limit = false;  ///< adc.saturation_ua bounds each phase and polarity, too
  double polarity_error =
      0;  ///< 1-phase: relative loss of what flows against the polarity that devices are verified with
  void fields(common::FieldVisitor& v);
  /// 1 or 4.
  int phases() const { return read_mode == ReadMode::OnePhase ? 1 : 4; }
  /// Duration of a full input pulse by the inputs; converters may need a longer one, see Chip::read_of().
  double pulse_ns() const;
  /// Of each phase.
  double overhead_ns() const;
};

enum class AdcRange { Saturation, Calibrated, Bound };

/// Converters, with the keys of one of the types in sim/components/adc.
struct Adc {
  int bits = 0;              ///< resolution per polarity: largest count 2^bits - 1, sign beside it
  double saturation_ua = 0;  ///< largest current that a line carries
  AdcRange range = AdcRange::Saturation;
  double range_quantile = 0;  ///< of `calibrated`
  double range_bound = 0;     ///< of `bound`: fully-on devices at full input
  double output_noise = 0;    ///< standard deviation, in units of one fully-on device at full input
  void fields(common::FieldVisitor& v);

  const std::string& law() const { return law_; }
  const adc::Type& type() const { return *type_; }
  /// Another type than the file's, with keys that are all 0.
  void use(const std::string& law);

 private:
  void range_fields(AdcRange of, common::FieldVisitor& v);

  std::string law_ = "linear";
  std::shared_ptr<const adc::Type> type_ = adc::types().make(law_);  ///< copies of the chip share it
};

enum class WeightScaling { SubMatrix, Column };

struct Numbers {
  WeightScaling weight_scaling = WeightScaling::SubMatrix;
  int conductance_levels =
      0;  ///< merged conductances are rounded to g_max / conductance_levels at each readout
  int partial_sum_bits = 0;  ///< of the codes that travel between the cores of one layer
  bool logits_fp16 = false;  ///< the last layer leaves the chip as FP16 instead of INT8
  void fields(common::FieldVisitor& v);
};

/// Local digital processing unit (LDPU), one per core.
struct DigitalUnit {
  int clock_ps = 0;
  double outputs_per_cycle = 0;  ///< columns converted, scaled, added, activated
  int pipeline_cycles = 0;       ///< from the first count to the first finished output
  double macs_per_cycle = 0;     ///< layers executed digitally
  double pool_values_per_cycle = 0;
  double piecewise_values_per_cycle = 0;  ///< functions of few straight lines
  double curve_values_per_cycle = 0;      ///< any other function of single values
  double normalised_values_per_cycle = 0;
  void fields(common::FieldVisitor& v);
};

/// What each core's digital unit has for attention, in its clock.
struct Attention {
  double macs_per_cycle = 0;  ///< products of two activations
  double fj_per_mac = 0;
  int weight_bits = 0;  ///< of the codes by which values are weighed
  void fields(common::FieldVisitor& v);
};

/// Slices that compute the gates of recurrent layers and hold their cells, each beside a core of one row.
struct Gates {
  int slices = 0, row = 0;    ///< slice i is beside the core at column i
  int cells = 0, inputs = 0;  ///< most of one slice
  int clock_ps = 0;
  double values_per_cycle = 0;
  int cycles_per_output = 0;
  int pipeline_cycles = 0;  ///< from the last value of a cell to its output
  bool streams =
      true;           ///< the values of a cell come one behind the other, so that it need not wait for others
  int tanh_bins = 0;  ///< straight pieces of tanh from -tanh_range to tanh_range
  double tanh_range = 0;
  double pj_per_value = 0;
  void fields(common::FieldVisitor& v);
};

/// Activation memory of one core; bytes = 0: none (the host keeps the activations).
struct Memory {
  int bytes = 0;
  int clock_ps = 0;
  int read_bytes_per_cycle = 0;  ///< into the input registers
  void fields(common::FieldVisitor& v);
};

/// On-chip network; sim/fabric knows what a topology looks like.
struct Topology {
  std::string name;
  bool routers = true;  ///< packets are buffered on the way; else dedicated core-to-core links
};
const std::vector<Topology>& topologies();

struct Interconnect {
  std::string topology = "mesh";
  int clock_ps = 0;
  int flit_bytes = 0;                ///< link width: bytes per cycle
  int header_flits = 0;              ///< per packet
  int link_latency_cycles = 0;       ///< at least 1
  int router_latency_cycles = 0;     ///< mesh: head through one router; dedicated: one hop's synchronisation
  int buffer_flits = 0;              ///< mesh: per router input; must hold the largest packet
  int credit_latency_cycles = 0;     ///< from freeing a token to the producer knowing it
  std::vector<std::string> offsets;  ///< dedicated: reachable neighbours "dx,dy"
  void fields(common::FieldVisitor& v);
  bool has_routers() const;
};

/// Several of the chip in a row, joined by links.
struct Chips {
  int count = 0;
  int row = 0;  ///< of the routers that the links join
  int link_clock_ps = 0, link_bytes_per_cycle = 0, link_latency_cycles = 0;
  double link_pj_per_byte = 0;
  void fields(common::FieldVisitor& v);
};

enum class HostLink { Shared, PerCore };
using graph::Interlayer;

struct Host {
  HostLink link =
      HostLink::Shared;  ///< shared: one port at router (column, row); per-core: every core has its own
  int column = 0, row = 0;
  int clock_ps = 0;
  int bytes_per_cycle = 0;
  int latency_cycles = 0;
  Interlayer interlayer = Interlayer::Network;  ///< host: every layer's output returns to the host, which
                                                ///< does im2col, pooling, adds
  void fields(common::FieldVisitor& v);
};

enum class TilingRule { Equal, Ceil, CeilChannels };
const char* name_of(TilingRule rule);
enum class DigitalLayers { Given, AutoDepthwise };
enum class Objective { OneToOne, Throughput, Latency, Energy, Cores };
enum class Schedule { Pipelined, LayerSerial, CrossbarSerial };
const char* name_of(Schedule schedule);

struct MappingRules {
  TilingRule tiling = TilingRule::Equal;
  int margin = 0;  ///< rows and columns left free in every crossbar by `equal` (LG: sides < 256, so 1)
  bool overlap_mvm_digital = false;  ///< may a core convert vector n while it multiplies vector n + 1?
  Objective objective = Objective::OneToOne;
  std::optional<int> max_cores;           ///< none: all
  std::optional<double> max_interval_ns;  ///< none: any
  bool windows = true;                    ///< tiles of several pixels per MVM
  bool pack = true;                       ///< several matrices in a crossbar
  DigitalLayers digital = DigitalLayers::Given;
  Schedule schedule = Schedule::Pipelined;
  void fields(common::FieldVisitor& v);
};

enum class OperatingPoint { Layer, Peak };

/// Energies of counted events and constant powers. The split of the MVM energy is an assumption everywhere.
struct Energy {
  OperatingPoint operating_point = OperatingPoint::Layer;
  double peak_factor = 0;   ///< per-phase MVM energy at the published peak relative to the ResNet-9 layer
  double mvm_once_pj = 0;   ///< per MVM whatever its phases; peak_factor does not apply
  double mvm_fixed_pj = 0;  ///< per MVM and phase: clocking and control of the whole crossbar
  double array_fj_per_cell = 0;      ///< per cell in use (rows * columns), MVM and phase, at the reference
  double dac_fj_per_row = 0;         ///< per row in use, MVM and phase, at the reference pulse
  double adc_fj_per_step = 0;        ///< per column in use, MVM and phase: times 2^bits, see mvm_energy
  double digital_pj_per_output = 0;  ///< LDPU, one column of one vector
  double digital_fj_per_mac = 0;     ///< layers executed digitally
  double digital_pj_per_pooled = 0;  ///< one value entering a pool or a separate add
  double digital_pj_per_piecewise = 0, digital_pj_per_curve = 0;  ///< one value of such a function
  double digital_pj_per_normalised = 0;                           ///< one value
  double memory_read_fj_per_byte = 0, memory_write_fj_per_byte = 0;
  double link_fj_per_byte_hop = 0;  ///< wire of one hop
  double router_fj_per_byte = 0;    ///< mesh: one router passed
  double host_pj_per_byte = 0;      ///< 0 with `host` in not_modelled
  double router_static_mw = 0;      ///< per core position
  void fields(common::FieldVisitor& v);
};

/// What a core takes all the time, beside the energies of counted events (docs/model/energy.md).
struct Power {
  double waiting_mw = 0;  ///< clocks run, at work or not
  double gated_mw = 0;    ///< clocks stopped in a gap between two pieces of work
  double off_mw = 0;      ///< no task is mapped
  double wake_ns = 0;     ///< from gated to ready, at waiting_mw
  double wake_nj = 0;     ///< of one wake-up, beside that
  void fields(common::FieldVisitor& v);

  /// The shortest gap in which gating saves energy; the largest number where it never does.
  common::Picoseconds least_gap_ps() const;
};

/// Writing the devices: each diagonal of a crossbar and each polarity takes pulses, and is verified, again
/// and again.
struct Programming {
  int iterations = 0;
  double pulses_ns = 0, verify_ns = 0;  ///< of one iteration of one diagonal
  double pulses_nj = 0, verify_nj = 0;
  int cores_at_once = 0;
  double endurance_low = 0, endurance_high = 0;  ///< iterations until a device fails
  void fields(common::FieldVisitor& v);
};

/// What a crossbar is shown to measure its drift: each row alone, or all rows with signs that are drawn.
enum class ReadoutInputs { OneHot, RandomSigns };

/// Readouts for drift compensation.
struct Compensation {
  double period_s = 0;
  ReadoutInputs inputs = ReadoutInputs::OneHot;  ///< as many vectors as rows either way
  void fields(common::FieldVisitor& v);
};

/// Silicon at the reference geometry, and which parts of a core grow with it.
struct Area {
  double core_mm2 = 0, shared_mm2 = 0;
  double array_mm2 = 0;          ///< part of core_mm2: crossbar with converters, grows with rows * columns
  double memory_mm2_per_kb = 0;  ///< part of core_mm2: activation memory, per 1024 bytes
  double router_mm2 = 0;         ///< part of core_mm2: router, grows with the flit
  void fields(common::FieldVisitor& v);
};

/// Where the figures under `energy` and `area` hold; what-ifs scale from here.
struct Reference {
  int rows = 0, columns = 0;  ///< of the crossbar
  double pulse_ns = 0;        ///< full input pulse
  double voltage_v = 0;       ///< read voltage
  int adc_bits = 0;
  int memory_bytes = 0, flit_bytes = 0;
  void fields(common::FieldVisitor& v);
};

/// What one layer does differently; patterns match layer names ("block3.*"), the last match wins per key.
struct LayerOverride {
  std::optional<bool> digital;
  std::optional<int> adc_bits;
  std::optional<int> tile_h, tile_w, replicas;  ///< any of them: the layer is as they say (others 1)
  std::optional<int> pool_h, pool_w;            ///< windows into which a fused pool is cut
  std::optional<std::string> cores;             ///< "0-3, 9": replica by replica, part by part
  common::Location where;                       ///< in the file, for messages about its pattern
  void fields(common::FieldVisitor& v);
};

struct Chip {
  std::string schema;  ///< "phasecore.chip/1"
  std::string name;
  bool what_if = false;           ///< true: nobody built exactly this
  std::string device;             ///< default device file or name
  common::Location device_where;  ///< in the file; nowhere once it is another device
  Grid grid;
  Crossbar crossbar;
  Adc adc;
  Numbers numbers;
  DigitalUnit digital;
  std::optional<Attention> attention;  ///< none: no attention
  std::optional<Gates> gates;          ///< none: no recurrent layers
  Memory memory;
  Interconnect network;
  std::optional<Chips> chips;  ///< none: one
  Host host;
  MappingRules mapping;
  Energy energy;
  Power power;
  Programming programming;
  Compensation compensation;
  Area area;
  Reference reference;
  std::vector<std::pair<std::string, LayerOverride>> layers;
  std::vector<std::string> not_modelled;  ///< figures reported as null; a closed list (chip_checks.hpp)
  void fields(common::FieldVisitor& v);

  /// Another device than the file's.
  void use_device(const std::string& name_or_file) {
    device = name_or_file;
    device_where = {};
  }
  /// What a converter of so many bits converts: the pulse is as long as its counts need it.
  adc::Read read_of(int adc_bits) const;
  /// Duration of one MVM: phases * (pulse + overhead + conversion after it).
  double mvm_ns(int adc_bits) const;
  /// Of all chips.
  int cores() const { return count() * grid.columns * grid.rows; }
  int count() const { return chips ? chips->count : 1; }
  /// One core at this geometry: the array's part grows with the crossbar's cells, the memory's with its
  /// bytes, the router's with the flit; the rest stays. Converters that core_mm2 lacks come on top.
  double core_area_mm2() const;
  /// Of all chips; of one: its cores and shared_mm2.
  double area_mm2() const;
};

/// Energy of one MVM on a sub-matrix of rows x columns, by unit, in picojoules: once + phases * (fixed +
/// array + dac + adc), the per-phase part times peak_factor at the operating point `peak`. Relative to
/// `reference`: array and DAC scale with the pulse, the array with the square of the voltage, once and fixed
/// with the crossbar's cells (used or not). The ADC's are its type's.
/// `control_pj` (once and fixed) is digital energy.
struct MvmEnergy {
  double array_pj = 0, dac_pj = 0, adc_pj = 0, control_pj = 0;
  double total_pj() const { return array_pj + dac_pj + adc_pj + control_pj; }
};
MvmEnergy mvm_energy(const Chip& chip, int rows, int columns, int adc_bits);

constexpr common::SettingsKind chip_files{"chips", "chip"};

/// Loads a chip: a shipped name ("hermes-mesh") or a file, whose `base:` names another, with `--set`
/// assignments on top. Throws InputError with all problems.
Chip load_chip(const std::string& name_or_file, const std::vector<std::string>& assignments = {});

}  // namespace phasecore::config
