#include "nas/search/result_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"

namespace phasecore::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kArchive = "archive.sqlite";
constexpr const char* kTrained = "trained";
constexpr std::array kOurs = {"archive.sqlite",
                              "archive.sqlite-wal",
                              "archive.sqlite-journal",
                              "report.json",
                              "report.txt",
                              "candidates.csv",
                              "front.csv",
                              "config.resolved.yaml",
                              "hypervolume.csv",
                              "fine_tuned.csv",
                              "trained",
                              "front",
                              "knee"};

common::EnvironmentError cannot_write(const std::string& path, const std::string& why) {
  return common::EnvironmentError(fmt::format("cannot write '{}': {}", path, why));
}

void refuse_foreign(const std::string& path) {
  std::string foreign;  // the first by name: the message must not depend on the file system's order
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) continue;
    if (foreign.empty() || name < foreign) foreign = name;
  }
  if (!foreign.empty())
    throw common::InputError(
        fmt::format("'{}' holds '{}', which is no result of a search; choose another name", path, foreign));
  if (!fs::is_empty(path) && !fs::exists(fs::path(path) / kArchive))
    throw common::InputError(
        fmt::format("'{}' holds results without the archive of a search; choose another name", path));
}

/// What killed processes left beside the directory.
void remove_abandoned(const fs::path& target) {
  const std::string prefix = target.filename().string() + ".partial-";
  const fs::path parent = target.has_parent_path() ? target.parent_path() : ".";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string digits = name.substr(prefix.size());
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
      continue;
    const pid_t pid = static_cast<pid_t>(std::stol(digits));
    std::error_code ignored;
    if (pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH)) fs::remove_all(entry.path(), ignored);
  }
}

void exchange(const std::string& a, const std::string& b) {
  if (::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) != 0)
    throw cannot_write(b, std::strerror(errno));
}

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to);  // no hard links there
}

}  // namespace

ResultDirectory::ResultDirectory(const std::string& path) {
  fs::path target = fs::path(path).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  const std::string name = target.filename().string();
  if (name.empty() || name == "." || name == "..")
    throw common::InputError("'" + path + "' cannot be a result directory; give the name of a new directory");
  std::error_code error;
  if (fs::is_symlink(target, error)) target = fs::weakly_canonical(target, error);
  path_ = target.string();
  if (::mkdir(path_.c_str(), 0777) == 0)
    created_ = true;
  else if (errno != EEXIST)
    throw cannot_write(path_, std::strerror(errno));
  if (!fs::is_directory(target, error))
    throw common::InputError("'" + path + "' exists and is not a directory; choose another name");
  if (!created_) refuse_foreign(path_);
  if (::access(path_.c_str(), W_OK | X_OK) != 0) throw cannot_write(path_, std::strerror(errno));
  remove_abandoned(target);
}

ResultDirectory::~ResultDirectory() {
  if (created_) ::rmdir(path_.c_str());  // fails where anything is in it, as it should
}

std::string ResultDirectory::archive_path() const {
  return path_ + "/" + kArchive;
}

std::string ResultDirectory::trained_path() const {
  return path_ + "/" + kTrained;
}

void ResultDirectory::publish(const std::map<std::string, std::string>& files) {
  refuse_foreign(path_);
  const std::string staging = fmt::format("{}.partial-{}", path_, ::getpid());
  std::error_code error;
  try {
    fs::create_directory(staging);
    link_or_copy(archive_path(), staging + "/" + kArchive);
    if (fs::exists(trained_path())) {
      fs::create_directory(staging + "/" + kTrained);
      for (const auto& entry : fs::directory_iterator(trained_path()))
        if (entry.is_regular_file() && entry.path().string().find(".partial-") == std::string::npos)
          link_or_copy(entry.path(), fs::path(staging) / kTrained / entry.path().filename());
    }
    for (const auto& [name, content] : files) {
      const std::string file = staging + "/" + name;
      fs::create_directories(fs::path(file).parent_path());
      common::write_synced(file, content);
    }
    for (const auto& entry : fs::recursive_directory_iterator(staging))
      if (entry.is_directory()) common::sync_directory(entry.path().string());
    common::sync_directory(staging);
    exchange(staging, path_);
  } catch (const fs::filesystem_error& e) {
    fs::remove_all(staging, error);
    throw cannot_write(path_, e.code().message());
  } catch (...) {
    fs::remove_all(staging, error);
    throw;
  }
  const auto parent = fs::path(path_).parent_path();
  common::sync_directory(parent.empty() ? "." : parent.string());
  fs::remove_all(staging, error);  // the older result now
}

}  // namespace phasecore::search
