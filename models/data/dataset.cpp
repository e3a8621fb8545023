#include "models/data/dataset.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "models/data/idx.hpp"

namespace phasecore::data {
namespace {

constexpr int kClasses = 10;
constexpr int kCalibration = 1000;
constexpr int kValidation = 5000;

/// A data set in the MNIST format. Mean and deviation are those of the training pixels, scaled to 0..1.
struct Family {
  const char* name;
  double mean, deviation;
  const char* package;  ///< Debian package that provides it, "" if there is none
};
constexpr std::array<Family, 2> kFamilies{{
    {"fashion-mnist", 0.2860, 0.3530, "dataset-fashion-mnist"},
    {"mnist", 0.1307, 0.3081, ""},
}};

struct Source {
  const Family* family;
  std::string directory;
  bool chosen_by_user;
};

Source find_source(const std::string& spec) {
  const std::size_t colon = spec.find(':');
  const std::string name = spec.substr(0, colon);
  const auto family =
      std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Family& f) { return name == f.name; });
  if (family == kFamilies.end())
    throw common::InputError("data set '" + spec +
                             "' is not known; known are fashion-mnist, fashion-mnist:DIR, mnist:DIR" +
                             common::did_you_mean(name, {"fashion-mnist", "mnist"}));
  if (colon != std::string::npos) {
    if (colon + 1 == spec.size())
      throw common::InputError("data set '" + spec + "' names no directory after the colon");
    return {&*family, spec.substr(colon + 1), true};
  }
  if (*family->package == '\0')
    throw common::InputError("data set '" + name + "' needs the directory of its files, as in " + name +
                             ":DIR");
  const char* root = std::getenv("PHASECORE_DATASETS");
  return {&*family, std::string(root != nullptr ? root : "/usr/share/datasets") + "/" + name, false};
}

/// Reads one of the four files, gzipped or not.
Idx read_idx(const Source& source, const std::string& stem, int dimensions) {
  const std::filesystem::path plain = std::filesystem::path(source.directory) / stem;
  for (const std::string& path : {plain.string() + ".gz", plain.string()}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return parse_idx(common::read_gzip(path), dimensions, path);
  }
  const std::string what =
      "data set " + std::string(source.family->name) + ": there is no " + stem + ".gz in " + source.directory;
  if (source.chosen_by_user) throw common::InputError(what);
  throw common::EnvironmentError(what + "; install the Debian package " + source.family->package);
}

/// Images [first, last) of the file that holds a part.
struct Range {
  int first, last;
};

Range range_of(Part part, int in_file, const Source& source) {
  if (part == Part::Test) return {0, in_file};
  const int reserved = kCalibration + kValidation;
  if (in_file <= reserved)
    throw common::InputError("data set " + std::string(source.family->name) + " in " + source.directory +
                             ": the training file has " + std::to_string(in_file) + " images; at least " +
                             std::to_string(reserved + 1) +
                             " are needed to cut off calibration and validation parts");
  if (part == Part::Validation) return {in_file - kValidation, in_file};
  if (part == Part::Calibration) return {in_file - reserved, in_file - kValidation};
  return {0, in_file - reserved};
}

}  // namespace

const char* name_of(Part part) {
  switch (part) {
    case Part::Training:
      return "training";
    case Part::Calibration:
      return "calibration";
    case Part::Validation:
      return "validation";
    case Part::Test:
      return "test";
  }
  throw common::InternalError("data: a part without a name");
}

graph::Batch Dataset::batch(int begin, int end) const {
  common::ensure(0 <= begin && begin <= end && end <= size(), "data: a batch outside of its data set");
  const long long per_image = graph::volume(shape);
  return {end - begin, shape, {images.begin() + begin * per_image, images.begin() + end * per_image}};
}

Dataset load(const std::string& spec, Part part, int limit) {
  const Source source = find_source(spec);
  if (limit < 0)
    throw common::InputError("number of images " + std::to_string(limit) +
                             " must be at least 1, or 0 for all");
  const std::string prefix = part == Part::Test ? "t10k-" : "train-";
  const Idx pixels = read_idx(source, prefix + "images-idx3-ubyte", 3);
  const Idx labels = read_idx(source, prefix + "labels-idx1-ubyte", 1);
  if (pixels.extents[0] != labels.extents[0])
    throw common::InputError("data set " + std::string(source.family->name) + " in " + source.directory +
                             ": " + std::to_string(pixels.extents[0]) + " images, but " +
                             std::to_string(labels.extents[0]) + " labels");
  Range range = range_of(part, pixels.extents[0], source);
  if (limit > 0) range.last = std::min(range.last, range.first + limit);

  Dataset set;
  set.name = source.family->name;
  set.part = part;
  set.shape = {1, pixels.extents[1], pixels.extents[2]};
  set.classes = kClasses;
  std::array<float, 256> normalised{};
  for (int v = 0; v < 256; ++v)
    normalised[v] = static_cast<float>((v / 255.0 - source.family->mean) / source.family->deviation);
  const long long per_image = graph::volume(set.shape);
  set.images.reserve(static_cast<std::size_t>((range.last - range.first) * per_image));
  for (long long i = range.first * per_image; i < range.last * per_image; ++i)
    set.images.push_back(normalised[static_cast<unsigned char>(pixels.bytes[i])]);
  for (int i = range.first; i < range.last; ++i) {
    const auto label = static_cast<std::uint8_t>(labels.bytes[i]);
    if (label >= kClasses)
      throw common::InputError("data set " + std::string(source.family->name) + " in " + source.directory +
                               ": label " + std::to_string(label) + " of image " + std::to_string(i) +
                               " of the " + prefix + "labels file must be 0 to " +
                               std::to_string(kClasses - 1));
    set.labels.push_back(label);
  }
  return set;
}

}  // namespace phasecore::data
