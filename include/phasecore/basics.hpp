// What all parts of the library share: arrays, watching long work, where the shipped files are.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace phasecore {
inline namespace v1 {

/// Dense values in C order (the last axis fastest).
struct Array {
  std::vector<long long> shape;
  std::vector<float> values;
};

/// How to watch work that takes long. Both may be empty. They are called in the thread that called the
/// library, a few times a second at most.
struct Watch {
  /// What is under way ("accuracy"), how much of it is done, of how much.
  std::function<void(const std::string& step, std::size_t done, std::size_t total)> progress;
  /// True: the work ends, with Stopped; a search ends with what it knows.
  std::function<bool()> stop;
};

/// "0.1.0".
std::string version();
/// The folder of the shipped chips, devices, searches and sweeps: $PHASECORE_CONFIGS, or where the library is
/// installed.
std::string config_directory();

}  // namespace v1
}  // namespace phasecore
