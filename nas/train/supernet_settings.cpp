#include "nas/train/supernet_settings.hpp"

namespace phasecore::train {

void Sandwich::fields(common::FieldVisitor& v) {
  v.field(
      {"largest", "", "genotypes (gene=choice gene=choice ...) of which one teaches in every step, in turn"},
      largest);
  v.check(!largest.empty(), "'largest' needs at least one genotype", {"largest"});
  v.field({"smallest", "", "genotypes of which one takes part in every step, in turn"}, smallest);
  v.field({"random_networks", "network", "random networks of the space in every step", 0, 16},
          random_networks);
  v.field({"draws_per_random", "network",
           "each of them is the one with the fewest multiply-accumulates of so many draws", 1, 16},
          draws_per_random);
  v.field({"distillation", "",
           "share of the loss of all but the largest that compares with the largest one's outputs instead of "
           "the labels",
           0, 1},
          distillation);
}

void SupernetSettings::fields(common::FieldVisitor& v) {
  name_field(v, "name of the supernet; its files are NAME.onnx and NAME.yaml, so no path");
  v.field({"space", "", "search space it covers, a file of kind resnet-elastic"}, space);
  data_fields(v);
  descent_fields(v);
  v.field({"gradient_limit", "", "gradients are scaled down to this L2 norm", 1e-6, 1e9}, gradient_limit);
  v.field(
      {"crop_padding_px", "pixel", "images are shifted by up to this much in each direction; 0 = not", 0, 8},
      crop_padding_px);
  v.field({"horizontal_flip", "", "mirror every second image, chosen by chance"}, horizontal_flip);
  v.field({"weight_noise", "",
           "Gaussian error of every weight, fresh for every network and batch, relative to weight_reference",
           0, 1},
          weight_noise);
  weight_reference_fields(v, weight_reference, noise_ramp_epochs);
  check_ramp(v, *this, "", noise_ramp_epochs);
  clean_statistics_field(v, clean_statistics_images);
  check_clean_statistics(v, *this, "", clean_statistics_images);
  weight_clip_sigma_field(v, weight_clip_sigma);
  v.group({"sandwich", "", "which networks train together in one step"}, sandwich);
  v.field({"watched", "", "genotypes whose accuracy is reported after every epoch"}, watched);
  v.field({"watched_images", "image", "validation images for that", 1, 1000000}, watched_images);
}

bool is_supernet_recipe(const std::string& path) {
  return read_recipe(path, {}).find("sandwich") != nullptr;
}

SupernetSettings load_supernet_settings(const std::string& path,
                                        const std::vector<std::string>& assignments) {
  const common::YamlNode root = read_recipe(path, assignments);
  common::Diagnostics diagnostics;
  SupernetSettings settings;
  common::load_fields(root, settings, diagnostics);
  diagnostics.raise_if_any();
  return settings;
}

}  // namespace phasecore::train
