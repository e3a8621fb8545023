// Files that ui.perfetto.dev shows: tracks with slices, instants and counters (TrackEvent packets, protobuf).
// Field numbers are those of Perfetto's public schema, protos/perfetto/trace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/partial_files.hpp"

namespace phasecore::chip {

/// Times are nanoseconds, the unit of the format. Slices of one track must not overlap in part.
class PerfettoFile {
 public:
  using Track = std::uint64_t;
  using Name = std::uint64_t;

  /// Writes beside `path`; the file gets its name with finish(). Throws EnvironmentError if it cannot be
  /// written.
  explicit PerfettoFile(const std::string& path);

  /// A group of tracks. `number` orders them.
  Track group(const std::string& name, int number);
  Track track(const std::string& name, Track parent);
  Track counter(const std::string& name, const std::string& unit, Track parent);
  /// A text that many slices have; it is written once.
  Name name(const std::string& text);

  struct Slice {
    Name name = 0;
    std::int64_t start_ns = 0, end_ns = 0;
    // Told beside it where there are several:
    std::int64_t firings = 0, packets = 0;
    std::int64_t busy_ns = 0;  ///< told if it is not all of the time
  };
  void slice(Track track, const Slice& slice);
  void instant(Track track, Name name, std::int64_t at_ns);
  void count(Track counter, double value, std::int64_t at_ns);

  /// Writes what is left and moves the file to exactly `path`. Throws EnvironmentError if not all of it could
  /// be written: then there is none, an older one stays as it was.
  void finish();

 private:
  void packet(std::string_view fields);
  void event(std::int64_t at_ns, std::string_view fields);
  Track describe(const std::string& name, std::string_view more);
  void flush();
  [[noreturn]] void fail() const;

  const std::string path_;
  common::PartialFile partial_;
  std::string buffer_;
  Track tracks_ = 0;
  Name names_ = 0;
};

}  // namespace phasecore::chip
