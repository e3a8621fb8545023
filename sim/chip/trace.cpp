#include "sim/chip/trace.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"

namespace phasecore::chip {
namespace {

constexpr char kSuffix[] = ".vcd";  // which the kernel adds itself
constexpr std::string_view kLastLine = "$comment end of trace $end\n";

/// The kernel ignores failed writes. On a full disk they end before the first byte, in the middle of a line,
/// or here. False with errno set.
bool end_file(const std::string& path) {
  common::Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!file.valid()) return false;
  char last = 0;
  const bool is_whole =
      ::lseek(file.get(), -1, SEEK_END) >= 0 && ::read(file.get(), &last, 1) == 1 && last == '\n';
  errno = ENOSPC;  // what an unfinished line and a short write mean: they set none
  if (!is_whole) return false;
  const bool written =
      ::write(file.get(), kLastLine.data(), kLastLine.size()) == static_cast<ssize_t>(kLastLine.size());
  return written && ::fsync(file.get()) == 0 && file.close() == 0;
}

}  // namespace

// Opened here first: the kernel would end the program if it could not open the file.
Trace::Trace(const std::string& path) : path_(common::file_target(path)), partial_(path_, kSuffix) {
  const std::string& name = partial_.path();
  file_ = sc_core::sc_create_vcd_trace_file(name.substr(0, name.size() - std::strlen(kSuffix)).c_str());
  file_->set_time_unit(1, sc_core::SC_PS);
}

Trace::~Trace() {
  close();
}

void Trace::close() {
  if (file_ != nullptr) sc_core::sc_close_vcd_trace_file(file_);
  file_ = nullptr;
}

void Trace::finish() {
  close();
  if (!end_file(partial_.path()) || !partial_.move_to(path_))
    throw common::EnvironmentError("cannot write '" + path_ + "': " + std::strerror(errno));
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  common::sync_directory(directory.empty() ? "." : directory.string());
}

}  // namespace phasecore::chip
