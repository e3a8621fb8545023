#include <algorithm>
#include <filesystem>
#include <map>

#include "common/files.hpp"
#include "models/data/formats.hpp"
#include "models/data/idx.hpp"

namespace phasecore::data {
namespace {

/// Of the training pixels, scaled to 0..1.
Normalisation own_normalisation(const std::string& name) {
  return name == "mnist" ? Normalisation{{0.1307}, {0.3081}, "the set's own"}
                         : Normalisation{{0.2860}, {0.3530}, "the set's own"};
}

/// One of the files, gzipped or not; "" where there is none.
std::string path_of(const Request& request, const std::string& stem) {
  const std::filesystem::path plain = std::filesystem::path(request.place) / stem;
  for (const std::string& path : {plain.string() + ".gz", plain.string()})
    if (std::filesystem::exists(path)) return path;
  return "";
}

Idx read_idx(const Request& request, const std::string& stem, int dimensions) {
  const std::string path = path_of(request, stem);
  return parse_idx(common::read_gzip(path), dimensions, path);
}

/// All files must be there before one is read.
void require(const Request& request, const std::vector<std::string>& stems) {
  std::string absent;
  for (const auto& stem : stems)
    if (path_of(request, stem).empty()) absent += (absent.empty() ? "no " : " and no ") + stem + ".gz";
  if (absent.empty()) return;
  const std::string what = "data set " + request.name + ": there is " + absent + " in " + request.place;
  if (request.package.empty()) throw common::InputError(what);
  throw common::EnvironmentError(what + "; install the Debian package " + request.package);
}

std::string prefix_of(Part files) {
  return files == Part::Test ? "t10k-" : "train-";
}

}  // namespace

Dataset read_mnist(const Request& request) {
  const auto images = [](Part files) { return prefix_of(files) + "images-idx3-ubyte"; };
  const auto labels_file = [](Part files) { return prefix_of(files) + "labels-idx1-ubyte"; };
  const auto has = [&](Part files) { return !path_of(request, labels_file(files)).empty(); };
  std::vector<Part> used;
  if (needs_training_files(request.part, has(Part::Training), has(Part::Test)))
    used.push_back(Part::Training);
  if (request.part == Part::Test || has(Part::Test)) used.push_back(Part::Test);
  std::vector<std::string> needed{images(request.part == Part::Test ? Part::Test : used.front())};
  for (const Part files : used) needed.push_back(labels_file(files));
  require(request, needed);
  // Labels are small; those of all files say how many classes there are.
  Held held;
  std::map<Part, std::string> labels_of;
  int classes = 0;
  for (const Part files : used) {
    Idx idx = read_idx(request, labels_file(files), 1);
    (files == Part::Training ? held.training : held.test) = idx.extents[0];
    for (const char label : idx.bytes) classes = std::max(classes, static_cast<unsigned char>(label) + 1);
    labels_of[files] = std::move(idx.bytes);
  }
  const Selection chosen = select(request, held, Order::Shuffled);
  const std::string& labels = labels_of.at(chosen.files);
  const Idx pixels = read_idx(request, images(chosen.files), 3);
  if (pixels.extents[0] != static_cast<int>(labels.size()))
    throw common::InputError(request.where() + ": " + std::to_string(pixels.extents[0]) + " images, but " +
                             std::to_string(labels.size()) + " labels");

  Dataset set;
  set.shape = {1, pixels.extents[1], pixels.extents[2]};
  set.classes = classes;
  set.classes_open = request.name == "mnist";
  set.scaled = true;
  set.made_by_rule = chosen.made_by_rule;
  choose_normalisation(request, own_normalisation(request.name), 1, set);
  const PixelScale scale(*set.normalisation, 1);
  const long long per_image = graph::volume(set.shape);
  set.images.reserve(chosen.images.size() * static_cast<std::size_t>(per_image));
  for (const long long i : chosen.images) {
    set.labels.push_back(static_cast<unsigned char>(labels[i]));
    for (long long p = i * per_image; p < (i + 1) * per_image; ++p)
      set.images.push_back(scale(0, static_cast<unsigned char>(pixels.bytes[p])));
  }
  return set;
}

}  // namespace phasecore::data
