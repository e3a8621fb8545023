#include "sim/chip/trace.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/diagnostics.hpp"

namespace phasecore::chip {
namespace {

constexpr char kSuffix[] = ".vcd";

/// The kernel adds the suffix itself, and would end the program if it could not open the file.
std::string checked_stem(const std::string& path) {
  const std::size_t suffix = sizeof(kSuffix) - 1;
  const bool has_suffix = path.size() > suffix && path.compare(path.size() - suffix, suffix, kSuffix) == 0;
  const std::string stem = has_suffix ? path.substr(0, path.size() - suffix) : path;
  if (!std::ofstream(stem + kSuffix))
    throw common::EnvironmentError(stem + kSuffix + ": cannot write: " + std::strerror(errno));
  return stem;
}

}  // namespace

Trace::Trace(const std::string& path) : file_(sc_core::sc_create_vcd_trace_file(checked_stem(path).c_str())) {
  file_->set_time_unit(1, sc_core::SC_PS);
}

Trace::~Trace() {
  sc_core::sc_close_vcd_trace_file(file_);
}

}  // namespace phasecore::chip
