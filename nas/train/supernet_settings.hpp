// What one training of a supernet does: the keys of its TRAIN.yaml. Torch-free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"
#include "nas/train/recipe.hpp"

namespace phasecore::train {

/// Which networks train together in one step, and how they teach each other: the sandwich rule with in-place
/// distillation (Yu et al., arXiv 1903.05134 and 2003.11142).
struct Sandwich {
  /// Genotypes, "stem_width=32 stem_kernel=5 ...". One of the largest and one of the smallest take part in
  /// every step, in turn.
  std::vector<std::string> largest, smallest;
  int random_networks = 0;
  int draws_per_random = 0;
  double distillation = 0;
  void fields(common::FieldVisitor& v);
};

struct SupernetSettings : Recipe {
  std::string space;
  double gradient_limit = 0;
  int crop_padding_px = 0;
  bool horizontal_flip = false;
  double weight_noise = 0;
  Reference weight_reference = Reference::Column;
  int noise_ramp_epochs = 0;
  std::optional<int> clean_statistics_images;
  std::optional<double> weight_clip_sigma;
  Sandwich sandwich;
  std::vector<std::string> watched;
  int watched_images = 0;
  void fields(common::FieldVisitor& v);
};

/// Is this the recipe of a supernet (it has the key `sandwich`)? Throws InputError if it cannot be read.
bool is_supernet_recipe(const std::string& path);

/// Reads the recipe and lays the `--set` assignments over it. Throws InputError with everything that is
/// wrong.
SupernetSettings load_supernet_settings(const std::string& path, const std::vector<std::string>& assignments);

}  // namespace phasecore::train
