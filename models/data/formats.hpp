// The readers behind load(), one per format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"
#include "models/data/dataset.hpp"

namespace phasecore::data {

struct Request {
  std::string name;  ///< of the data set
  std::string directory;
  /// Debian package with the files, if the directory is the one it installs to; "" if the user chose it.
  std::string package;
  Part part = Part::Test;
  int limit = 0;  ///< 0 = all
  /// "data set cifar10 in DIR"
  std::string where() const { return "data set " + name + " in " + directory; }
};

// Each returns the images of one part in their fixed order, cut to the limit.
Dataset read_mnist(const Request& request);
Dataset read_cifar10(const Request& request);
Dataset read_speech_commands(const Request& request);
Dataset read_visual_wake_words(const Request& request);

/// Images [first, last) of the file that holds a part.
struct Range {
  int first = 0, last = 0;
};

/// Cuts a training file: its last 5,000 images are validation, the 1,000 before them calibration; the test
/// file is test. Respects the limit. Throws InputError where the training file is too small.
Range range_of(const Request& request, int images_in_file);

/// A place in a fixed shuffled order for a name: sets that come in folders are sorted by it, so that the
/// first n are a fair sample. Names that tie are sorted by themselves.
std::uint64_t shuffled_place(const std::string& name);
void shuffle(std::vector<std::string>& names);

/// How many of `available` calibration takes away from training: 1,000 or a tenth, whatever is less.
std::size_t calibration_size(std::size_t available);

}  // namespace phasecore::data
