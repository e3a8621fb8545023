#include "nas/train/recipe.hpp"

#include "common/text.hpp"

namespace phasecore::train {
namespace {

constexpr std::size_t kLongestName = 200;  // file systems allow 255 bytes, endings included

/// Why a file cannot be called so, or "".
std::string why_no_file_name(const std::string& name) {
  if (name.empty()) return "is empty";
  if (name == "." || name == "..") return "is a folder";
  if (name.find_first_of("/\\") != std::string::npos)
    return "has a slash; where files go is for --out to say";
  if (common::printable(name) != name) return "has characters that cannot be shown";
  if (name.size() > kLongestName)
    return "has " + std::to_string(name.size()) + " bytes; allowed are " + std::to_string(kLongestName);
  return "";
}

}  // namespace

void Recipe::name_field(common::FieldVisitor& v, const char* meaning) {
  v.field({"name", "", meaning}, name);
  const std::string why = why_no_file_name(name);
  v.check(why.empty(), "'name' " + why, {"name"});
}

void Recipe::data_fields(common::FieldVisitor& v) {
  v.field({"data", "", "data set, for example fashion-mnist, cifar10:DIR or npz:FILE.npz (docs/data.md)"},
          data);
  v.field({"normalise", "",
           "MEAN,..:STD,.. per channel in place of the set's own normalisation; absent = the set's own. The "
           "network carries it as metadata"},
          normalise);
  v.field(
      {"training_images", "image", "use only the first images of the training part; absent = all", 1, 1e9},
      training_images);
  v.field(
      {"start_from", "",
       "ONNX file of a trained network with the same layers (a supernet: of the same space) to start from; "
       "absent = random weights"},
      start_from);
  v.field({"seed", "", "seed of every random choice", 0, 2147483647}, seed);
  v.field({"epochs", "epoch", "passes over the training images", 1, 10000}, epochs);
  leg_fields(v);
  v.field({"batch_size", "image", "images per step", 2, 65536}, batch_size);
  v.choice(
      {"product_format", "",
       "format of what convolutions and Gemm multiply while weights are learned; everything else, and what "
       "is reported, is float32. bfloat16 is faster on processors that have instructions for it; absent = "
       "float32"},
      product_format, {"float32", "bfloat16"});
}

void Recipe::leg_fields(common::FieldVisitor& v) {
  v.field({"first_epoch", "epoch",
           "the schedule is entered here; what an earlier leg has trained is in start_from; absent = 1", 1,
           10000},
          first_epoch);
  v.field({"last_epoch", "epoch",
           "the run ends after this epoch of the schedule, with batch norms left in the file for the next "
           "leg's start_from; absent = epochs",
           1, 10000},
          last_epoch);
  v.check(last_epoch.value_or(0) <= epochs || epochs == 0, "'last_epoch' must not be larger than 'epochs'",
          {"last_epoch", "epochs"});
  v.check(epochs_before() < epochs_after() || epochs == 0,
          "'first_epoch' must not be larger than 'last_epoch' and 'epochs'",
          {"first_epoch", "last_epoch", "epochs"});
  v.check(epochs_before() == 0 || start_from,
          "a 'first_epoch' above 1 needs 'start_from', the network of the leg before", {"first_epoch"});
}

void Recipe::descent_fields(common::FieldVisitor& v) {
  v.field({"learning_rate", "", "highest learning rate; falls to 0 along a cosine", 1e-9, 100},
          learning_rate);
  v.field({"warmup_epochs", "epoch",
           "the learning rate rises linearly from 0 during the first epochs; below epochs", 0, 10000},
          warmup_epochs);
  v.check(warmup_epochs < epochs || epochs == 0, "'warmup_epochs' must be smaller than 'epochs'",
          {"warmup_epochs", "epochs"});
  v.field({"momentum", "",
           "share of the last steps' direction that the next one keeps (Nesterov; Adam: beta 1)", 0, 0.9999},
          momentum);
  v.field({"weight_decay", "", "L2 decay of convolution and Gemm weights (Adam: decoupled)", 0, 1},
          weight_decay);
  v.field({"label_smoothing", "", "share of the target spread evenly over all classes", 0, 0.5},
          label_smoothing);
}

void weight_reference_fields(common::FieldVisitor& v, Reference& reference, int& noise_ramp_epochs) {
  v.choice({"weight_reference", "", "largest |weight| that weight noise and clipping refer to"}, reference,
           {"column", "layer"});
  v.field({"noise_ramp_epochs", "epoch", "noise grows linearly from 0 during the first epochs; below epochs",
           0, 10000},
          noise_ramp_epochs);
}

void clean_statistics_field(common::FieldVisitor& v, std::optional<int>& images) {
  v.field(
      {"clean_statistics_images", "image",
       "batch norms use the statistics of so many of the batch's images without errors, so they do not "
       "correct what the errors shift (a chip does not either); at most batch_size; absent = those of the "
       "whole batch with errors",
       2, 65536},
      images);
}

void weight_clip_sigma_field(common::FieldVisitor& v, std::optional<double>& sigma) {
  v.field({"weight_clip_sigma", "",
           "after every step weights are clipped to this many standard deviations (about zero) of their "
           "column or layer; absent = no clipping",
           1, 10},
          sigma);
}

void check_ramp(common::FieldVisitor& v, const Recipe& recipe, const std::string& group,
                int noise_ramp_epochs) {
  v.check(noise_ramp_epochs < recipe.epochs || recipe.epochs == 0,
          "'" + group + "noise_ramp_epochs' must be smaller than 'epochs'",
          {group + "noise_ramp_epochs", "epochs"});
}

void check_clean_statistics(common::FieldVisitor& v, const Recipe& recipe, const std::string& group,
                            const std::optional<int>& images) {
  v.check(images.value_or(0) <= recipe.batch_size || recipe.batch_size == 0,
          "'" + group + "clean_statistics_images' exceeds 'batch_size'",
          {group + "clean_statistics_images", "batch_size"});
}

common::YamlNode read_recipe(const std::string& path, const std::vector<std::string>& assignments) {
  common::Diagnostics diagnostics;
  common::YamlNode root = common::read_yaml(path, diagnostics);
  for (const auto& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  diagnostics.raise_if_any();
  return root;
}

}  // namespace phasecore::train
