#include "common/partial_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/diagnostics.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPartial = ".partial-";
constexpr const char* kSteppedAside = ".replaced-";  // nobody calls a copy of his own so

/// Does the number at the front of `text`, followed by `suffix` and nothing else, name a process that is
/// gone? An older process may have had the number of this one.
bool names_dead_process(const std::string& text, const std::string& suffix) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 9 || text.substr(digits) != suffix) return false;
  const pid_t pid = static_cast<pid_t>(std::stol(text));
  return pid > 0 && (pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH));
}

/// Entries beside `target` called `target`, `kind`, the number of a dead process, `suffix`; sorted.
std::vector<fs::directory_entry> abandoned(const fs::path& target, const std::string& kind,
                                           const std::string& suffix) {
  const std::string prefix = target.filename().string() + kind;
  std::vector<fs::directory_entry> found;
  std::error_code error;
  for (fs::directory_iterator entry(target.has_parent_path() ? target.parent_path() : ".", error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.compare(0, prefix.size(), prefix) == 0 && names_dead_process(name.substr(prefix.size()), suffix))
      found.push_back(*entry);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::string partial_name(const std::string& target) {
  return target + kPartial + std::to_string(::getpid());
}

std::string stepped_aside_name(const std::string& target) {
  return target + kSteppedAside + std::to_string(::getpid());
}

PartialFile::PartialFile(const std::string& target, const std::string& suffix)
    : path_(partial_name(target) + suffix) {
  std::error_code ignored;
  for (const auto& entry : abandoned(target, kPartial, suffix))
    if (!fs::is_directory(entry.symlink_status(ignored))) fs::remove(entry.path(), ignored);
  file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file_.valid()) {
    path_.clear();  // not ours to remove
    throw EnvironmentError(fmt::format("cannot write '{}': {}", target, std::strerror(errno)));
  }
}

PartialFile::~PartialFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

bool PartialFile::move_to(const std::string& target) {
  if (::rename(path_.c_str(), target.c_str()) != 0) return false;
  path_.clear();
  return true;
}

std::vector<AbandonedDirectory> abandoned_directories(const std::string& target) {
  std::vector<AbandonedDirectory> found;
  std::error_code ignored;
  for (const char* kind : {kSteppedAside, kPartial})
    for (const auto& entry : abandoned(target, kind, ""))
      if (fs::is_directory(entry.symlink_status(ignored)))
        found.push_back({entry.path().string(), kind == kSteppedAside});
  return found;
}

std::string file_target(const std::string& path) {
  std::error_code error;
  std::error_code unknown;
  const bool link = fs::is_symlink(path, unknown);
  const fs::path target = link ? fs::weakly_canonical(path, error) : fs::path(path);
  if (error) throw EnvironmentError(fmt::format("cannot write '{}': {}", path, error.message()));
  if (fs::exists(target, error) && !fs::is_regular_file(target, error))
    throw EnvironmentError(fmt::format("cannot write '{}': it is not a regular file", path));
  return target.string();
}

}  // namespace phasecore::common
