#include "models/data/dataset.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/diagnostics.hpp"
#include "models/data/formats.hpp"

namespace phasecore::data {
namespace {

struct Format {
  const char* name;
  Dataset (*read)(const Request&);
  const char* package;  ///< Debian package that provides the files, "" if there is none
};
constexpr std::array<Format, 5> kFormats{{
    {"fashion-mnist", read_mnist, "dataset-fashion-mnist"},
    {"mnist", read_mnist, ""},
    {"cifar10", read_cifar10, ""},
    {"speech-commands", read_speech_commands, ""},
    {"visual-wake-words", read_visual_wake_words, ""},
}};

[[noreturn]] void refuse_unknown(const std::string& spec, const std::string& name) {
  std::string known;
  std::vector<std::string> names;
  for (const Format& format : kFormats) {
    if (*format.package != '\0') known += std::string(format.name) + ", ";
    known += std::string(format.name) + ":DIR, ";
    names.emplace_back(format.name);
  }
  known.resize(known.size() - 2);
  throw common::InputError("data set '" + spec + "' is not known; known are " + known +
                           common::did_you_mean(name, names));
}

/// The place and name of the data, without its part.
Request find_source(const std::string& spec, const Format& format, std::size_t colon) {
  Request request;
  request.name = format.name;
  if (colon != std::string::npos) {
    if (colon + 1 == spec.size())
      throw common::InputError("data set '" + spec + "' names no directory after the colon");
    request.directory = spec.substr(colon + 1);
    return request;
  }
  if (*format.package == '\0')
    throw common::InputError("data set '" + request.name + "' needs the directory of its files, as in " +
                             request.name + ":DIR");
  const char* root = std::getenv("PHASECORE_DATASETS");
  request.directory = std::string(root != nullptr ? root : "/usr/share/datasets") + "/" + request.name;
  request.package = format.package;
  return request;
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
  Dataset set = format->read(request);
  set.name = request.name;
  set.part = part;
  common::ensure(set.images.size() == set.labels.size() * static_cast<std::size_t>(graph::volume(set.shape)),
                 "data: images and labels of different number");
  return set;
}

}  // namespace phasecore::data
