// What stands behind the public headers, and how our errors become theirs.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <new>
#include <phasecore/phasecore.hpp>
#include <string>
#include <system_error>

#include "common/diagnostics.hpp"
#include "common/npy.hpp"
#include "models/graph/infer.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/session/models.hpp"
#include "sim/session/settings.hpp"

namespace phasecore {
inline namespace v1 {

struct Chip::Impl {
  config::Chip chip;
  std::string argument;  ///< what `phasecore describe chip` finds it by
};
struct Device::Impl {
  config::Device device;
};
struct Network::Impl {
  session::Model model;
};
struct Report::Impl {
  run::Report report;
  session::Settings settings;
  double wall_s = 0;
};

}  // namespace v1

namespace library {

/// An end that Watch::stop asked for, on its way out.
struct StopAsked {};

/// Throws our error as the public one.
[[noreturn]] void rethrow();

/// Does what a public function promises; whatever it throws is one of the public errors, or the caller's own
/// from one of his functions.
template <class Action>
auto translated(const Action& action) -> decltype(action()) {
  try {
    return action();
  } catch (...) {
    rethrow();
  }
}

/// The caller's functions, asked not too often.
class Watcher {
 public:
  explicit Watcher(const Watch& watch) : watch_(watch) {}
  /// Throws StopAsked.
  void tell(const std::string& step, std::size_t done, std::size_t total);
  bool stops() const { return watch_.stop && watch_.stop(); }
  bool watches() const { return watch_.stop || watch_.progress; }

 private:
  const Watch& watch_;
  std::chrono::steady_clock::time_point last_{};
};

/// Work that forks processes: one thread at a time, since children would hold each other's sockets open.
std::unique_lock<std::mutex> one_at_a_time();
/// This thread's chips, made when they are first needed and kept.
run::ChipRunner& chips();

/// Samples of a network's input as the network takes them. Throws InputError, naming them `what`, for other
/// shapes and for values that are not finite.
graph::Batch batch_of(const Array& samples, const graph::Network& network, const std::string& what);
Array array_of(const graph::Batch& batch);
/// Throws InputError where the shape does not fit the values.
common::NpyArray checked(const Array& array, const std::string& what);

config::Device device_or(const std::optional<Device>& given, const config::Chip& chip);

/// Throws InputError naming the option.
int between(int value, int least, int most, const char* option);
constexpr int kMostInstances = 10000;

}  // namespace library
}  // namespace phasecore
