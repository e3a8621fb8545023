// Files that appear whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace phasecore::common {

/// Against devices and pipes that never end: more bytes are an InputError, and reading stops where the file
/// does not begin as it should (who asks for that finds it out from what was read).
struct ReadLimits {
  std::size_t most_bytes = std::size_t{2} << 30;
  std::string_view begins_with = {};
};

/// Whole file. Throws InputError if there is none, EnvironmentError if it cannot be read.
std::string read_file(const std::string& path, ReadLimits limits = {});

/// Bytes that come one after the other: a file's, an archive member's.
struct ByteStream {
  std::string name;        ///< for messages: "'x.npy'"
  std::uint64_t size = 0;  ///< of all of them
  /// Gives the next bytes, fewer only at the end; throws as read_file() does.
  std::function<std::size_t(char* out, std::size_t bytes)> read;
};

/// A file front to back; only what is no regular file (a pipe) is held as a whole, within the limits. Throws
/// as read_file() does.
ByteStream file_stream(const std::string& path, ReadLimits limits = {});

/// Writes to a new file beside `path`, syncs and renames. Throws EnvironmentError with the system's reason.
void write_file_atomically(const std::string& path, std::string_view content);

/// Throws what write_file_atomically() would throw about the place; to be asked before long work.
void check_writable(const std::string& path);

/// The same, and throws InputError where the output is one of the files that the program reads: it would be
/// gone. What is no file (a shipped name) is none of them.
void check_output(const std::string& output, const std::vector<std::string>& inputs);

/// A result directory: files are collected in memory; commit() writes them beside the target and exchanges
/// the two in one step. Not committed: nothing is left behind, an older result stays as it was. Killed: the
/// next one removes what was left.
class OutputDirectory {
 public:
  /// `names`: every file that this result and older ones may hold, relative to the directory; the first one
  /// is in each. Fails at once (EnvironmentError) if `path` could not be created or replaced later. Refuses
  /// (InputError) to replace a directory that holds anything else, or not the first name although it is not
  /// empty.
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
  void stage();

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
