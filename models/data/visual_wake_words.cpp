// Visual Wake Words (Chowdhery et al., arXiv 1906.05721) or any other folder of labelled images: sub-folders
// train, validation and test with one folder of images per class, or with a labels.csv.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "common/files.hpp"
#include "models/data/colours.hpp"
#include "models/data/formats.hpp"
#include "models/data/image.hpp"

namespace phasecore::data {
namespace {

namespace fs = std::filesystem;

constexpr int kSide = 96;
constexpr std::size_t kLargestValidation = 5000;

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
  const fs::path directory = fs::path(request.directory) / folder;
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
    if (std::error_code ignored; !fs::is_regular_file(directory / file, ignored))
      problems.add({path, number, 0}, "there is no image '" + file + "'");
    else if (!labels.emplace(folder + "/" + file, line.substr(comma + 1)).second)
      problems.add({path, number, 0}, "'" + file + "' has a label already");
  }
  return labels;
}

Labels read_folder(const Request& request, const std::string& folder, common::Diagnostics& problems) {
  const fs::path directory = fs::path(request.directory) / folder;
  if (std::error_code ignored; fs::exists(directory / "labels.csv", ignored))
    return read_label_file(request, folder, problems);
  Labels labels;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename();
    for (const auto& file : fs::directory_iterator(entry.path(), error))
      if (is_image(file.path()))
        labels.emplace(folder + "/" + name + "/" + file.path().filename().string(), name);
  }
  if (error) problems.add({directory, 0, 0}, "the directory cannot be read: " + error.message());
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

/// Finds the folders. With both `validation` and `test` they are just that; one alone is the test part, and
/// validation is cut off training.
Split find_images(const Request& request) {
  const auto has = [&](const char* folder) {
    std::error_code ignored;
    return fs::is_directory(fs::path(request.directory) / folder, ignored);
  };
  const bool validation = has("validation"), test = has("test");
  if (!has("train") || !(validation || test))
    throw common::InputError(request.where() +
                             ": expected a folder 'train' and at least one of 'validation' and 'test'");
  common::Diagnostics problems;
  Split split;
  split.labels = read_folder(request, "train", problems);
  std::set<std::string> classes;
  for (const auto& [file, label] : split.labels) classes.insert(label);
  split.classes.assign(classes.begin(), classes.end());
  if (classes.size() < 2 || classes.size() > 256)
    problems.add({fs::path(request.directory) / "train", 0, 0},
                 "images of " + std::to_string(classes.size()) + " classes; expected 2 to 256");
  split.training = shuffled_names(split.labels);
  for (const char* folder : {"validation", "test"}) {
    if (!has(folder)) continue;
    Labels labels = read_folder(request, folder, problems);
    if (labels.empty()) problems.add({fs::path(request.directory) / folder, 0, 0}, "there are no images");
    for (const auto& [file, label] : labels)
      if (classes.count(label) == 0)
        problems.add({fs::path(request.directory) / file, 0, 0},
                     "class '" + label + "' has no images in the folder 'train'");
    (folder == std::string("validation") && test ? split.validation : split.test) = shuffled_names(labels);
    split.labels.merge(labels);
  }
  problems.raise_if_any();
  return split;
}

std::vector<std::string> names_of(const Request& request, Split& split) {
  if (request.part == Part::Test) return split.test;
  if (split.training.size() < 20)
    throw common::InputError(request.where() + ": the folder 'train' has " +
                             std::to_string(split.training.size()) +
                             " images; at least 20 are needed to cut off other parts");
  const std::size_t all = split.training.size();
  if (split.validation.empty())
    split.validation = cut_off(split.training, std::min(kLargestValidation, all / 10));
  const auto calibration = cut_off(split.training, calibration_size(all));
  if (request.part == Part::Validation) return split.validation;
  return request.part == Part::Calibration ? calibration : split.training;
}

}  // namespace

Dataset read_visual_wake_words(const Request& request) {
  Split split = find_images(request);
  std::vector<std::string> names = names_of(request, split);
  if (request.limit > 0 && names.size() > static_cast<std::size_t>(request.limit))
    names.resize(static_cast<std::size_t>(request.limit));
  Dataset set;
  set.shape = {3, kSide, kSide};
  set.classes = static_cast<int>(split.classes.size());
  set.images.reserve(names.size() * static_cast<std::size_t>(graph::volume(set.shape)));
  // Of ImageNet, which the same kind of photographs is usually normalised by.
  const ColourScale scale({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
  common::Diagnostics problems;
  for (const auto& name : names) {
    const std::string path = fs::path(request.directory) / name;
    try {
      const Image image = resize(decode_image(common::read_file(path), path), kSide, kSide);
      for (int c = 0; c < 3; ++c)
        for (int p = 0; p < kSide * kSide; ++p) set.images.push_back(scale(c, image.bytes[3 * p + c]));
    } catch (const common::InputError& e) {
      for (const auto& d : e.diagnostics()) problems.add(d);
    }
    const auto label = std::lower_bound(split.classes.begin(), split.classes.end(), split.labels.at(name));
    set.labels.push_back(static_cast<std::uint8_t>(label - split.classes.begin()));
  }
  problems.raise_if_any();
  return set;
}

}  // namespace phasecore::data
