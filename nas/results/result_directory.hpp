// The directory of a search or a sweep: the archive and networks that are trained on the way live in it from
// the start, everything else appears in it at once.
#pragma once

#include <map>
#include <string>

#include "common/descriptor.hpp"
#include "nas/archive/archive.hpp"

namespace phasecore::results {

/// Where networks that are trained on the way are kept in the directory that is given as `path`.
std::string trained_path(const std::string& path);

class ResultDirectory {
 public:
  /// Creates the directory if there is none; Resume: InputError when it holds no archive. InputError when it
  /// holds anything that neither search nor sweep writes: nothing of the user's is ever replaced.
  /// EnvironmentError when nothing can be written there.
  explicit ResultDirectory(const std::string& path, archive::Mode mode = archive::Mode::Fresh);
  /// A directory that was created here and still holds nothing disappears again.
  ~ResultDirectory();
  ResultDirectory(const ResultDirectory&) = delete;
  ResultDirectory& operator=(const ResultDirectory&) = delete;

  std::string archive_path() const;
  /// Where networks that are trained on the way are kept; not created here.
  std::string trained_path() const;
  /// Throws EnvironmentError when the directory or the archive in it is no longer where it was, and says
  /// where the work is: what was removed is saved once more, in the same place or beside it.
  void check_in_place(const archive::Archive& archive) const;
  /// Replaces all files but the archive and the trained networks by these (names relative to the directory),
  /// in one step: whoever is killed meanwhile leaves the older ones. The archive must be closed.
  void publish(const std::map<std::string, std::string>& files);

 private:
  bool in_place() const;
  std::string save(const archive::Archive& archive) const;

  std::string path_;
  common::Descriptor directory_;  ///< tells whether it is still the same one, and where it went
  bool created_ = false;
};

}  // namespace phasecore::results
