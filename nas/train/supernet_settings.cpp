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
  v.field({"name", "", "name of the supernet; its files are NAME.onnx and NAME.yaml"}, name);
  v.field({"space", "", "search space it covers, a file of kind resnet-elastic"}, space);
  v.field({"data", "", "data set, for example fashion-mnist or fashion-mnist:DIR"}, data);
  v.field(
      {"training_images", "image", "use only the first images of the training part; absent = all", 1, 1e9},
      training_images);
  v.field(
      {"start_from", "", "ONNX file of a supernet of the same space to start from; absent = random weights"},
      start_from);
  v.field({"seed", "", "seed of every random choice", 0, 2147483647}, seed);
  v.field({"epochs", "epoch", "passes over the training images", 1, 10000}, epochs);
  v.field({"batch_size", "image", "images per step", 2, 65536}, batch_size);
  v.field({"learning_rate", "", "highest learning rate; falls to 0 along a cosine", 1e-9, 100},
          learning_rate);
  v.field(
      {"warmup_epochs", "epoch", "the learning rate rises linearly from 0 during the first epochs", 0, 10000},
      warmup_epochs);
  v.check(warmup_epochs < epochs || epochs == 0, "'warmup_epochs' must be smaller than 'epochs'",
          {"warmup_epochs", "epochs"});
  v.field({"momentum", "", "Nesterov momentum of stochastic gradient descent", 0, 0.9999}, momentum);
  v.field({"weight_decay", "", "L2 decay of convolution and classifier weights", 0, 1}, weight_decay);
  v.field({"label_smoothing", "", "share of the target spread evenly over all classes", 0, 0.5},
          label_smoothing);
  v.field({"gradient_limit", "", "gradients are scaled down to this L2 norm", 1e-6, 1e9}, gradient_limit);
  v.field(
      {"crop_padding_px", "pixel", "images are shifted by up to this much in each direction; 0 = not", 0, 8},
      crop_padding_px);
  v.field({"horizontal_flip", "", "mirror every second image, chosen by chance"}, horizontal_flip);
  v.field({"weight_noise", "",
           "Gaussian error of every weight, fresh for every network and batch, relative to weight_reference",
           0, 1},
          weight_noise);
  v.choice({"weight_reference", "", "largest |weight| that weight noise and clipping refer to"},
           weight_reference, {"column", "layer"});
  v.field({"noise_ramp_epochs", "epoch", "noise grows linearly from 0 during the first epochs", 0, 10000},
          noise_ramp_epochs);
  v.check(noise_ramp_epochs < epochs || epochs == 0, "'noise_ramp_epochs' must be smaller than 'epochs'",
          {"noise_ramp_epochs", "epochs"});
  v.field({"clean_statistics_images", "image",
           "batch norms use the statistics of so many of the batch's images without errors, so they do not "
           "correct what the errors shift (a chip does not either); absent = those of the whole batch with "
           "errors",
           2, 65536},
          clean_statistics_images);
  v.check(clean_statistics_images.value_or(0) <= batch_size || batch_size == 0,
          "'clean_statistics_images' exceeds 'batch_size'", {"clean_statistics_images", "batch_size"});
  v.field({"weight_clip_sigma", "",
           "after every step weights are clipped to this many standard deviations (about zero) of their "
           "column or layer; "
           "absent = no clipping",
           1, 10},
          weight_clip_sigma);
  v.group({"sandwich", "", "which networks train together in one step"}, sandwich);
  v.field({"watched", "", "genotypes whose accuracy is reported after every epoch"}, watched);
  v.field({"watched_images", "image", "validation images for that", 1, 1000000}, watched_images);
}

namespace {

common::YamlNode read_recipe(const std::string& path, const std::vector<std::string>& assignments) {
  common::Diagnostics diagnostics;
  common::YamlNode root = common::read_yaml(path, diagnostics);
  for (const auto& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  diagnostics.raise_if_any();
  return root;
}

}  // namespace

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
