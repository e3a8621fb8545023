// The boundary to the SystemC kernel: integer picoseconds in, sc_time out; its reports become exceptions.
#pragma once

#include <systemc>

#include "common/units.hpp"

namespace phasecore::chip {

using common::Picoseconds;

/// Sets the resolution to 1 ps and installs the report handler, once per process, before anything is
/// elaborated.
void prepare_kernel();

/// A duration (>= 0) as the kernel counts it.
inline sc_core::sc_time kernel_time(Picoseconds duration) {
  return sc_core::sc_time::from_value(static_cast<sc_core::sc_time::value_type>(duration));
}

/// The kernel's clock, which never starts again: runs subtract their start.
inline Picoseconds kernel_now() {
  return static_cast<Picoseconds>(sc_core::sc_time_stamp().value());
}

/// Runs the kernel for at most `duration`. Returns false when nothing is left that could happen.
bool advance_kernel(Picoseconds duration);

}  // namespace phasecore::chip
