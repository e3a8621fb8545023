// A VCD file of one run: the state of each core in use, the flits each link has carried.
#pragma once

#include <string>
#include <systemc>

#include "common/partial_files.hpp"

namespace phasecore::chip {

/// Times in the file are the kernel's: the first run starts at 0.
class Trace {
 public:
  /// Writes beside `path`; the file gets its name with finish(). Throws EnvironmentError if it cannot be
  /// written.
  explicit Trace(const std::string& path);
  /// Without finish(): no file, an older one stays as it was.
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// Closes the file and moves it to exactly `path`. Throws EnvironmentError if not all of it could be
  /// written.
  void finish();

  template <class Value>
  void add(const Value& value, const std::string& name) {
    sc_core::sc_trace(file_, value, name);
  }

 private:
  void close();

  const std::string path_;
  common::PartialFile partial_;  ///< where the kernel writes
  sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace phasecore::chip
