// Files that appear whole or not at all.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace phasecore::common {

/// Whole file. Throws InputError if there is none, EnvironmentError if it cannot be read.
std::string read_file(const std::string& path);

/// Whole gzip (or plain) file, with the same errors; a broken archive is an InputError.
std::string read_gzip(const std::string& path);

/// Writes to a temporary file beside `path`, syncs and renames. Throws EnvironmentError with the system's
/// reason.
void write_file_atomically(const std::string& path, std::string_view content);

/// A result directory: files are collected in memory; commit() writes them beside the target and moves them
/// into place. Not committed: nothing is left behind, an older result stays as it was.
class OutputDirectory {
 public:
  /// `names`: every file that this result and older ones may hold, relative to the directory. Fails at once
  /// (EnvironmentError) if `path` could not be created or replaced later. Refuses (InputError) to replace a
  /// directory that holds anything else, or no report.json although it is not empty.
  explicit OutputDirectory(std::string path, std::vector<std::string> names = {"report.json", "layers.csv",
                                                                               "config.resolved.yaml"});
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  /// `name` is one of the names; the last content counts.
  void write(const std::string& name, std::string content);
  /// The same errors as the constructor: the place may have changed meanwhile.
  void commit();

 private:
  std::string path_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> contents_;
  std::string staging_;
  bool staged_ = false;
  bool committed_ = false;
};

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view content);

}  // namespace phasecore::common
