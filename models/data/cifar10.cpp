// The binary version of CIFAR-10 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009):
// records of one label byte and 3 x 32 x 32 pixel bytes, channel by channel.
#include <algorithm>
#include <filesystem>

#include "common/files.hpp"
#include "models/data/colours.hpp"
#include "models/data/formats.hpp"

namespace phasecore::data {
namespace {

constexpr int kClasses = 10;
constexpr int kPerChannel = 32 * 32;
constexpr int kPixels = 3 * kPerChannel;
constexpr std::size_t kRecord = 1 + kPixels;

std::vector<std::string> files_of(const Request& request) {
  const std::filesystem::path directory = request.directory;
  std::vector<std::string> files;
  if (request.part == Part::Test) {
    files.push_back(directory / "test_batch.bin");
  } else {
    for (int i = 1; i <= 5; ++i) files.push_back(directory / ("data_batch_" + std::to_string(i) + ".bin"));
  }
  return files;
}

/// Images in each file; everything wrong with presence and size is said at once.
std::vector<int> count_images(const std::vector<std::string>& files) {
  common::Diagnostics problems;
  std::vector<int> counts;
  for (const auto& file : files) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(file, error);
    if (error)
      problems.add({file, 0, 0},
                   "no such file; the binary version of CIFAR-10 has data_batch_1.bin to "
                   "data_batch_5.bin and test_batch.bin");
    else if (bytes == 0 || bytes % kRecord != 0 || bytes / kRecord > 1'000'000)
      problems.add({file, 0, 0}, "the file has " + std::to_string(bytes) +
                                     " bytes; expected 1 to 1000000 records of " + std::to_string(kRecord));
    counts.push_back(error ? 0 : static_cast<int>(std::min<std::uintmax_t>(bytes / kRecord, 1'000'000)));
  }
  problems.raise_if_any();
  return counts;
}

}  // namespace

Dataset read_cifar10(const Request& request) {
  const std::vector<std::string> files = files_of(request);
  const std::vector<int> counts = count_images(files);
  int images = 0;
  for (int count : counts) images += count;
  const Range range = range_of(request, images);

  Dataset set;
  set.shape = {3, 32, 32};
  set.classes = kClasses;
  set.images.reserve(static_cast<std::size_t>(range.last - range.first) * kPixels);
  // Mean and deviation of each channel over the training pixels.
  const ColourScale scale({0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616});
  common::Diagnostics problems;
  int first_in_file = 0;
  for (std::size_t f = 0; f < files.size(); first_in_file += counts[f++]) {
    const int begin = std::max(range.first - first_in_file, 0);
    const int end = std::min(range.last - first_in_file, counts[f]);
    if (begin >= end) continue;
    const std::string bytes = common::read_file(files[f]);
    common::ensure(bytes.size() == counts[f] * kRecord, "data: a file changed while it was read");
    for (int i = begin; i < end; ++i) {
      const auto* record = reinterpret_cast<const unsigned char*>(bytes.data()) + i * kRecord;
      if (record[0] >= kClasses)
        problems.add({files[f], 0, 0}, "label " + std::to_string(record[0]) + " of image " +
                                           std::to_string(i) + " must be 0 to " +
                                           std::to_string(kClasses - 1));
      set.labels.push_back(record[0]);
      for (int p = 0; p < kPixels; ++p) set.images.push_back(scale(p / kPerChannel, record[1 + p]));
    }
  }
  problems.raise_if_any();
  return set;
}

}  // namespace phasecore::data
