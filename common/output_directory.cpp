#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/partial_files.hpp"

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
  std::error_code unknown;
  if (fs::is_symlink(target, unknown)) target = fs::weakly_canonical(target, error);
  if (error) throw cannot_write(path, error.message());
  return target;
}

fs::path parent_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : ".";
}

/// One of the files, or a directory on the way to one.
bool is_ours(const fs::directory_entry& entry, const std::string& name,
             const std::vector<std::string>& names) {
  std::error_code ignored;
  const fs::file_type type = entry.symlink_status(ignored).type();
  return std::any_of(names.begin(), names.end(), [&](const std::string& ours) {
    if (type == fs::file_type::directory) return ours.compare(0, name.size() + 1, name + '/') == 0;
    return type == fs::file_type::regular && ours == name;
  });
}

/// The first by name of what is in `directory` at any depth and was not written by us, or "". By name: the
/// message must not depend on the file system's order.
std::string first_foreign(const fs::path& directory, const std::vector<std::string>& names,
                          std::error_code& error) {
  std::set<std::string> foreign;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(directory).string();
    if (!is_ours(*entry, name, names)) foreign.insert(name);
  }
  return foreign.empty() ? "" : *foreign.begin();
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
  const bool ours = fs::exists(target / names.front(), error);
  const bool empty = fs::is_empty(target, error);
  if (error) throw cannot_write(path, error.message());
  if (!ours && !empty)
    throw InputError(
        fmt::format("'{}' is not empty and holds no {}, so it is not one of our results; "
                    "it will not be replaced, choose another name",
                    path, names.front()));
  const std::string foreign = first_foreign(target, names, error);
  if (error) throw cannot_write(path, error.message());
  if (!foreign.empty())
    throw InputError(
        fmt::format("'{}' holds '{}', which is not a result of phasecore; it will not be replaced, "
                    "choose another name",
                    path, foreign));
}

/// Removes a directory of ours, also where somebody took the right to write away from it. What cannot be
/// removed stays; the next run tries again.
void remove_tree(const fs::path& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  if (!error) return;
  std::error_code ignored;
  fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    if (fs::is_directory(entry->symlink_status(ignored)))
      fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  fs::remove_all(directory, ignored);
}

/// What killed processes left, if it is wholly ours. A result that had stepped aside comes back where no
/// other one took its place.
void clear_abandoned(const fs::path& target, const std::vector<std::string>& names) {
  for (const std::string& left : abandoned_directories(target.string())) {
    std::error_code error;
    if (!first_foreign(left, names, error).empty() || error) continue;
    const bool aside = left.compare(target.string().size(), 5, ".old-") == 0;
    const bool missing = fs::symlink_status(target, error).type() == fs::file_type::not_found;
    if (aside && missing)
      (void)::rename(left.c_str(), target.c_str());
    else
      remove_tree(left);
  }
}

}  // namespace

OutputDirectory::OutputDirectory(std::string path, std::vector<std::string> names)
    : path_(std::move(path)), names_(std::move(names)) {
  ensure(!names_.empty(), "OutputDirectory: no names");
  const fs::path target = target_of(path_);
  clear_abandoned(target, names_);
  check_replaceable(path_, target, names_);
  std::error_code error;
  const fs::path parent = parent_of(target);
  if (!fs::is_directory(parent, error))
    throw cannot_write(path_, fmt::format("there is no directory '{}'", parent.string()));
  path_ = target.string();
  staging_ = partial_name(path_);
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
  stage();
  exchange();
  sync_directory(parent_of(path_).string());
}

/// All files, beside the target.
void OutputDirectory::stage() {
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
}

/// The new result and the older one change places in one step; then the older one goes.
void OutputDirectory::exchange() {
  const auto swap = [&] {
    return ::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0;
  };
  if (!swap()) {
    if (errno == EINVAL || errno == ENOSYS) return step_aside();  // a file system that cannot do it
    if (errno != ENOENT) throw cannot_write(path_, std::strerror(errno));
    if (::rename(staging_.c_str(), path_.c_str()) != 0) throw cannot_write(path_, std::strerror(errno));
    committed_ = true;
    return;
  }
  std::error_code error;
  const std::string foreign = first_foreign(staging_, names_, error);
  if (!foreign.empty() && swap())  // it came at the last moment
    throw InputError(fmt::format("'{}' holds '{}', which is not a result of phasecore", path_, foreign));
  committed_ = true;
  if (foreign.empty()) remove_tree(staging_);
}

/// The same in two steps: the older result steps aside, the new one steps in; if that fails the older one
/// returns.
void OutputDirectory::step_aside() {
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
  if (replaces) remove_tree(aside);
}

}  // namespace phasecore::common
