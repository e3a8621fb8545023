#include "nas/train/settings.hpp"

#include <sstream>

namespace phasecore::train {

void NetworkSource::fields(common::FieldVisitor& v) {
  v.field({"model", "",
           "a network definition (docs/baselines.md), or the FILE.onnx whose layers are trained; "
           "`network: NAME` is short for this key alone"},
          model);
  v.field({"space", "", "search space whose network is trained: a shipped name or a file"}, space);
  v.field({"genes", "",
           "of the space, as gene=choice; also in one line, or as a map of choices by gene; may be absent"},
          genes);
  v.check(model.has_value() != space.has_value(), "give either 'model' or 'space'", {"space", "model"});
  v.check(space || genes.empty(), "'genes' need a 'space'", {"genes", "space"});
}

void Augmentation::fields(common::FieldVisitor& v) {
  v.field({"crop_padding_h_px", "pixel", "images are shifted by up to this much up or down; 0 = not", 0, 64},
          crop_padding_h_px);
  v.field(
      {"crop_padding_w_px", "pixel", "images are shifted by up to this much left or right; 0 = not", 0, 64},
      crop_padding_w_px);
  v.field({"horizontal_flip", "", "mirror every second image, chosen by chance"}, horizontal_flip);
  v.field(
      {"mixup", "",
       "each image is blended with another one of its batch, in shares from Beta(mixup, mixup); absent = not",
       0.01, 10},
      mixup);
}

void Hardware::fields(common::FieldVisitor& v) {
  v.field({"weight_noise", "",
           "Gaussian error of every weight, fresh in each batch, relative to weight_reference; with "
           "weight_noise_device a factor on its errors",
           0, 10},
          weight_noise);
  v.field({"weight_noise_device", "",
           "device whose programming errors the weights get (a shipped name or a file); absent = Gaussian "
           "errors"},
          weight_noise_device);
  v.choice({"weight_reference", "", "largest |weight| that weight noise and clipping refer to"},
           weight_reference, {"column", "layer"});
  v.field({"noise_ramp_epochs", "epoch", "noise grows linearly from 0 during the first epochs", 0, 10000},
          noise_ramp_epochs);
  v.field(
      {"output_noise", "",
       "Gaussian error of every MVM output, relative to the static range of its activation; with tile_rows "
       "or adc_bits of every tile's sum, relative to the converter's range",
       0, 1},
      output_noise);
  v.field({"clean_statistics_images", "image",
           "batch norms use the statistics of so many of the batch's images without errors, so they do not "
           "correct what the errors shift (a chip does not either); absent = those of the whole batch with "
           "errors",
           2, 65536},
          clean_statistics_images);
  v.field({"drop_connect", "", "share of the weights that are 0 in a batch; absent = none", 0, 0.9},
          drop_connect);
  v.field({"weight_clip", "", "after every step weights are clipped to this magnitude; absent = no clipping",
           1e-6, 1e6},
          weight_clip);
  v.field({"weight_clip_sigma", "",
           "after every step weights are clipped to this many standard deviations (about zero) of their "
           "column or layer; absent = no clipping",
           1, 10},
          weight_clip_sigma);
  v.field({"activation_bits", "bit",
           "activations pass through codes of this width with static ranges and "
           "straight-through gradients; absent = float",
           2, 16},
          activation_bits);
  v.field({"learned_ranges", "",
           "true: static ranges are trained with the weights; absent or false: they are calibrated"},
          learned_ranges);
  v.field({"tile_rows", "row",
           "rows of a crossbar: longer columns are summed in equal parts, each with a converter of its own; "
           "absent = one converter sees the whole sum",
           1, 65536},
          tile_rows);
  v.field({"adc_bits", "bit", "resolution of those converters; absent = they do not round", 2, 16}, adc_bits);
  v.check(!(weight_clip && weight_clip_sigma), "give either 'weight_clip' or 'weight_clip_sigma'",
          {"weight_clip", "weight_clip_sigma"});
  v.check(!learned_ranges.value_or(false) || activation_bits || adc_bits,
          "'learned_ranges' needs 'activation_bits' or 'adc_bits'",
          {"learned_ranges", "activation_bits", "adc_bits"});
  v.check(!weight_noise_device || weight_noise > 0,
          "'weight_noise_device' needs a 'weight_noise' above 0 (1 = the device's own errors)",
          {"weight_noise_device", "weight_noise"});
  v.check(!tile_rows || adc_bits || output_noise > 0,
          "'tile_rows' needs 'adc_bits' or an 'output_noise' above 0: parts that are neither rounded nor "
          "disturbed add up to the whole sum",
          {"tile_rows", "adc_bits", "output_noise"});
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
  v.group({"network", "", "which layers; built for the images and classes of `data`"}, network);
  v.field({"data", "", "data set, for example fashion-mnist or fashion-mnist:DIR"}, data);
  v.field(
      {"training_images", "image", "use only the first images of the training part; absent = all", 1, 1e9},
      training_images);
  v.field({"start_from", "",
           "ONNX file of a trained network with the same layers to start from; absent = random weights"},
          start_from);
  v.field({"seed", "", "seed of every random choice", 0, 2147483647}, seed);
  v.field({"epochs", "epoch", "passes over the training images", 1, 10000}, epochs);
  v.field({"batch_size", "image", "images per step", 2, 65536}, batch_size);
  v.choice({"optimizer", "", "stochastic gradient descent with Nesterov momentum, or Adam"}, optimizer,
           {"sgd", "adam"});
  v.field({"learning_rate", "", "highest learning rate; falls to 0 along a cosine", 1e-9, 100},
          learning_rate);
  v.field(
      {"warmup_epochs", "epoch", "the learning rate rises linearly from 0 during the first epochs", 0, 10000},
      warmup_epochs);
  v.check(warmup_epochs < epochs || epochs == 0, "'warmup_epochs' must be smaller than 'epochs'",
          {"warmup_epochs", "epochs"});
  v.field({"momentum", "", "share of the last steps' direction that the next one keeps (Adam: beta 1)", 0,
           0.9999},
          momentum);
  v.field({"weight_decay", "", "L2 decay of convolution and Gemm weights (Adam: decoupled)", 0, 1},
          weight_decay);
  v.field({"label_smoothing", "", "share of the target spread evenly over all classes", 0, 0.5},
          label_smoothing);
  v.field({"teacher", "", "ONNX network whose outputs are learned beside the labels; absent = none"},
          teacher);
  v.field({"teacher_weight", "", "share of the loss that compares with the teacher", 0, 1}, teacher_weight);
  v.field({"teacher_temperature", "", "both networks' logits are divided by this before they are compared",
           0.1, 100},
          teacher_temperature);
  v.check(teacher.has_value() == teacher_weight.has_value() &&
              teacher.has_value() == teacher_temperature.has_value(),
          "'teacher', 'teacher_weight' and 'teacher_temperature' go together",
          {"teacher", "teacher_weight", "teacher_temperature"});
  v.group({"augmentation", "", "random changes of the training images"}, augmentation);
  v.group({"hardware", "", "errors of analog hardware that the network learns to endure"}, hardware);
  v.check(hardware.noise_ramp_epochs < epochs || epochs == 0,
          "'hardware.noise_ramp_epochs' must be smaller than 'epochs'",
          {"hardware.noise_ramp_epochs", "epochs"});
  v.check(hardware.clean_statistics_images.value_or(0) <= batch_size || batch_size == 0,
          "'hardware.clean_statistics_images' exceeds 'batch_size'",
          {"hardware.clean_statistics_images", "batch_size"});
  v.group({"noisy_validation", "", "robustness watched after every epoch"}, noisy_validation);
}

namespace {

common::YamlNode node_of(common::YamlNode::Kind kind, const common::Location& where) {
  common::YamlNode node;
  node.kind = kind;
  node.where = where;
  return node;
}

/// `network: NAME` and `genes` written as a map or in one line, in the form that NetworkSource::fields()
/// lists.
void write_out_network(common::YamlNode& root) {
  using Kind = common::YamlNode::Kind;
  common::YamlNode* network = root.find("network");
  if (network == nullptr) return;
  if (network->kind == Kind::Scalar) {
    common::YamlNode written = node_of(Kind::Map, network->where);
    written.members.push_back({"model", network->where, *network});
    *network = std::move(written);
  }
  if (network->kind != Kind::Map) return;  // the field list refuses it
  common::YamlNode* genes = network->find("genes");
  if (genes == nullptr) {
    network->members.push_back({"genes", network->where, node_of(Kind::Sequence, network->where)});
  } else if (genes->kind == Kind::Map) {
    common::YamlNode list = node_of(Kind::Sequence, genes->where);
    for (const auto& member : genes->members) {
      common::YamlNode item = node_of(Kind::Scalar, member.where);
      item.scalar = member.key + "=" + member.value.scalar;
      item.quoted = true;
      list.items.push_back(std::move(item));
    }
    *genes = std::move(list);
  } else if (genes->kind == Kind::Scalar) {
    common::YamlNode list = node_of(Kind::Sequence, genes->where);
    std::istringstream words(genes->scalar);
    for (std::string word; words >> word;) {
      common::YamlNode item = node_of(Kind::Scalar, genes->where);
      item.scalar = word;
      item.quoted = true;
      list.items.push_back(std::move(item));
    }
    *genes = std::move(list);
  }
}

}  // namespace

Settings load_settings(const std::string& path, const std::vector<std::string>& assignments) {
  common::Diagnostics diagnostics;
  common::YamlNode root = common::read_yaml(path, diagnostics);
  for (const auto& assignment : assignments) common::set_yaml(root, assignment, diagnostics);
  diagnostics
      .raise_if_any();  // a file that is not read in full would only cause wrong "missing key" messages
  write_out_network(root);
  Settings settings;
  common::load_fields(root, settings, diagnostics);
  diagnostics.raise_if_any();
  return settings;
}

}  // namespace phasecore::train
