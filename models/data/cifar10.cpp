// The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning multiple layers of features from tiny
// images", 2009) and sets in their format: records of label bytes, then pixel bytes, channel by channel.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <regex>

#include "common/files.hpp"
#include "models/data/formats.hpp"

namespace phasecore::data {
namespace {

constexpr int kChannels = 3;

struct Version {
  const char* name;
  int label_bytes;  ///< the last of them is the class
  std::vector<std::string> training, test;
  Normalisation own;
};

/// N of a file called data_batch_N.bin; 0 if it is called otherwise.
int batch_number(const std::string& file) {
  static const std::regex kName("data_batch_([1-9][0-9]{0,3})\\.bin");
  std::smatch found;
  return std::regex_match(file, found, kName) ? std::stoi(found[1]) : 0;
}

/// data_batch_1.bin up to the last one that is there: one that lacks between them is missed. The official
/// five where there is none.
std::vector<std::string> numbered_batches(const std::string& place) {
  namespace fs = std::filesystem;
  int last = 0;
  std::error_code error;  // a folder that cannot be listed: its files are missed, each by name
  for (fs::directory_iterator at(place, error), end; !error && at != end; at.increment(error))
    last = std::max(last, batch_number(at->path().filename()));
  std::vector<std::string> files;
  for (int n = 1; n <= (last == 0 ? 5 : last); ++n)
    files.push_back("data_batch_" + std::to_string(n) + ".bin");
  return files;
}

struct Files {
  std::vector<std::string> paths;
  std::vector<std::uintmax_t> bytes;
  bool present = false;  ///< is at least one of them there?
};

Files files_of(const Request& request, const std::vector<std::string>& names) {
  namespace fs = std::filesystem;
  Files files;
  for (const auto& name : names) {
    const fs::path file = fs::path(request.place) / name;
    files.paths.push_back(file);
    files.present |= fs::exists(file);
    files.bytes.push_back(fs::is_regular_file(file) ? fs::file_size(file) : 0);
  }
  return files;
}

/// Images are 32 x 32, or as large as the network wants them where the files say otherwise.
graph::Shape shape_of(const Request& request, const Version& version, const std::vector<const Files*>& all) {
  graph::Shape shape{kChannels, 32, 32};
  const auto fits = [&](const graph::Shape& s) {
    const auto record = static_cast<std::uintmax_t>(version.label_bytes + graph::volume(s));
    return std::all_of(all.begin(), all.end(), [&](const Files* files) {
      return std::all_of(files->bytes.begin(), files->bytes.end(),
                         [&](std::uintmax_t bytes) { return bytes % record == 0; });
    });
  };
  const auto& wanted = request.reading.shape;
  if (!fits(shape) && wanted && wanted->size() == 3 && wanted->front() == kChannels && fits(*wanted))
    shape = *wanted;
  return shape;
}

/// Images in each file; what is wrong with presence and size is added to the problems.
std::vector<int> count_images(const Files& files, std::size_t record, const Version& version,
                              common::Diagnostics& problems) {
  std::vector<int> counts;
  for (std::size_t f = 0; f < files.paths.size(); ++f) {
    const std::uintmax_t bytes = files.bytes[f];
    if (!std::filesystem::exists(files.paths[f]))
      problems.add(
          {files.paths[f], 0, 0},
          std::string("no such file; ") +
              (version.training.size() == 1
                   ? "the binary version of CIFAR-100 has train.bin and test.bin"
                   : "the binary version of CIFAR-10 has data_batch_1.bin, data_batch_2.bin and so on, and "
                     "test_batch.bin"));
    else if (bytes == 0 || bytes % record != 0 || bytes / record > 100'000'000)
      problems.add({files.paths[f], 0, 0}, "the file has " + std::to_string(bytes) +
                                               " bytes; expected 1 to 100000000 records of " +
                                               std::to_string(record));
    counts.push_back(static_cast<int>(std::min<std::uintmax_t>(bytes / record, 100'000'000)));
  }
  return counts;
}

/// The largest label of some files, without their pixels.
int largest_label(const Files& files, const std::vector<int>& counts, std::size_t record, int label_bytes) {
  int largest = 0;
  for (std::size_t f = 0; f < files.paths.size(); ++f) {
    std::ifstream in(files.paths[f], std::ios::binary);
    for (int i = 0; i < counts[f]; ++i) {
      in.seekg(static_cast<std::streamoff>(i * record + label_bytes - 1));
      largest = std::max(largest, in.get());
    }
    if (!in) throw common::EnvironmentError("cannot read '" + files.paths[f] + "'");
  }
  return largest;
}

Dataset read_version(const Request& request, const Version& version) {
  const Files training = files_of(request, version.training), test = files_of(request, version.test);
  std::vector<const Files*> used;
  if (needs_training_files(request.part, training.present, test.present)) used.push_back(&training);
  if (request.part == Part::Test || test.present) used.push_back(&test);
  Dataset set;
  set.shape = shape_of(request, version, used);
  const std::size_t record = static_cast<std::size_t>(version.label_bytes + graph::volume(set.shape));
  common::Diagnostics problems;
  Held held;
  std::vector<std::vector<int>> all_counts;
  for (const Files* files : used) {
    all_counts.push_back(count_images(*files, record, version, problems));
    (files == &training ? held.training : held.test) =
        std::accumulate(all_counts.back().begin(), all_counts.back().end(), 0);
  }
  problems.raise_if_any();
  for (std::size_t u = 0; u < used.size(); ++u)
    set.classes =
        std::max(set.classes, 1 + largest_label(*used[u], all_counts[u], record, version.label_bytes));
  const Selection chosen = select(request, held, Order::Shuffled);
  const Files& files = chosen.files == Part::Test ? test : training;
  const std::vector<int>& counts = all_counts[std::find(used.begin(), used.end(), &files) - used.begin()];

  set.classes_open = true;
  set.scaled = true;
  set.made_by_rule = chosen.made_by_rule;
  choose_normalisation(request, version.own, kChannels, set);
  const PixelScale scale(*set.normalisation, kChannels);
  const int per_channel = set.shape[1] * set.shape[2];
  set.images.reserve(chosen.images.size() * static_cast<std::size_t>(kChannels * per_channel));
  auto next = chosen.images.begin();
  long long first = 0;
  for (std::size_t f = 0; f < files.paths.size() && next != chosen.images.end(); first += counts[f++]) {
    if (*next >= first + counts[f]) continue;
    const std::string bytes = common::read_file(files.paths[f]);
    common::ensure(bytes.size() == counts[f] * record, "data: a file changed while it was read");
    for (; next != chosen.images.end() && *next < first + counts[f]; ++next) {
      const auto* at = reinterpret_cast<const unsigned char*>(bytes.data()) + (*next - first) * record;
      set.labels.push_back(at[version.label_bytes - 1]);
      for (int p = 0; p < kChannels * per_channel; ++p)
        set.images.push_back(scale(p / per_channel, at[version.label_bytes + p]));
    }
  }
  return set;
}

}  // namespace

// Means and deviations of each channel over the training pixels.

Dataset read_cifar10(const Request& request) {
  return read_version(request, {"CIFAR-10",
                                1,
                                numbered_batches(request.place),
                                {"test_batch.bin"},
                                {{0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}, "the set's own"}});
}

Dataset read_cifar100(const Request& request) {
  return read_version(request, {"CIFAR-100",
                                2,
                                {"train.bin"},
                                {"test.bin"},
                                {{0.5071, 0.4865, 0.4409}, {0.2673, 0.2564, 0.2762}, "the set's own"}});
}

}  // namespace phasecore::data
