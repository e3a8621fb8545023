#include "models/train/settings.hpp"

namespace phasecore::train {

void Augmentation::fields(common::FieldVisitor& v) {
  v.field(
      {"crop_padding_px", "pixel", "images are shifted by up to this much in each direction; 0 = not", 0, 8},
      crop_padding_px);
  v.field({"horizontal_flip", "", "mirror every second image, chosen by chance"}, horizontal_flip);
}

void Hardware::fields(common::FieldVisitor& v) {
  v.field({"weight_noise", "",
           "Gaussian error of every weight, fresh in each batch, relative to weight_reference", 0, 1},
          weight_noise);
  v.choice({"weight_reference", "", "largest |weight| that weight noise and clipping refer to"},
           weight_reference, {"column", "layer"});
  v.field({"noise_ramp_epochs", "epoch", "noise grows linearly from 0 during the first epochs", 0, 10000},
          noise_ramp_epochs);
  v.field({"output_noise", "",
           "Gaussian error of every MVM output, relative to the static range of its activation", 0, 1},
          output_noise);
  v.field({"weight_clip_sigma", "",
           "after every step weights are clipped to this many standard deviations of their "
           "column or layer; absent = no clipping",
           1, 10},
          weight_clip_sigma);
  v.field({"activation_bits", "bit",
           "activations pass through codes of this width with static ranges and "
           "straight-through gradients; absent = float",
           2, 16},
          activation_bits);
}

void NoisyValidation::fields(common::FieldVisitor& v) {
  v.field({"weight_noise", "",
           "Gaussian weight error at which robustness is watched, relative to weight_reference", 0, 1},
          weight_noise);
  v.field({"instances", "", "draws of that error per epoch; 0 = robustness is not watched", 0, 1000},
          instances);
  v.field({"images", "", "validation images per draw", 1, 1000000}, images);
}

void Settings::fields(common::FieldVisitor& v) {
  v.field({"name", "", "name of the network in its ONNX file"}, name);
  v.field({"channels", "", "channels of the three stages", 1, 1024}, channels);
  v.check(channels.size() == 3, "'channels' needs one number for each of the three stages");
  v.field({"data", "", "data set, for example fashion-mnist or fashion-mnist:DIR"}, data);
  v.field(
      {"training_images", "image", "use only the first images of the training part; absent = all", 1, 1e9},
      training_images);
  v.field({"start_from", "",
           "ONNX file of a trained network of the same shape to start from; absent = random weights"},
          start_from);
  v.field({"seed", "", "seed of every random choice", 0, 2147483647}, seed);
  v.field({"epochs", "epoch", "passes over the training images", 1, 10000}, epochs);
  v.field({"batch_size", "image", "images per step", 2, 65536}, batch_size);
  v.field({"learning_rate", "", "highest learning rate; falls to 0 along a cosine", 1e-9, 100},
          learning_rate);
  v.field(
      {"warmup_epochs", "epoch", "the learning rate rises linearly from 0 during the first epochs", 0, 10000},
      warmup_epochs);
  v.check(warmup_epochs < epochs || epochs == 0, "'warmup_epochs' must be smaller than 'epochs'");
  v.field({"momentum", "", "Nesterov momentum of stochastic gradient descent", 0, 0.9999}, momentum);
  v.field({"weight_decay", "", "L2 decay of convolution and classifier weights", 0, 1}, weight_decay);
  v.field({"label_smoothing", "", "share of the target spread evenly over all classes", 0, 0.5},
          label_smoothing);
  v.group({"augmentation", "", "random changes of the training images"}, augmentation);
  v.group({"hardware", "", "errors of analog hardware that the network learns to endure"}, hardware);
  v.group({"noisy_validation", "", "robustness watched after every epoch"}, noisy_validation);
}

Settings load_settings(const std::string& path, const std::vector<std::string>& assignments) {
  common::Diagnostics diagnostics;
  common::YamlNode root = common::read_yaml(path, diagnostics);
  for (const auto& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  diagnostics
      .raise_if_any();  // a file that is not read in full would only cause wrong "missing key" messages
  Settings settings;
  common::load_fields(root, settings, diagnostics);
  diagnostics.raise_if_any();
  return settings;
}

}  // namespace phasecore::train
