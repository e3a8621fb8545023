#include <algorithm>
#include <filesystem>
#include <map>

#include "models/data/formats.hpp"
#include "models/data/idx.hpp"

namespace phasecore::data {
namespace {

constexpr std::size_t kReserved = std::size_t{1} << 24;  ///< values: 21,000 images of Fashion-MNIST

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

std::vector<unsigned char> read_labels(const std::string& path) {
  IdxReader reader(path, 1);
  std::vector<unsigned char> labels(reader.extents()[0]);
  reader.read(labels.data(), labels.size());
  reader.finish();
  return labels;
}

/// Scaled pixels of the chosen ones, one after the other. Row by row: a header may lie about what is to come.
std::vector<float> read_images(IdxReader& reader, const std::vector<long long>& chosen,
                               const PixelScale& scale) {
  const std::size_t height = reader.extents()[1], width = reader.extents()[2];
  std::vector<unsigned char> row(width);
  std::vector<float> images;
  images.reserve(std::min(kReserved, chosen.size() * height * width));
  long long next = 0;
  for (const long long i : chosen) {
    reader.skip((i - next) * height * width);
    for (std::size_t y = 0; y < height; ++y) {
      reader.read(row.data(), width);
      for (const unsigned char pixel : row) images.push_back(scale(0, pixel));
    }
    next = i + 1;
  }
  reader.finish();
  return images;
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
  std::map<Part, std::vector<unsigned char>> labels_of;
  int classes = 0;
  for (const Part files : used) {
    const auto& labels = labels_of[files] = read_labels(path_of(request, labels_file(files)));
    (files == Part::Training ? held.training : held.test) = static_cast<int>(labels.size());
    classes = std::max(classes, 1 + *std::max_element(labels.begin(), labels.end()));
  }
  const Selection chosen = select(request, held, Order::Shuffled);
  const auto& labels = labels_of.at(chosen.files);
  IdxReader pixels(path_of(request, images(chosen.files)), 3);
  const std::vector<int>& extents = pixels.extents();
  if (extents[0] != static_cast<int>(labels.size())) {
    pixels.finish();  // what is wrong with the file itself comes first
    throw common::InputError(request.where() + ": " + std::to_string(extents[0]) + " images, but " +
                             std::to_string(labels.size()) + " labels");
  }

  Dataset set;
  set.shape = {1, extents[1], extents[2]};
  set.classes = classes;
  set.classes_open = request.name == "mnist";
  set.scaled = true;
  set.made_by_rule = chosen.made_by_rule;
  choose_normalisation(request, own_normalisation(request.name), 1, set);
  set.images = read_images(pixels, chosen.images, PixelScale(*set.normalisation, 1));
  for (const long long i : chosen.images) set.labels.push_back(labels[i]);
  return set;
}

}  // namespace phasecore::data
