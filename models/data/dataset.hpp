// Labelled images in memory, cut into fixed parts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/infer.hpp"

namespace phasecore::data {

/// Parts never overlap. For the MNIST format: the training file's last 5,000 images are validation, the 1,000
/// before them calibration, the rest training; the test file is test. (Calibrate on calibration, search on
/// validation, report test.)
enum class Part { Training, Calibration, Validation, Test };
const char* name_of(Part part);

struct Dataset {
  std::string name;  ///< "fashion-mnist"
  Part part = Part::Test;
  graph::Shape shape;  ///< of one image, {1, 28, 28}
  int classes = 0;
  std::vector<float> images;  ///< normalised: (pixel / 255 - mean) / deviation
  std::vector<std::uint8_t> labels;
  int size() const { return static_cast<int>(labels.size()); }
  /// Images [begin, end) as a batch.
  graph::Batch batch(int begin, int end) const;
};

/// Data by name: "fashion-mnist" (Debian package dataset-fashion-mnist; where data sets lie elsewhere than in
/// /usr/share/datasets, the environment variable PHASECORE_DATASETS names the place) or "fashion-mnist:DIR"
/// and "mnist:DIR" with the four IDX files, gzipped or not, in DIR. `limit` > 0 keeps the first images of the
/// part. Throws EnvironmentError saying which package provides absent data, InputError for unknown names and
/// broken files.
Dataset load(const std::string& spec, Part part, int limit = 0);

}  // namespace phasecore::data
