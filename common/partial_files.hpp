// What is not finished yet stands under a name of its own, "X.partial-123" of process 123; what processes
// left so that were killed is removed by the next one that writes X.
#pragma once

#include <string>
#include <vector>

#include "common/descriptor.hpp"

namespace phasecore::common {

std::string partial_name(const std::string& target);

/// A file that is new: no link, nobody else's. It disappears with this object unless it was renamed.
class PartialFile {
 public:
  /// For what will be `target`; its name ends in `suffix`. Throws EnvironmentError that speaks of `target`.
  explicit PartialFile(const std::string& target, const std::string& suffix = "");
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  const std::string& path() const { return path_; }
  Descriptor& file() { return file_; }
  /// Moves the file to its target. False with errno.
  bool move_to(const std::string& target);

 private:
  std::string path_;
  Descriptor file_;
};

/// What an older result is called while a new one takes its place: "X.replaced-123".
std::string stepped_aside_name(const std::string& target);

struct AbandonedDirectory {
  std::string path;
  bool stepped_aside = false;  ///< an older result; else a new one that is not finished
};
/// Those of killed processes beside `target`; first the older results, each kind by name.
std::vector<AbandonedDirectory> abandoned_directories(const std::string& target);

/// Where a file written as `path` will be: a symbolic link stays one, its target is replaced. Throws
/// EnvironmentError where no regular file can be: at a device, a directory, a loop of links.
std::string file_target(const std::string& path);

}  // namespace phasecore::common
