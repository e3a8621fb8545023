// Labelled images (sounds as features, vectors, sequences) in memory, cut into fixed parts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/data/normalisation.hpp"
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
  int classes = 0;     ///< the labels are below it
  /// The set does not say how many classes there are: only that its labels name so many.
  bool classes_open = false;
  std::vector<float> images;  ///< normalised
  std::vector<int> labels;
  bool scaled = false;  ///< pixels were divided by 255 before they were normalised
  /// What the values are where they are no pixels.
  std::string source = "values as they stand in the files";
  std::optional<Normalisation> normalisation;  ///< none: values are as they stand in the files
  /// How the part was made where the set does not have it: "100 of the 1000 test images, ..."; else "".
  std::string made_by_rule;
  /// What lies beyond the border of a shifted image: the nearest value in it (true: sound) or the darkest
  /// value.
  bool border_repeats = false;
  int size() const { return static_cast<int>(labels.size()); }
  /// Images [begin, end) as a batch.
  graph::Batch batch(int begin, int end) const;
};

/// The network's input as its file has it. Reading a model may give the axes another order (channels first).
struct ExportedInput {
  graph::Shape shape;
  /// A batch of that shape in the network's order.
  std::function<graph::Batch(graph::Batch)> in_network_axes;
};

/// What the user of a set knows, and its files do not.
struct Reading {
  /// Of the network's input: images of folders are read at this size; values that only stand in another
  /// shape, such as 784 for 1x28x28, are given it.
  std::optional<graph::Shape> shape;
  std::optional<Normalisation> normalisation;  ///< in place of the set's own
  /// Own arrays may stand as the model's file wants them: N x H x W x C for a network exported so.
  std::optional<ExportedInput> exported = std::nullopt;
};

/// Data by name; `limit` > 0 keeps the first images of the part, which are a fair sample of it.
///   fashion-mnist          Debian package dataset-fashion-mnist; where data sets lie elsewhere than in
///                          /usr/share/datasets, the environment variable PHASECORE_DATASETS names the place
///   fashion-mnist:DIR, mnist:DIR   IDX files, gzipped or not
///   cifar10:DIR, cifar100:DIR      the binary versions
///   speech-commands:DIR, speech-commands-mlperf:DIR   Speech Commands v2: 12 classes, 49 x 10 MFCC
///   spoken-digits:DIR      "digit_speaker_index.wav": 10 classes, 49 x 10 MFCC, the official split
///   spoken-digits-without:SPEAKER:DIR   the same, trained without a speaker and tested on all of his
///   visual-wake-words:DIR, images:DIR   folders of JPEG and PNG images
///   npz:FILE.npz, npy:DIR  the user's own arrays
/// Throws EnvironmentError saying which package provides absent data, InputError for unknown names and broken
/// files, naming each.
Dataset load(const std::string& spec, Part part, int limit = 0, const Reading& reading = {});

/// Do values of the two shapes stand in the same order, so that one can be read as the other? True for the
/// same shape, for shapes that differ in axes of one, and where one of them is a plain vector of as many.
bool same_values(const graph::Shape& a, const graph::Shape& b);

/// "; ..." with what to do about an image of shape `have` where `want` is needed, if it is likely that
/// channels stand in another place; else "".
std::string layout_hint(const graph::Shape& have, const graph::Shape& want);

}  // namespace phasecore::data
