// Files that appear whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace phasecore::common {

/// Whole file. Throws InputError if there is none, EnvironmentError if it cannot be read.
std::string read_file(const std::string& path);

/// Whole gzip (or plain) file, with the same errors; a broken archive is an InputError.
std::string read_gzip(const std::string& path);

/// Writes to a temporary file beside `path`, syncs and renames. Throws EnvironmentError with the system's
/// reason.
void write_file_atomically(const std::string& path, std::string_view content);

/// A result directory: files are collected beside the target and moved into place by commit().
/// Not committed: nothing is left behind, an older result stays as it was.
class OutputDirectory {
 public:
  /// Fails at once (EnvironmentError) if `path` could not be created or replaced later. Refuses (InputError)
  /// to replace a directory that is not one of ours (no report.json in it and not empty).
  explicit OutputDirectory(std::string path);
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  void write(const std::string& name, std::string_view content);
  void commit();

 private:
  std::string path_;
  std::string staging_;
  bool committed_ = false;
};

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view content);

}  // namespace phasecore::common
