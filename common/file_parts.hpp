// Files in pieces: for those of which nobody needs to hold the whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace phasecore::common {

/// Bytes of a regular file from `offset` on; fewer only at its end. Throws EnvironmentError if it cannot be
/// read.
std::size_t read_part(const std::string& path, std::uint64_t offset, char* out, std::size_t bytes);

/// SHA-256 of what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view content);
  void add_file(const std::string& path);
  /// Of all that was added, in lower-case hexadecimal; the end.
  std::string hex();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace phasecore::common
