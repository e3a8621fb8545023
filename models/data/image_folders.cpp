// Visual Wake Words (Chowdhery et al., arXiv 1906.05721) or any other folder of labelled images: sub-folders
// train, validation and test with one folder of images per class, or with a labels.csv; or the same without
// sub-folders, which is then all for testing.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "common/files.hpp"
#include "models/data/formats.hpp"
#include "models/data/image.hpp"

namespace phasecore::data {
namespace {

namespace fs = std::filesystem;

constexpr int kWakeWordSide = 96;

/// Image (relative to the data set's directory) -> name of its class.
using Labels = std::map<std::string, std::string>;

bool is_image(const fs::path& file) {
  std::string extension = file.extension();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

/// Lines "file,label" after that heading; files are relative to the folder of the list.
Labels read_label_file(const Request& request, const std::string& folder, common::Diagnostics& problems) {
  const fs::path directory = fs::path(request.place) / folder;
  const std::string path = directory / "labels.csv";
  std::istringstream lines(common::read_file(path));
  Labels labels;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (++number == 1) {
      if (line != "file,label")
        problems.add({path, 1, 0}, "the first line is '" + line + "'; expected 'file,label'");
      continue;
    }
    if (line.empty()) continue;
    const std::size_t comma = line.rfind(',');
    if (comma == std::string::npos || comma == 0 || comma + 1 == line.size()) {
      problems.add({path, number, 0}, "'" + line + "' is not of the form file,label");
      continue;
    }
    const std::string file = line.substr(0, comma);
    if (!fs::is_regular_file(directory / file))
      problems.add({path, number, 0}, "there is no image '" + file + "'");
    else if (!labels.emplace(folder + "/" + file, line.substr(comma + 1)).second)
      problems.add({path, number, 0}, "'" + file + "' has a label already");
  }
  return labels;
}

Labels read_folder(const Request& request, const std::string& folder, common::Diagnostics& problems) {
  const fs::path directory = fs::path(request.place) / folder;
  if (fs::exists(directory / "labels.csv")) return read_label_file(request, folder, problems);
  Labels labels;
  if (!fs::is_directory(directory)) {
    problems.add({directory, 0, 0}, "there is no such directory");
    return labels;
  }
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename();
    for (const auto& file : fs::directory_iterator(entry.path()))
      if (is_image(file.path()))
        labels.emplace(folder + "/" + name + "/" + file.path().filename().string(), name);
  }
  return labels;
}

struct Split {
  Labels labels;                      ///< of every image that is used
  std::vector<std::string> classes;   ///< sorted
  std::vector<std::string> training;  ///< shuffled, with what is cut off for other parts
  std::vector<std::string> validation, test;
};

std::vector<std::string> shuffled_names(const Labels& labels) {
  std::vector<std::string> names;
  for (const auto& [file, label] : labels) names.push_back(file);
  shuffle(names);
  return names;
}

/// The last `count` names move to another part.
std::vector<std::string> cut_off(std::vector<std::string>& names, std::size_t count) {
  std::vector<std::string> cut(names.end() - static_cast<std::ptrdiff_t>(count), names.end());
  names.resize(names.size() - count);
  return cut;
}

/// Which sub-folder holds what; "." for a set without sub-folders, "" for what is not there.
struct Folders {
  std::string training, validation, test;
};

/// With both validation and test they are just that; one alone is the test part, and validation is cut off
/// training. Who has no training images has images to test.
Folders find_folders(const Request& request) {
  const auto first_of = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names)
      if (fs::is_directory(fs::path(request.place) / name)) return name;
    return std::string();
  };
  Folders folders{first_of({"train"}), first_of({"validation", "val"}), first_of({"test"})};
  if (folders.test.empty()) std::swap(folders.validation, folders.test);
  if (folders.training.empty() && folders.test.empty()) folders.test = ".";
  if (folders.test.empty())
    throw common::InputError(request.where() +
                             ": expected beside the folder 'train' at least one of 'validation' and 'test'");
  return folders;
}

Split find_images(const Request& request) {
  if (!fs::is_directory(request.place))
    throw common::InputError(request.where() + ": there is no such directory");
  const Folders folders = find_folders(request);
  common::Diagnostics problems;
  Split split;
  const std::string naming = folders.training.empty() ? folders.test : folders.training;
  std::set<std::string> classes;
  for (const std::string& folder : {folders.training, folders.validation, folders.test}) {
    if (folder.empty()) continue;
    Labels labels = read_folder(request, folder, problems);
    const fs::path where = (fs::path(request.place) / folder).lexically_normal();
    if (folder == naming) {
      for (const auto& [file, label] : labels) classes.insert(label);
      if (classes.size() < 2)
        problems.add({where, 0, 0}, "images of " + std::to_string(classes.size()) +
                                        " classes; expected 2 or more, each a folder of JPEG and PNG images, "
                                        "or a labels.csv");
    } else if (labels.empty()) {
      problems.add({where, 0, 0}, "there are no images");
    }
    for (const auto& [file, label] : labels)
      if (classes.count(label) == 0)
        problems.add({fs::path(request.place) / file, 0, 0},
                     "class '" + label + "' has no images in the folder '" + naming + "'");
    (folder == folders.training ? split.training
     : folder == folders.test   ? split.test
                                : split.validation) = shuffled_names(labels);
    split.labels.merge(labels);
  }
  split.classes.assign(classes.begin(), classes.end());
  problems.raise_if_any();
  return split;
}

