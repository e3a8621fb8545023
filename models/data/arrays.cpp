// The user's own arrays: images, vectors or sequences and their labels, in one .npz file or in .npy files.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <sstream>

#include "common/files.hpp"
#include "common/npz.hpp"
#include "models/data/formats.hpp"
#include "models/data/own_arrays.hpp"

namespace phasecore::data {
namespace {

namespace fs = std::filesystem;

/// What an array is for.
struct Role {
  Part part = Part::Test;
  bool labels = false;
  bool operator<(const Role& other) const {
    return std::pair(part, labels) < std::pair(other.part, other.labels);
  }
};

constexpr std::array<Part, 4> kParts{Part::Training, Part::Calibration, Part::Validation, Part::Test};

std::string stem_of(Part part) {
  return part == Part::Training ? "train" : name_of(part);
}
std::string array_name(const Role& role) {
  return stem_of(role.part) + (role.labels ? "_y" : "_x");
}

/// "test_x", also as others call it: x_test, test_images, val_labels.
std::optional<Role> role_of(const std::string& name) {
  static const std::map<std::string, Part> kPartWords = {{"train", Part::Training},
                                                         {"training", Part::Training},
                                                         {"calibration", Part::Calibration},
                                                         {"validation", Part::Validation},
                                                         {"valid", Part::Validation},
                                                         {"val", Part::Validation},
                                                         {"test", Part::Test}};
  static const std::map<std::string, bool> kKindWords = {
      {"x", false}, {"images", false}, {"data", false}, {"y", true}, {"labels", true}};
  const std::size_t bar = name.find('_');
  if (bar == std::string::npos) return std::nullopt;
  std::array<std::string, 2> words{name.substr(0, bar), name.substr(bar + 1)};
  for (int turn = 0; turn < 2; ++turn, std::swap(words[0], words[1])) {
    const auto part = kPartWords.find(words[0]);
    const auto kind = kKindWords.find(words[1]);
    if (part != kPartWords.end() && kind != kKindWords.end()) return Role{part->second, kind->second};
  }
  return std::nullopt;
}

/// Where the arrays are.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::vector<std::string> names() const = 0;
  virtual common::NpyReader open(const std::string& name) const = 0;
  virtual std::string label(const std::string& name) const = 0;  ///< for messages
  /// Labels as text, one a line; none where they are an array.
  virtual std::optional<std::string> list_of_labels(const std::string&) const { return std::nullopt; }
};

class Archive : public Source {
 public:
  explicit Archive(const std::string& path) : path_(path), archive_(path) {}
  std::vector<std::string> names() const override { return archive_.names(); }
  common::NpyReader open(const std::string& name) const override { return archive_.open(name); }
  std::string label(const std::string& name) const override { return "'" + name + "' in '" + path_ + "'"; }

 private:
  std::string path_;
  common::NpzArchive archive_;
};

class Folder : public Source {
 public:
  explicit Folder(const Request& request) {
    if (!fs::is_directory(request.place))
      throw common::InputError(request.where() + ": there is no such directory");
    for (const auto& entry : fs::directory_iterator(request.place)) {
      const fs::path& file = entry.path();
      if (file.extension() == ".npy" || (file.extension() == ".csv" && role_of(file.stem()).has_value()))
        files_[file.stem().string() + (file.extension() == ".csv" ? ".csv" : "")] = file;
    }
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, file] : files_) names.push_back(name);
    return names;
  }
  common::NpyReader open(const std::string& name) const override { return common::open_npy(files_.at(name)); }
  std::string label(const std::string& name) const override { return "'" + files_.at(name) + "'"; }
  std::optional<std::string> list_of_labels(const std::string& name) const override {
    const std::string& file = files_.at(name);
    return fs::path(file).extension() == ".csv" ? std::optional(file) : std::nullopt;
  }

 private:
  std::map<std::string, std::string> files_;
};

/// Arrays that a program holds, read as if they came from a file.
class Memory : public Source {
 public:
  explicit Memory(const OwnArrays& arrays) : arrays_(arrays) {}
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, array] : arrays_.values) names.push_back(name);
    for (const auto& [name, numbers] : arrays_.labels) names.push_back(name);
    return names;
  }
  common::NpyReader open(const std::string& name) const override {
    const auto labels = arrays_.labels.find(name);
    auto bytes = std::make_shared<std::string>(labels == arrays_.labels.end()
                                                   ? common::npy_bytes(arrays_.values.at(name))
                                                   : common::npy_int64_bytes(labels->second));
    const std::size_t size = bytes->size();
    return common::NpyReader(
        {label(name), size, [bytes, at = std::size_t{0}](char* out, std::size_t most) mutable {
           const std::size_t count = bytes->copy(out, most, at);
           at += count;
           return count;
         }});
  }
  std::string label(const std::string& name) const override { return "the array " + name; }

 private:
  const OwnArrays& arrays_;
};

