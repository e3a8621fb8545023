// NumPy .npz: a ZIP archive of .npy arrays, as numpy.savez and numpy.savez_compressed write it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/npy.hpp"

namespace phasecore::common {

class NpzArchive {
 public:
  /// Throws InputError if there is no such file or it is no ZIP archive, EnvironmentError if it cannot be
  /// read.
  explicit NpzArchive(const std::string& path);

  /// Of the arrays, without .npy, in the archive's order; other members are left out.
  const std::vector<std::string>& names() const { return names_; }
  /// One of the arrays, stored or deflated. Readers may outlive the archive. Throws InputError that names
  /// array and archive: damaged, encrypted.
  NpyReader open(const std::string& name) const;

 private:
  struct File;
  std::string path_;
  std::shared_ptr<File> file_;
  std::vector<std::string> names_;
};

}  // namespace phasecore::common
