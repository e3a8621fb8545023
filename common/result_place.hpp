// The place of a result directory: what in it is ours, and how a new result takes an older one's place.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace phasecore::common {

/// Do we write what is called so, relative to the result directory? Asked about files and directories; links
/// and devices are never ours.
using IsOurs = std::function<bool(const std::string& name, bool is_directory)>;

/// The real place of the result: no trailing slashes, an existing symbolic link followed. Throws InputError
/// for "." and the like, EnvironmentError for a loop of links.
std::string result_place(const std::string& path);

/// What is in a directory at any depth and is not ours: names relative to it, sorted; of a folder that is not
/// ours only its own name. Throws EnvironmentError for what cannot be looked through.
std::vector<std::string> foreign_entries(const std::string& directory, const IsOurs& is_ours);

/// Throws EnvironmentError, which speaks of `path`, when nothing new could take the place later.
void check_replaceable(const std::string& path, const std::string& place);

/// Removes what killed processes left beside `place`, if it is wholly ours. A result that had stepped aside
/// comes back where no other one took its place.
void clear_abandoned(const std::string& place, const IsOurs& is_ours);

/// Makes the directory `staging`, which lies beside `place` with its files synced, the result; what was there
/// goes. In one step, but on file systems that cannot exchange. Throws EnvironmentError, or InputError when
/// something foreign came into `place` meanwhile: then all is as before.
void take_place(const std::string& staging, const std::string& place, const IsOurs& is_ours);

}  // namespace phasecore::common