/// One whole number a line, after a heading or not.
std::vector<std::int64_t> read_label_list(const std::string& path, common::Diagnostics& problems) {
  std::istringstream lines(common::read_file(path));
  std::vector<std::int64_t> labels;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    std::int64_t label = 0;
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data(), end, label);
    const bool whole = error == std::errc() && stop == end;
    if (whole) labels.push_back(label);
    if (!whole && number > 1)
      problems.add({path, number, 0}, "'" + line + "' is no label; expected one whole number a line");
  }
  return labels;
}

std::string shape_text(const std::vector<long long>& shape) {
  std::string text;
  for (const long long size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "()" : text;
}

/// All arrays of a set, looked at before any image is read.
class Arrays {
 public:
  Arrays(const Request& request, const Source& source) : request_(request), source_(source) {
    find_roles();
    read_shapes();
    read_labels();
    problems_.raise_if_any();
  }

  Dataset read() const {
    Held held;
    for (const auto& [part, count] : counts_)
      (part == Part::Training      ? held.training
       : part == Part::Calibration ? held.calibration
       : part == Part::Validation  ? held.validation
                                   : held.test) = count;
    const Selection chosen = select_or_say_what_is_missing(held);
    const std::string& stored = names_.at({chosen.files, false});
    Dataset set;
    set.shape = shape_;
    set.classes = classes_;
    set.classes_open = true;
    set.made_by_rule = chosen.made_by_rule;
    set.images = source_.open(stored).rows(chosen.images);
    check_finite(set, chosen, stored);
    arrange(set, static_cast<int>(chosen.images.size()));
    // Arrays have no normalisation of their own.
    set.normalisation = request_.reading.normalisation;
    if (set.normalisation) normalise(*set.normalisation, set.shape, set.images);
    const auto labels = labels_.find(chosen.files);
    for (const long long i : chosen.images)
      set.labels.push_back(labels == labels_.end() ? 0 : static_cast<int>(labels->second[i]));
    return set;
  }

 private:
  void problem(const std::string& what) { problems_.add({}, what); }

  void find_roles() {
    std::string found;
    for (const std::string& name : source_.names()) {
      found += (found.empty() ? "" : ", ") + name;
      const auto role = role_of(fs::path(name).extension() == ".csv" ? fs::path(name).stem().string() : name);
      if (!role) continue;
      const auto [place, is_new] = names_.emplace(*role, name);
      if (!is_new)
        problem(request_.where() + ": '" + place->second + "' and '" + name + "' are both " +
                array_name(*role));
    }
    if (names_.empty())
      problem(request_.where() + ": there is no array test_x and test_y; " +
              (found.empty() ? "there are no arrays at all" : "it holds " + found) +
              "; save images as test_x and their class numbers as test_y");
    for (const auto& [role, name] : names_) {
      const Role other{role.part, !role.labels};
      if (names_.count(other) == 0 && (role.labels || role.part != Part::Calibration))
        problem(request_.where() + ": there is " + name + ", but no " + array_name(other));
    }
  }

  /// The shape of an array that images can be read from.
  std::vector<long long> shape_of_images(const std::string& name) const {
    const std::string label = source_.label(name);
    if (source_.list_of_labels(name)) throw common::InputError(label + " is a list; only labels may be one");
    const auto shape = source_.open(name).shape();
    if (shape.size() < 2)
      throw common::InputError(label + " has shape " + shape_text(shape) + "; expected Nx<input>");
    constexpr long long kMost = std::numeric_limits<int>::max();
    long long values = 1;
    for (const long long size : shape) values = size == 0 ? 0 : values * std::min(size, kMost);
    if (values == 0) throw common::InputError(label + " has shape " + shape_text(shape) + ": no values");
    if (shape[0] > kMost || values / shape[0] > kMost)
      throw common::InputError(label + " has shape " + shape_text(shape) + ", which is too large");
    return shape;
  }

  void read_shapes() {
    std::string shaped_as;  // the first array's name
    for (const Part part : kParts)
      if (const auto found = names_.find({part, false}); found != names_.end())
        reporting([&] { read_shape(part, found->second, shaped_as); });
  }

  void read_shape(Part part, const std::string& name, std::string& shaped_as) {
    const auto shape = shape_of_images(name);
    const std::string label = source_.label(name);
    counts_[part] = static_cast<int>(shape[0]);
    const graph::Shape of_image(shape.begin() + 1, shape.end());
    if (shaped_as.empty()) {
      shape_ = of_image;
      shaped_as = label;
    } else if (of_image != shape_) {
      throw common::InputError(label + " has images of " + graph::to_string(of_image) + ", but " + shaped_as +
                               " of " + graph::to_string(shape_));
    }
  }

  void read_labels() {
    for (const Part part : kParts) {
      const auto found = names_.find({part, true});
      if (found == names_.end()) continue;
      reporting([&] { labels_[part] = labels_of(found->second, part); });
    }
  }

  std::vector<std::int64_t> labels_of(const std::string& name, Part part) {
    const std::string label = source_.label(name);
    std::vector<std::int64_t> labels;
    if (const auto list = source_.list_of_labels(name)) {
      labels = read_label_list(*list, problems_);
    } else {
      common::NpyReader reader = source_.open(name);
      const auto& shape = reader.shape();
      if (shape.size() == 2 && shape[1] > 1)
        throw common::InputError(label + " has shape " + shape_text(shape) +
                                 "; expected one class number an image: of one-hot labels save y.argmax(1)");
      if (shape.empty() || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1))
        throw common::InputError(label + " has shape " + shape_text(shape) +
                                 "; expected one class number an image");
      labels = reader.integers();
    }
    constexpr std::int64_t kMost = 1'000'000'000;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] < 0 || labels[i] > kMost)
        throw common::InputError(label + " has label " + std::to_string(labels[i]) + " at index " +
                                 std::to_string(i) + "; classes are numbered from 0");
      classes_ = std::max(classes_, static_cast<int>(labels[i]) + 1);
    }
    if (const auto images = counts_.find(part);
        images != counts_.end() && labels.size() != static_cast<std::size_t>(images->second))
      throw common::InputError(label + " has " + std::to_string(labels.size()) + " labels; " +
                               source_.label(names_.at({part, false})) + " has " +
                               std::to_string(images->second) + " images");
    return labels;
  }

  Selection select_or_say_what_is_missing(const Held& held) const {
    const bool test = request_.part == Part::Test, training = request_.part == Part::Training;
    if ((test && !held.test) || (training && !held.training) ||
        (request_.part == Part::Validation && !held.validation && !held.training)) {
      const std::string stem = stem_of(request_.part);
      throw common::InputError(
          request_.where() + " has no " + name_of(request_.part) + " part: there is no " + stem + "_x and " +
          stem + "_y" +
          (request_.part == Part::Validation ? ", and no train_x and train_y to cut it off" : ""));
    }
    return select(request_, held, Order::Unknown);
  }

  /// As the network wants them, where they stand as its file says, or only in other axes.
  void arrange(Dataset& set, int images) const {
    const Reading& reading = request_.reading;
    if (reading.exported && same_values(shape_, reading.exported->shape)) {
      graph::Batch turned =
          reading.exported->in_network_axes({images, reading.exported->shape, std::move(set.images)});
      set.shape = turned.shape;
      set.images = std::move(turned.values);
    } else if (reading.shape && same_values(shape_, *reading.shape)) {
      set.shape = *reading.shape;
    }
  }

  void check_finite(const Dataset& set, const Selection& chosen, const std::string& stored) const {
    const auto bad =
        std::find_if(set.images.begin(), set.images.end(), [](float v) { return !std::isfinite(v); });
    if (bad == set.images.end()) return;
    const long long per_image = graph::volume(set.shape), at = bad - set.images.begin();
    throw common::InputError(source_.label(stored) + " holds " + (std::isnan(*bad) ? "nan" : "infinity") +
                             " in image " + std::to_string(chosen.images[at / per_image]));
  }

  /// What `look` finds wrong is a problem beside the others.
  template <class Look>
  void reporting(const Look& look) {
    try {
      look();
    } catch (const common::InputError& e) {
      for (const auto& d : e.diagnostics()) problems_.add(d);
    }
  }

  const Request& request_;
  const Source& source_;
  std::map<Role, std::string> names_;  ///< as they are stored
  std::map<Part, int> counts_;
  std::map<Part, std::vector<std::int64_t>> labels_;
  graph::Shape shape_;
  int classes_ = 0;
  common::Diagnostics problems_;
};

Dataset read_arrays(const Request& request, const Source& source) {
  Dataset set = Arrays(request, source).read();
  fs::path place(request.place);
  if (!place.has_filename()) place = place.parent_path();
  set.name = request.name + ":" + place.filename().string();
  return set;
}

}  // namespace

Dataset read_npz(const Request& request) {
  return read_arrays(request, Archive(request.place));
}

Dataset read_npy(const Request& request) {
  return read_arrays(request, Folder(request));
}

Dataset load(const OwnArrays& arrays, Part part, int limit, const Reading& reading) {
  const Request request{"arrays", "memory", "", part, limit, reading};
  Dataset set = Arrays(request, Memory(arrays)).read();
  set.name = request.name;
  return set;
}

}  // namespace phasecore::data
