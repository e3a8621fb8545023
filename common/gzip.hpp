// Files that may be gzip archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"
#include "common/files.hpp"

namespace phasecore::common {

/// Reads a file front to back, expanding it if it is a gzip archive. Holds a MiB of the file (of a pipe: all
/// of it). Throws as read_file() does, and InputError for a broken archive and for more than 2 GiB of
/// content.
class GzipReader {
 public:
  explicit GzipReader(const std::string& path);
  ~GzipReader();

  /// Upper bound of the bytes that read() gives in all.
  std::uint64_t most_bytes() const;
  /// The next bytes, fewer only at the end.
  std::size_t read(char* out, std::size_t bytes);

 private:
  struct Inflation;

  InputError too_large() const;
  std::size_t copy(char* out, std::size_t bytes);
  std::size_t inflate(char* out, std::size_t bytes);
  void refill();

  std::string path_;
  ByteStream file_;
  std::vector<char> held_;
  std::size_t taken_ = 0;                 ///< of what is held
  std::size_t given_ = 0;                 ///< in all
  std::unique_ptr<Inflation> inflation_;  ///< none: a plain file
};

/// All of it.
std::string read_gzip(const std::string& path);

}  // namespace phasecore::common
