// Labelled images (or sounds as features) in memory, cut into fixed parts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/infer.hpp"

namespace phasecore::data {

/// Parts never overlap; how each data set is cut stands in docs/data.md. (Calibrate on calibration, search on
/// validation, report test.)
enum class Part { Training, Calibration, Validation, Test };
const char* name_of(Part part);

struct Dataset {
  std::string name;  ///< "fashion-mnist"
  Part part = Part::Test;
  graph::Shape shape;  ///< of one image, {1, 28, 28}; of one sound {1, frames, coefficients}
  int classes = 0;
  std::vector<float> images;  ///< normalised: (value - mean) / deviation
  std::vector<std::uint8_t> labels;
  /// What lies beyond the border of a shifted image: the nearest value in it (true: sound) or the darkest
  /// value.
  bool border_repeats = false;
  int size() const { return static_cast<int>(labels.size()); }
  /// Images [begin, end) as a batch.
  graph::Batch batch(int begin, int end) const;
};

/// Data by name; `limit` > 0 keeps the first images of the part, which are a fair sample of it.
///   fashion-mnist          Debian package dataset-fashion-mnist; where data sets lie elsewhere than in
///                          /usr/share/datasets, the environment variable PHASECORE_DATASETS names the place
///   fashion-mnist:DIR, mnist:DIR   the four IDX files, gzipped or not
///   cifar10:DIR            data_batch_1.bin ... data_batch_5.bin, test_batch.bin
///   speech-commands:DIR    Speech Commands v2: 12 classes, 49 x 10 MFCC
///   visual-wake-words:DIR  folders of JPEG and PNG images, read as 96 x 96 RGB
/// Throws EnvironmentError saying which package provides absent data, InputError for unknown names and broken
/// files, naming each.
Dataset load(const std::string& spec, Part part, int limit = 0);

}  // namespace phasecore::data
