#include "sim/chip/kernel.hpp"

#include <cstdlib>
#include <string>

#include "common/diagnostics.hpp"

/// Every executable that links SystemC must define sc_main, although nobody calls it: modules are elaborated
/// by Chip's constructor and the kernel runs from Chip::run().
int sc_main(int, char**) {
  return static_cast<int>(phasecore::common::ExitCode::OurBug);
}

namespace phasecore::chip {
namespace {

/// The default actions print, or abort the process on fatal reports. A warning is a mistake of ours as well:
/// a duplicate module name is no more than that to the kernel.
void throw_report(const sc_core::sc_report& report, const sc_core::sc_actions&) {
  if (report.get_severity() == sc_core::SC_INFO) return;
  throw common::InternalError(std::string("SystemC: ") + report.get_msg_type() + ": " + report.get_msg());
}

}  // namespace

void prepare_kernel() {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  sc_core::sc_report_handler::set_handler(throw_report);
  sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
}

bool advance_kernel(Picoseconds duration) {
  if (!sc_core::sc_pending_activity()) return false;
  sc_core::sc_start(kernel_time(duration), sc_core::SC_RUN_TO_TIME);
  return sc_core::sc_pending_activity();
}

}  // namespace phasecore::chip
