// Chips and devices: every setting of the hardware. `phasecore describe chip` explains each key with its
// unit.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace phasecore {
inline namespace v1 {

/// Changes of single keys, as --set takes them: "adc.bits=6", "mapping.objective=one-to-one".
using Assignments = std::vector<std::string>;

/// A chip; copies share it.
class Chip {
 public:
  /// A shipped name ("hermes-mesh") or a file. Throws InputError with all that is wrong.
  static Chip load(const std::string& name_or_file, const Assignments& set = {});
  /// Settings as text, YAML or JSON, with the keys of a chip's file; `base: hermes-mesh` takes the keys that
  /// are left out from a shipped chip. Problems are placed by key: "chip: adc.bits".
  static Chip parse(const std::string& text, const Assignments& set = {});
  /// The shipped names.
  static std::vector<std::string> names();

  std::string name() const;
  int cores() const;
  /// Every key, as YAML that parse() reads back; as JSON.
  std::string yaml() const;
  std::string json() const;

  struct Impl;
  explicit Chip(std::shared_ptr<const Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Phase-change-memory devices: programming noise, drift, read noise; copies share them.
class Device {
 public:
  /// As Chip::load(): "hermes-2".
  static Device load(const std::string& name_or_file, const Assignments& set = {});
  /// As Chip::parse(), with the keys of a device's file; problems are at "device: KEY".
  static Device parse(const std::string& text, const Assignments& set = {});
  static std::vector<std::string> names();

  std::string name() const;
  std::string yaml() const;
  std::string json() const;

  struct Impl;
  explicit Device(std::shared_ptr<const Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace v1
}  // namespace phasecore
