#include "models/data/dataset.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "common/diagnostics.hpp"
#include "models/data/formats.hpp"

namespace phasecore::data {
namespace {

struct Format {
  const char* name;
  Dataset (*read)(const Request&);
  const char* place;    ///< what follows the colon
  const char* package;  ///< Debian package that provides the files, "" if there is none
};
constexpr std::array<Format, 12> kFormats{{
    {"fashion-mnist", read_mnist, "DIR", "dataset-fashion-mnist"},
    {"mnist", read_mnist, "DIR", ""},
    {"cifar10", read_cifar10, "DIR", ""},
    {"cifar100", read_cifar100, "DIR", ""},
    {"images", read_images, "DIR", ""},
    {"npz", read_npz, "FILE.npz", ""},
    {"npy", read_npy, "DIR", ""},
    {"speech-commands", read_speech_commands, "DIR", ""},
    {"speech-commands-mlperf", read_speech_commands_mlperf, "DIR", ""},
    {"spoken-digits", read_spoken_digits, "DIR", ""},
    {"spoken-digits-without", read_spoken_digits_without, "SPEAKER:DIR", ""},
    {"visual-wake-words", read_visual_wake_words, "DIR", ""},
}};

/// Whoever names files without their format gets it said.
std::string format_hint(const std::string& spec) {
  const std::filesystem::path place(spec);
  std::error_code none;
  if (place.extension() == ".npz") return "; did you mean 'npz:" + spec + "'?";
  if (std::filesystem::is_directory(place, none))
    return "; '" + spec + "' is a directory: say what it holds, as in images:" + spec;
  return "";
}

[[noreturn]] void refuse_unknown(const std::string& spec, const std::string& name) {
  std::string known;
  std::vector<std::string> names;
  for (const Format& format : kFormats) {
    if (*format.package != '\0') known += std::string(format.name) + ", ";
    known += std::string(format.name) + ":" + format.place + ", ";
    names.emplace_back(format.name);
  }
  known.resize(known.size() - 2);
  const std::string hint = format_hint(spec);
  throw common::InputError("data set '" + spec + "' is not known; known are " + known +
                           (hint.empty() ? common::did_you_mean(name, names) : hint));
}

/// The place and name of the data, without its part.
Request find_source(const std::string& spec, const Format& format, std::size_t colon) {
  Request request;
  request.name = format.name;
  const bool is_file = std::string(format.place).rfind("FILE", 0) == 0;
  if (colon != std::string::npos) {
    if (colon + 1 == spec.size())
      throw common::InputError("data set '" + spec + "' names no " + (is_file ? "file" : "directory") +
                               " after the colon");
    request.place = spec.substr(colon + 1);
    return request;
  }
  if (*format.package == '\0')
    throw common::InputError("data set '" + request.name + "' needs " +
                             (is_file ? "its file" : "the directory of its files") + ", as in " +
                             request.name + ":" + format.place);
  const char* root = std::getenv("PHASECORE_DATASETS");
  request.place = std::string(root != nullptr ? root : "/usr/share/datasets") + "/" + request.name;
  request.package = format.package;
  return request;
}

/// Without the axes of one value.
graph::Shape without_ones(graph::Shape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
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

void choose_normalisation(const Request& request, const Normalisation& own, int channels, Dataset& set) {
  set.normalisation = request.reading.normalisation ? request.reading.normalisation : own;
  check_channels(*set.normalisation, channels, "images of " + request.where());
}

Dataset load(const std::string& spec, Part part, int limit, const Reading& reading) {
  const std::size_t colon = spec.find(':');
  const std::string name = spec.substr(0, colon);
  const auto format =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& f) { return name == f.name; });
  if (format == kFormats.end()) refuse_unknown(spec, name);
  Request request = find_source(spec, *format, colon);
  if (limit < 0)
    throw common::InputError("number of images " + std::to_string(limit) +
                             " must be at least 1, or 0 for all");
  request.part = part;
  request.limit = limit;
  request.reading = reading;
  Dataset set = format->read(request);
  if (set.name.empty()) set.name = request.name;
  set.part = part;
  if (reading.shape && same_values(set.shape, *reading.shape)) set.shape = *reading.shape;
  common::ensure(set.images.size() == set.labels.size() * static_cast<std::size_t>(graph::volume(set.shape)),
                 "data: images and labels of different number");
  return set;
}

bool same_values(const graph::Shape& a, const graph::Shape& b) {
  if (graph::volume(a) != graph::volume(b)) return false;
  return a.size() == 1 || b.size() == 1 || without_ones(a) == without_ones(b);
}

std::string layout_hint(const graph::Shape& have, const graph::Shape& want) {
  if (have.size() != want.size() || have.size() < 2 || have.size() > 3) return "";
  const bool images = have.size() == 3;
  graph::Shape last_to_front = have, front_to_last = have;
  std::rotate(last_to_front.begin(), last_to_front.end() - 1, last_to_front.end());
  std::rotate(front_to_last.begin(), front_to_last.begin() + 1, front_to_last.end());
  // Where sizes differ as well: channels are usually fewer than pixels or steps.
  const bool one_fits = last_to_front == want || front_to_last == want;
  const bool last = one_fits ? last_to_front == want && (images || have.back() < have.front())
                             : have.back() == want.front() && have.back() < have.front();
  const bool first = one_fits ? !last : have.front() == want.back() && have.front() < have.back();
  if (last)
    return std::string("; channels seem to stand last (") + (images ? "NHWC" : "NLC") +
           "), where the network wants them first: save x.transpose(" + (images ? "0, 3, 1, 2" : "0, 2, 1") +
           ")";
  if (first)
    return std::string("; channels seem to stand first (") + (images ? "NCHW" : "NCL") +
           "), where the network wants them last: save x.transpose(" + (images ? "0, 2, 3, 1" : "0, 2, 1") +
           ")";
  return "";
}

}  // namespace phasecore::data
