// One network on one chip: accuracy against time, latency, energy, layer by layer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <phasecore/basics.hpp>
#include <phasecore/chip.hpp>
#include <phasecore/network.hpp>
#include <string>
#include <vector>

namespace phasecore {
inline namespace v1 {

/// The caller's own labelled samples, by the names that docs/data.md gives arrays of an .npz file: test_x
/// (N x input) with test_y (class numbers from 0); calibration_x if there are such samples.
struct OwnData {
  std::map<std::string, Array> values;
  std::map<std::string, std::vector<std::int64_t>> labels;
};

/// What is absent is as `phasecore simulate --help` says.
struct SimulateOptions {
  std::optional<Device> device;          ///< none: the chip's
  std::optional<std::string> data;       ///< FORMAT:PLACE, or "none"; absent: the set that the network names
  std::optional<OwnData> own_data;       ///< instead of `data`
  std::optional<std::string> normalise;  ///< MEAN,..:STD,.. in place of the set's own normalisation
  std::optional<int> samples;            ///< test images; absent: 1000, or as many as there are
  std::optional<std::vector<std::string>> times;  ///< readout times after programming: {"1s", "1d"}
  std::optional<int> instances;                   ///< programmed chips
  std::optional<std::string> compensation;        ///< of drift: none, gdc, gdc-column, adabs
  std::optional<int> layer_samples;               ///< images for the figures per layer; 0: no such figures
  std::optional<int> layer_instances;
  std::optional<std::string> layer_time;
  std::string engine = "chip";  ///< "chip": cycle-level; "analytic": lower bound without contention
  bool functional = false;      ///< also carry the values through the chip and compare its logits
  bool random_weights = false;  ///< of the same shapes: latency and energy only
  std::string mapping;          ///< text of a mapping file (NetworkMapping::file()); "": the chip's rules
  std::string trace;            ///< file to write what a run does in time to (.pftrace, .vcd); "": none
  int seed = 0;                 ///< of every random number
  int workers = 1;              ///< processes; the result is the same for any number
  Watch watch;
};

/// Accuracy at one time, a fraction 0..1, over programmed chips and images.
struct AccuracyPoint {
  double time_s = 0;                             ///< from the end of programming
  double mean = 0, ci95_low = 0, ci95_high = 0;  ///< the interval is over chips and images
  double std = 0;                                ///< between chips
};

/// A report; copies share it.
class Report {
 public:
  double latency_ns() const;        ///< one image in an empty chip
  double interval_ns() const;       ///< between images back to back
  double energy_nj() const;         ///< of one image alone
  double energy_steady_nj() const;  ///< of one image at full pipeline
  int cores_used() const;
  std::optional<double> float_accuracy() const, quantized_accuracy() const;  ///< none without data
  std::vector<AccuracyPoint> accuracy() const;                               ///< empty without data
  std::vector<std::string> warnings() const;

  /// Everything, schema phasecore.simulate/1 (docs/report.md).
  std::string json() const;
  std::string text() const;        ///< for a person, as `phasecore simulate` prints it
  std::string layers_csv() const;  ///< one row per layer
  std::string html() const;        ///< the page: one file without a network
  std::string settings() const;    ///< config.resolved.yaml: `phasecore simulate --config` repeats the report
  /// Writes all of these to a directory, as `phasecore simulate --out` does: completely or not at all.
  void write(const std::string& directory) const;

  struct Impl;
  explicit Report(std::shared_ptr<const Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Throws InputError where the network cannot be executed, does not fit, or the data do not suit it. Of one
/// thread at a time in a process.
Report simulate(const Network& network, const Chip& chip, const SimulateOptions& options = {});

}  // namespace v1
}  // namespace phasecore
