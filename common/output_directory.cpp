#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

EnvironmentError cannot_write(const std::string& path, const std::string& why) {
  return EnvironmentError(fmt::format("cannot write '{}': {}", path, why));
}

/// The real place of the result: no trailing slashes, an existing symbolic link followed.
fs::path target_of(const std::string& path) {
  fs::path target = fs::path(path).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  const std::string name = target.filename().string();
  if (name.empty() || name == "." || name == "..")
    throw InputError(
        fmt::format("'{}' cannot be a result directory; give the name of a new directory", path));
  std::error_code error;
  if (fs::is_symlink(target, error)) target = fs::weakly_canonical(target, error);
  return target;
}

fs::path parent_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : ".";
}

/// One of the files, or a directory on the way to one.
bool is_ours(const fs::directory_entry& entry, const std::string& name,
             const std::vector<std::string>& names) {
  std::error_code ignored;
  const bool directory = entry.is_directory(ignored) && !entry.is_symlink(ignored);
  return std::any_of(names.begin(), names.end(), [&](const std::string& ours) {
    return directory ? ours.compare(0, name.size() + 1, name + '/') == 0 : ours == name;
  });
}

/// Refuses what is there and was not written by us: replacing a directory deletes all that it holds.
void check_replaceable(const std::string& path, const fs::path& target,
                       const std::vector<std::string>& names) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (status.type() == fs::file_type::not_found) return;
  if (error) throw cannot_write(path, error.message());
  if (!fs::is_directory(status))
    throw InputError(fmt::format("'{}' exists and is not a directory; choose another name", path));
  const bool ours = fs::exists(target / "report.json", error);
  const bool empty = fs::is_empty(target, error);
  if (error) throw cannot_write(path, error.message());
  if (!ours && !empty)
    throw InputError(
        fmt::format("'{}' is not empty and holds no report.json, so it is not one of our results; "
                    "it will not be replaced, choose another name",
                    path));
  std::set<std::string> foreign;  // sorted: the message must not depend on the file system's order
  for (fs::recursive_directory_iterator entry(target, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(target).string();
    if (!is_ours(*entry, name, names)) foreign.insert(name);
  }
  if (error) throw cannot_write(path, error.message());
  if (!foreign.empty())
    throw InputError(
        fmt::format("'{}' holds '{}', which is not a result of phasecore; it will not be replaced, "
                    "choose another name",
                    path, *foreign.begin()));
}

/// Staging directories of processes that were killed are rubbish; those of living ones are not ours to touch.
void remove_abandoned(const fs::path& target) {
  const std::string prefix = target.filename().string() + ".partial-";
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent_of(target), error)) {
    const std::string name = entry.path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string digits = name.substr(prefix.size());
    const bool is_number =
        !digits.empty() && digits.size() < 10 &&
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) continue;
    const pid_t pid = static_cast<pid_t>(std::stol(digits));
    const bool dead = pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH);
    std::error_code ignored;
    if (pid > 0 && dead) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

OutputDirectory::OutputDirectory(std::string path, std::vector<std::string> names)
    : path_(std::move(path)), names_(std::move(names)) {
  const fs::path target = target_of(path_);
  check_replaceable(path_, target, names_);
  std::error_code error;
  const fs::path parent = parent_of(target);
  if (!fs::is_directory(parent, error))
    throw cannot_write(path_, fmt::format("there is no directory '{}'", parent.string()));
  remove_abandoned(target);
  path_ = target.string();
  staging_ = fmt::format("{}.partial-{}", path_, ::getpid());
  // Only to see that it can be done, before a long run: an interrupted run leaves nothing.
  if (::mkdir(staging_.c_str(), 0777) != 0 || ::rmdir(staging_.c_str()) != 0)
    throw cannot_write(path_, std::strerror(errno));
}

OutputDirectory::~OutputDirectory() {
  std::error_code ignored;
  if (staged_ && !committed_) fs::remove_all(staging_, ignored);
}

void OutputDirectory::write(const std::string& name, std::string content) {
  ensure(!committed_, "OutputDirectory: write after commit");
  const fs::path relative(name);
  ensure(relative.has_filename() && relative.is_relative() && relative == relative.lexically_normal() &&
             *relative.begin() != "..",
         "OutputDirectory: '" + name + "' is not a name inside the directory");
  ensure(std::find(names_.begin(), names_.end(), name) != names_.end(),
         "OutputDirectory: '" + name + "' is not one of its names, so the next run could not replace it");
  contents_[name] = std::move(content);
}

void OutputDirectory::commit() {
  ensure(!committed_ && !staged_, "OutputDirectory: committed twice");
  check_replaceable(path_, path_, names_);
  if (::mkdir(staging_.c_str(), 0777) != 0) throw cannot_write(path_, std::strerror(errno));
  staged_ = true;
  std::error_code error;
  for (const auto& [name, content] : contents_) {
    const fs::path file = fs::path(staging_) / name;
    fs::create_directories(file.parent_path(), error);
    if (error) throw cannot_write(file.parent_path().string(), error.message());
    write_synced(file.string(), content);
  }
  for (fs::recursive_directory_iterator entry(staging_, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->is_directory(error)) sync_directory(entry->path().string());
  if (error) throw cannot_write(path_, error.message());
  sync_directory(staging_);

  // The older result steps aside, the new one steps in; if that fails the older one returns.
  const std::string aside = fmt::format("{}.old-{}", path_, ::getpid());
  const bool replaces = ::rename(path_.c_str(), aside.c_str()) == 0;
  if (!replaces && errno != ENOENT) throw cannot_write(path_, std::strerror(errno));
  if (::rename(staging_.c_str(), path_.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    if (replaces && ::rename(aside.c_str(), path_.c_str()) != 0)
      throw cannot_write(path_, fmt::format("{}; the older result is now '{}'", why, aside));
    throw cannot_write(path_, why);
  }
  committed_ = true;
  if (replaces) fs::remove_all(aside, error);
  if (error) throw EnvironmentError(fmt::format("cannot remove '{}': {}", aside, error.message()));
  sync_directory(parent_of(path_).string());
}

}  // namespace phasecore::common
