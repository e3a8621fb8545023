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

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".vcd";  // which the kernel adds itself
constexpr std::string_view kLastLine = "$comment end of trace $end\n";

common::EnvironmentError cannot_write(const std::string& path, const std::string& why) {
  return common::EnvironmentError(path + ": cannot write: " + why);
}

/// Where the file will be: a symbolic link stays one, a device is not replaced by a file.
std::string checked_target(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : fs::path(path);
  if (fs::exists(target, error) && !fs::is_regular_file(target, error))
    throw cannot_write(path, "it is not a regular file");
  return target.string();
}

/// Opened here first: the kernel would end the program if it could not open the file.
std::string checked_partial(const std::string& path) {
  const std::string partial = path + ".partial-" + std::to_string(::getpid()) + std::string(kSuffix);
  const common::Descriptor file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) throw cannot_write(path, std::strerror(errno));
  return partial;
}

/// The kernel ignores failed writes. On a full disk they end in the middle of a line, or here.
bool end_file(const std::string& path) {
  common::Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  char last = 0;
  if (!file.valid() || ::lseek(file.get(), -1, SEEK_END) < 0 || ::read(file.get(), &last, 1) != 1)
    return false;
  if (last != '\n') {
    errno = ENOSPC;
    return false;
  }
  errno = ENOSPC;  // what a short write means: it sets none
  const bool written =
      ::write(file.get(), kLastLine.data(), kLastLine.size()) == static_cast<ssize_t>(kLastLine.size());
  return written && ::fsync(file.get()) == 0 && file.close() == 0;
}

}  // namespace

Trace::Trace(const std::string& path) : path_(checked_target(path)), partial_(checked_partial(path_)) {
  const std::string stem = partial_.substr(0, partial_.size() - kSuffix.size());
  file_ = sc_core::sc_create_vcd_trace_file(stem.c_str());
  file_->set_time_unit(1, sc_core::SC_PS);
}

Trace::~Trace() {
  close();
  ::unlink(partial_.c_str());  // nothing after finish()
}

void Trace::close() {
  if (file_ != nullptr) sc_core::sc_close_vcd_trace_file(file_);
  file_ = nullptr;
}

void Trace::finish() {
  close();
  if (!end_file(partial_) || std::rename(partial_.c_str(), path_.c_str()) != 0)
    throw cannot_write(path_, std::strerror(errno));
  const fs::path directory = fs::path(path_).parent_path();
  common::sync_directory(directory.empty() ? "." : directory.string());
}

}  // namespace phasecore::chip
