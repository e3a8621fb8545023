// A VCD file of one run: the state of each core in use, the flits each link has carried.
#pragma once

#include <string>
#include <systemc>

namespace phasecore::chip {

/// Open from construction to destruction. Times in the file are the kernel's: the first run starts at 0.
class Trace {
 public:
  /// `path` with or without ".vcd". Throws EnvironmentError if it cannot be written.
  explicit Trace(const std::string& path);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  template <class Value>
  void add(const Value& value, const std::string& name) {
    sc_core::sc_trace(file_, value, name);
  }

 private:
  sc_core::sc_trace_file* file_;
};

}  // namespace phasecore::chip
