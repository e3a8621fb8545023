// The user's copy of the public AnalogNAS-Bench table (benchmark_data.csv), cleaned up: measured accuracies
// of NAS-Bench-201 cells on CIFAR-10 after training, and after simulated drift.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/spaces/nasbench201.hpp"

namespace phasecore::spaces {

/// Accuracies are fractions (the file has percent).
struct Spread {
  double mean = 0;
  double std = 0;
};

/// Seconds after programming of the drift columns.
inline constexpr std::array<int, 4> kTableTimes_s = {60, 3600, 86400, 2592000};

struct TableEntry {
  Cell cell{};
  double digital = 0;         ///< `baseline_accuracy`
  double post_training = 0;   ///< `ptq_accuracy`
  double quant_aware = 0;     ///< `qat_accuracy`
  double noisy = 0;           ///< `analog_accuracy`: noisy inference *without* hardware-aware training
  double hardware_aware = 0;  ///< `finetuned_accuracy`
  /// At kTableTimes_s; absent where the published value is known to be wrong.
  std::array<std::optional<Spread>, 4> plain_drift;           ///< `baseline_drift_T`
  std::array<std::optional<Spread>, 4> hardware_aware_drift;  ///< `finetuned_drift_T`
};

/// An architecture that the file has more than once: how far apart its trainings are.
struct Retrained {
  Cell cell{};
  int runs = 0;
  double hardware_aware_range = 0;  ///< largest minus smallest `finetuned_accuracy`
};

class NasbenchTable {
 public:
  /// Reads the file. Throws InputError with every line that is wrong.
  static NasbenchTable read(const std::string& path);
  static NasbenchTable parse(const std::string& text, const std::string& file_name);

  /// One per architecture, in the file's order. Of several trainings the first one.
  const std::vector<TableEntry>& entries() const { return entries_; }
  /// The entry of this cell; if there is none the first one that differs in dead edges only; else nullptr.
  const TableEntry* find(const Cell& cell) const;
  bool exists(const Cell& cell) const { return find(cell) != nullptr; }

  // What the clean-up did.
  int rows_read() const { return rows_read_; }
  int rows_with_empty_cells() const { return rows_with_empty_cells_; }  ///< left out
  int surplus_rows() const { return surplus_rows_; }  ///< second and later trainings, left out
  int wrong_values() const { return wrong_values_; }  ///< made absent
  const std::vector<Retrained>& retrained() const { return retrained_; }

 private:
  void add(TableEntry entry);

  std::vector<TableEntry> entries_;
  std::map<Cell, int> by_cell_, by_live_cell_;
  std::map<Cell, std::vector<double>> runs_;
  int rows_read_ = 0, rows_with_empty_cells_ = 0, surplus_rows_ = 0, wrong_values_ = 0;
  std::vector<Retrained> retrained_;
};

}  // namespace phasecore::spaces
