// The readers behind load(), one per format, and what they have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"
#include "models/data/dataset.hpp"

namespace phasecore::data {

struct Request {
  std::string name;   ///< of the format
  std::string place;  ///< the directory, or the file, of the data
  /// Debian package with the files, if the place is the one it installs to; "" if the user chose it.
  std::string package;
  Part part = Part::Test;
  int limit = 0;  ///< 0 = all
  Reading reading;
  /// "data set cifar10 in DIR"
  std::string where() const { return "data set " + name + " in " + place; }
};

// Each returns the images of one part in their fixed order, cut to the limit.
Dataset read_mnist(const Request& request);
Dataset read_cifar10(const Request& request);
Dataset read_cifar100(const Request& request);
Dataset read_speech_commands(const Request& request);
Dataset read_speech_commands_mlperf(const Request& request);  ///< the same clips, other features
Dataset read_spoken_digits(const Request& request);
Dataset read_spoken_digits_without(const Request& request);  ///< the place is SPEAKER:DIR
Dataset read_visual_wake_words(const Request& request);
Dataset read_images(const Request& request);
Dataset read_npz(const Request& request);
Dataset read_npy(const Request& request);

/// Marks how a set is normalised: as the reader of the data says, else by `own`.
void choose_normalisation(const Request& request, const Normalisation& own, int channels, Dataset& set);

/// How many images the files hold of each part; none where a part has no files.
struct Held {
  std::optional<int> training, calibration, validation, test;
};

/// Which images of which files make a part.
struct Selection {
  Part files = Part::Test;
  std::vector<long long> images;  ///< ascending, cut to the limit
  std::string made_by_rule;       ///< Dataset::made_by_rule
};

/// Images that are taken away from others' files: the last ones of files whose order is a shuffled one, or
/// chosen by a hash of their numbers.
enum class Order { Shuffled, Unknown };

/// What is there is taken. Missing calibration images are cut off training, else off validation, else off
/// test; missing validation images off training alone. Throws InputError where a part cannot be made.
Selection select(const Request& request, const Held& held, Order training_order);

/// For sets of training and test files: are the training files needed? Calibration makes do with test files.
bool needs_training_files(Part part, bool has_training, bool has_test);

/// A place in a fixed shuffled order for a name: sets that come in folders are sorted by it, so that the
/// first n are a fair sample. Names that tie are sorted by themselves.
std::uint64_t shuffled_place(const std::string& name);
void shuffle(std::vector<std::string>& names);

/// How many of `available` images go to calibration and to validation where a set has none of its own: a
/// tenth, at least one, at most 1,000 and 5,000.
std::size_t calibration_size(std::size_t available);
std::size_t validation_size(std::size_t available);

}  // namespace phasecore::data
