#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/partial_files.hpp"
#include "common/result_place.hpp"

namespace phasecore::common {
namespace {

namespace fs = std::filesystem;

EnvironmentError cannot_write(const std::string& path, const std::string& why) {
  return EnvironmentError(fmt::format("cannot write '{}': {}", path, why));
}

/// The names, and the directories on the way to them.
IsOurs written_as(const std::vector<std::string>& names) {
  return [names](const std::string& name, bool is_directory) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& ours) {
      return is_directory ? ours.compare(0, name.size() + 1, name + '/') == 0 : ours == name;
    });
  };
}

/// Refuses what is there and was not written by us: replacing a directory deletes all that it holds.
void refuse_foreign(const std::string& path, const fs::path& target, const std::vector<std::string>& names) {
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
  const auto foreign = foreign_entries(target.string(), written_as(names));
  if (!foreign.empty())
    throw InputError(
        fmt::format("'{}' holds '{}', which is not a result of phasecore; it will not be replaced, "
                    "choose another name",
                    path, foreign[0]));
}

}  // namespace

OutputDirectory::OutputDirectory(std::string path, std::vector<std::string> names)
    : path_(std::move(path)), names_(std::move(names)) {
  ensure(!names_.empty(), "OutputDirectory: no names");
  const std::string place = result_place(path_);
  clear_abandoned(place, written_as(names_));
  refuse_foreign(path_, place, names_);
  check_replaceable(path_, place);
  path_ = place;
  staging_ = partial_name(path_);
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
  refuse_foreign(path_, path_, names_);
  stage();
  take_place(staging_, path_, written_as(names_));
  committed_ = true;
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
}

}  // namespace phasecore::common