/// The names of a part, and how it was made where the set does not have it.
std::vector<std::string> names_of(const Request& request, Split& split, std::string& made_by_rule) {
  if (split.training.empty()) {
    if (request.part == Part::Training || (request.part == Part::Validation && split.validation.empty()))
      throw common::InputError(request.where() + " has no " + name_of(request.part) +
                               " part: there is no folder 'train'");
    if (request.part == Part::Validation) return split.validation;
    std::vector<std::string>& giver = split.validation.empty() ? split.test : split.validation;
    const std::size_t all = giver.size();
    if (all < 2)
      throw common::InputError(request.where() + ": at least 2 images are needed to cut off others");
    std::vector<std::string> calibration = cut_off(giver, calibration_size(all));
    std::vector<std::string>& part = request.part == Part::Calibration ? calibration : split.test;
    if (request.part == Part::Calibration || &giver == &split.test)
      made_by_rule = std::to_string(part.size()) + " of the set's " + std::to_string(all) + " " +
                     (&giver == &split.test ? "test" : "validation") + " images, by a hash of their names";
    return part;
  }
  if (request.part == Part::Test) return split.test;
  if (split.training.size() < 20)
    throw common::InputError(request.where() + ": the folder 'train' has " +
                             std::to_string(split.training.size()) +
                             " images; at least 20 are needed to cut off other parts");
  const std::size_t all = split.training.size();
  if (split.validation.empty()) split.validation = cut_off(split.training, validation_size(all));
  const auto calibration = cut_off(split.training, calibration_size(all));
  if (request.part == Part::Validation) return split.validation;
  return request.part == Part::Calibration ? calibration : split.training;
}

Image read_image(const Request& request, const std::string& name) {
  const std::string path = (fs::path(request.place) / name).lexically_normal();
  return decode_image(common::read_file(path), path);
}

/// As the network wants them; else grey or RGB of `side`, 0: of the size of the set's first image.
graph::Shape shape_of(const Request& request, const Split& split, int side) {
  const auto& wanted = request.reading.shape;
  if (wanted && wanted->size() == 3 && (wanted->front() == 1 || wanted->front() == 3)) return *wanted;
  if (side > 0) return {3, side, side};
  const Image first = read_image(request, split.labels.begin()->first);
  return {3, first.height, first.width};
}

/// Luminance (ITU-R BT.601), as image libraries turn RGB into grey.
unsigned char grey(const unsigned char* rgb) {
  return static_cast<unsigned char>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
}

Dataset read_folders(const Request& request, int side) {
  Split split = find_images(request);
  Dataset set;
  std::vector<std::string> names = names_of(request, split, set.made_by_rule);
  if (request.limit > 0 && names.size() > static_cast<std::size_t>(request.limit))
    names.resize(static_cast<std::size_t>(request.limit));
  set.shape = shape_of(request, split, side);
  set.classes = static_cast<int>(split.classes.size());
  set.scaled = true;
  const int channels = set.shape[0], pixels = set.shape[1] * set.shape[2];
  // Of ImageNet, which photographs are usually normalised by; for grey the means of its channels.
  const Normalisation own = channels == 3
                                ? Normalisation{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, "ImageNet's"}
                                : Normalisation{{0.449}, {0.226}, "ImageNet's"};
  choose_normalisation(request, own, channels, set);
  const PixelScale scale(*set.normalisation, channels);
  set.images.reserve(names.size() * static_cast<std::size_t>(graph::volume(set.shape)));
  common::Diagnostics problems;
  for (const auto& name : names) {
    try {
      const Image image = resize(read_image(request, name), set.shape[1], set.shape[2]);
      for (int c = 0; c < channels; ++c)
        for (int p = 0; p < pixels; ++p) {
          const unsigned char* rgb = &image.bytes[std::size_t{3} * p];
          set.images.push_back(scale(c, channels == 1 ? grey(rgb) : rgb[c]));
        }
    } catch (const common::InputError& e) {
      for (const auto& d : e.diagnostics()) problems.add(d);
    }
    const auto label = std::lower_bound(split.classes.begin(), split.classes.end(), split.labels.at(name));
    set.labels.push_back(static_cast<int>(label - split.classes.begin()));
  }
  problems.raise_if_any();
  return set;
}

}  // namespace

Dataset read_visual_wake_words(const Request& request) {
  return read_folders(request, kWakeWordSide);
}

Dataset read_images(const Request& request) {
  Dataset set = read_folders(request, 0);
  fs::path place(request.place);
  if (!place.has_filename()) place = place.parent_path();
  set.name = request.name + ":" + place.filename().string();
  return set;
}

}  // namespace phasecore::data
