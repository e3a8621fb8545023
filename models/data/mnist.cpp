#include <array>
#include <filesystem>

#include "common/files.hpp"
#include "models/data/formats.hpp"
#include "models/data/idx.hpp"

namespace phasecore::data {
namespace {

constexpr int kClasses = 10;

/// Of the training pixels, scaled to 0..1.
struct Moments {
  double mean, deviation;
};
Moments moments_of(const std::string& name) {
  return name == "mnist" ? Moments{0.1307, 0.3081} : Moments{0.2860, 0.3530};
}

/// Reads one of the four files, gzipped or not.
Idx read_idx(const Request& request, const std::string& stem, int dimensions) {
  const std::filesystem::path plain = std::filesystem::path(request.directory) / stem;
  for (const std::string& path : {plain.string() + ".gz", plain.string()}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return parse_idx(common::read_gzip(path), dimensions, path);
  }
  const std::string what =
      "data set " + request.name + ": there is no " + stem + ".gz in " + request.directory;
  if (request.package.empty()) throw common::InputError(what);
  throw common::EnvironmentError(what + "; install the Debian package " + request.package);
}

}  // namespace

Dataset read_mnist(const Request& request) {
  const std::string prefix = request.part == Part::Test ? "t10k-" : "train-";
  const Idx pixels = read_idx(request, prefix + "images-idx3-ubyte", 3);
  const Idx labels = read_idx(request, prefix + "labels-idx1-ubyte", 1);
  if (pixels.extents[0] != labels.extents[0])
    throw common::InputError(request.where() + ": " + std::to_string(pixels.extents[0]) + " images, but " +
                             std::to_string(labels.extents[0]) + " labels");
  const Range range = range_of(request, pixels.extents[0]);

  Dataset set;
  set.shape = {1, pixels.extents[1], pixels.extents[2]};
  set.classes = kClasses;
  const Moments moments = moments_of(request.name);
  std::array<float, 256> normalised{};
  for (int v = 0; v < 256; ++v)
    normalised[v] = static_cast<float>((v / 255.0 - moments.mean) / moments.deviation);
  const long long per_image = graph::volume(set.shape);
  set.images.reserve(static_cast<std::size_t>((range.last - range.first) * per_image));
  for (long long i = range.first * per_image; i < range.last * per_image; ++i)
    set.images.push_back(normalised[static_cast<unsigned char>(pixels.bytes[i])]);
  for (int i = range.first; i < range.last; ++i) {
    const auto label = static_cast<std::uint8_t>(labels.bytes[i]);
    if (label >= kClasses)
      throw common::InputError(request.where() + ": label " + std::to_string(label) + " of image " +
                               std::to_string(i) + " of the " + prefix + "labels file must be 0 to " +
                               std::to_string(kClasses - 1));
    set.labels.push_back(label);
  }
  return set;
}

}  // namespace phasecore::data
