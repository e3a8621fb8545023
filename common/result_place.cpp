#include "common/result_place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/partial_files.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

EnvironmentError cannot_write(const std::string& path, const std::string& why) {
  return EnvironmentError(fmt::format("cannot write '{}': {}", path, why));
}

std::string parent_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path().string() : ".";
}

std::vector<std::string> foreign_entries(const std::string& directory, const IsOurs& is_ours,
                                         std::error_code& error) {
  std::vector<std::string> foreign;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(directory).string();
    std::error_code ignored;
    const fs::file_type type = entry->symlink_status(ignored).type();
    const bool is_directory = type == fs::file_type::directory;
    if ((is_directory || type == fs::file_type::regular) && is_ours(name, is_directory)) continue;
    foreign.push_back(name);
    if (is_directory) entry.disable_recursion_pending();
  }
  std::sort(foreign.begin(), foreign.end());  // not the file system's order
  return foreign;
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

/// What an older result left, once another one is in its place. Something foreign may be in it that came at
/// the last moment: then it stays.
void remove_older(const std::string& directory, const IsOurs& is_ours) {
  std::error_code error;
  if (foreign_entries(directory, is_ours, error).empty() && !error) remove_tree(directory);
}

/// In two steps: the older result steps aside, the new one steps in; if that fails the older one returns.
void step_aside(const std::string& staging, const std::string& place, const IsOurs& is_ours) {
  const std::string aside = stepped_aside_name(place);
  const bool replaces = ::rename(place.c_str(), aside.c_str()) == 0;
  if (!replaces && errno != ENOENT) throw cannot_write(place, std::strerror(errno));
  if (::rename(staging.c_str(), place.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    if (replaces && ::rename(aside.c_str(), place.c_str()) != 0)
      throw cannot_write(place, fmt::format("{}; the older result is now '{}'", why, aside));
    throw cannot_write(place, why);
  }
  if (replaces) remove_older(aside, is_ours);
}

void exchange(const std::string& staging, const std::string& place, const IsOurs& is_ours) {
  const auto swap = [&] {
    return ::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0;
  };
  if (!swap()) {
    // EINVAL: a file system that cannot do it.
    if (errno == EINVAL || errno == ENOSYS) return step_aside(staging, place, is_ours);
    if (errno != ENOENT) throw cannot_write(place, std::strerror(errno));
    if (::rename(staging.c_str(), place.c_str()) != 0) throw cannot_write(place, std::strerror(errno));
    return;
  }
  std::error_code error;
  const auto foreign = foreign_entries(staging, is_ours, error);
  if (!foreign.empty() && swap())  // it came at the last moment
    throw InputError(fmt::format("'{}' holds '{}', which is not a result of phasecore", place, foreign[0]));
  remove_older(staging, is_ours);
}

void sync_tree(const std::string& directory) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->is_directory(error)) sync_directory(entry->path().string());
  if (error) throw cannot_write(directory, error.message());
  sync_directory(directory);
}

}  // namespace

std::string result_place(const std::string& path) {
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
  return target.string();
}

std::vector<std::string> foreign_entries(const std::string& directory, const IsOurs& is_ours) {
  std::error_code error;
  const auto foreign = foreign_entries(directory, is_ours, error);
  if (error) throw EnvironmentError(fmt::format("cannot look through '{}': {}", directory, error.message()));
  return foreign;
}

void check_replaceable(const std::string& path, const std::string& place) {
  std::error_code error;
  const std::string parent = parent_of(place);
  if (!fs::is_directory(parent, error))
    throw cannot_write(path, fmt::format("there is no directory '{}'", parent));
  // Only to see that it can be done, before a long run: an interrupted run leaves nothing.
  const std::string staging = partial_name(place);
  if (::mkdir(staging.c_str(), 0777) != 0 || ::rmdir(staging.c_str()) != 0)
    throw cannot_write(path, std::strerror(errno));
}

void clear_abandoned(const std::string& place, const IsOurs& is_ours) {
  for (const auto& left : abandoned_directories(place)) {
    std::error_code error;
    if (!foreign_entries(left.path, is_ours, error).empty() || error) continue;
    if (left.stepped_aside && fs::symlink_status(place, error).type() == fs::file_type::not_found)
      (void)::rename(left.path.c_str(), place.c_str());
    else
      remove_tree(left.path);
  }
}

void take_place(const std::string& staging, const std::string& place, const IsOurs& is_ours) {
  sync_tree(staging);
  exchange(staging, place, is_ours);
  sync_directory(parent_of(place));
}

}  // namespace phasecore::common
