// What one training run does: the keys of TRAIN.yaml. Torch-free, so that every program can check and
// describe them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"
#include "common/settings_files.hpp"
#include "models/graph/interlayer.hpp"
#include "nas/train/recipe.hpp"

namespace phasecore::train {

constexpr common::SettingsKind recipe_files{"training", "training recipe"};

/// How weights follow the gradient.
enum class OptimizerKind { Sgd, Adam };

/// Where the layers come from. A recipe may also say `network: NAME`, and write `genes` as a map.
struct NetworkSource {
  std::optional<std::string> model;
  std::optional<std::string> space;
  std::vector<std::string> genes;  ///< "gene=choice"
  void fields(common::FieldVisitor& v);
};

/// Random changes of the training images, fresh in every epoch.
struct Augmentation {
  int crop_padding_h_px = 0, crop_padding_w_px = 0;
  bool horizontal_flip = false;
  std::optional<double> mixup;
  void fields(common::FieldVisitor& v);
};

/// What the network is made to endure while it trains. All off = plain training.
struct Hardware {
  double weight_noise = 0;
  std::optional<std::string> weight_noise_device;
  Reference weight_reference = Reference::Column;
  int noise_ramp_epochs = 0;
  double output_noise = 0;
  std::optional<int> clean_statistics_images;
  std::optional<double> drop_connect;
  std::optional<double> weight_clip;
  std::optional<double> weight_clip_sigma;
  std::optional<int> activation_bits;
  std::optional<graph::Interlayer> interlayer;
  std::optional<bool> logits_fp16;
  std::optional<bool> learned_ranges;
  std::optional<int> tile_rows;
  std::optional<int> adc_bits;
  void fields(common::FieldVisitor& v);
};

/// How robustness is watched after every epoch.
struct NoisyValidation {
  double weight_noise = 0;
  int instances = 0;
  int images = 0;
  void fields(common::FieldVisitor& v);
};

struct Settings : Recipe {
  NetworkSource network;
  OptimizerKind optimizer = OptimizerKind::Sgd;
  std::optional<std::string> teacher;  ///< ONNX file, relative to the working directory
  std::optional<double> teacher_weight, teacher_temperature;
  Augmentation augmentation;
  Hardware hardware;
  NoisyValidation noisy_validation;
  void fields(common::FieldVisitor& v);
};

/// Reads TRAIN.yaml and lays the `--set` assignments over it. Throws InputError with everything that is
/// wrong.
Settings load_settings(const std::string& path, const std::vector<std::string>& assignments);

}  // namespace phasecore::train
