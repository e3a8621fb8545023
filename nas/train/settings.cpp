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
           "errors; needs a weight_noise above 0"},
          weight_noise_device);
  weight_reference_fields(v, weight_reference, noise_ramp_epochs);
  v.field(
      {"output_noise", "",
       "Gaussian error of every MVM output, relative to the static range of its activation; with tile_rows "
       "or adc_bits of every tile's sum, relative to the converter's range",
       0, 1},
      output_noise);
  clean_statistics_field(v, clean_statistics_images);
  v.field({"drop_connect", "", "share of the weights that are 0 in a batch; absent = none", 0, 0.9},
          drop_connect);
  v.field({"weight_clip", "",
           "after every step weights are clipped to this magnitude; absent = no clipping; not beside "
           "weight_clip_sigma",
           1e-6, 1e6},
          weight_clip);
  weight_clip_sigma_field(v, weight_clip_sigma);
  v.field({"activation_bits", "bit",
           "activations pass through codes of this width with static ranges and "
           "straight-through gradients; absent = float",
           2, 16},
          activation_bits);
  v.choice(
      {"interlayer", "",
       "host.interlayer of the chip that is trained for. network: sums and pools are computed with the "
       "convolution before them and rounded to codes once, at their end; host: a convolution is rounded "
       "before the host adds or pools; absent: network; needs activation_bits or an output_noise above 0"},
      interlayer, {"network", "host"});
  v.field(
      {"logits_fp16", "",
       "numbers.logits_fp16 of that chip: the last layer's values are not rounded to codes; absent: true; "
       "needs activation_bits"},
      logits_fp16);
  v.field({"learned_ranges", "",
           "true: static ranges are trained with the weights; absent or false: they are calibrated; needs "
           "activation_bits or adc_bits"},
          learned_ranges);
  v.field({"tile_rows", "row",
           "rows of a crossbar: longer columns are summed in equal parts, each with a converter of its own; "
           "absent = one converter sees the whole sum; needs adc_bits or an output_noise above 0",
           1, 65536},
          tile_rows);
  v.field({"adc_bits", "bit", "resolution of those converters; absent = they do not round", 2, 16}, adc_bits);
  v.check(!(weight_clip && weight_clip_sigma), "give either 'weight_clip' or 'weight_clip_sigma'",
          {"weight_clip", "weight_clip_sigma"});
  v.check(!learned_ranges.value_or(false) || activation_bits || adc_bits,
          "'learned_ranges' needs 'activation_bits' or 'adc_bits'",
          {"learned_ranges", "activation_bits", "adc_bits"});
  v.check(!interlayer || activation_bits || output_noise > 0,
          "'interlayer' needs 'activation_bits' or an 'output_noise' above 0",
          {"interlayer", "activation_bits", "output_noise"});
  v.check(!logits_fp16 || activation_bits, "'logits_fp16' needs 'activation_bits'",
          {"logits_fp16", "activation_bits"});
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
  name_field(v, "name of the network in its ONNX file; without --out also of the file, so no path");
  v.group({"network", "", "which layers; built for the images and classes of `data`"}, network);
  data_fields(v);
  v.choice({"optimizer", "", "stochastic gradient descent with Nesterov momentum, or Adam"}, optimizer,
           {"sgd", "adam"});
  descent_fields(v);
  v.field({"teacher", "",
           "ONNX network whose outputs are learned beside the labels; absent = none; needs "
           "teacher_weight and teacher_temperature"},
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
  check_ramp(v, *this, "hardware.", hardware.noise_ramp_epochs);
  const int finest = std::max(hardware.adc_bits.value_or(0), hardware.activation_bits.value_or(0));
  v.check(products() == ProductFormat::Float32 || finest <= kBFloat16Bits,
          "'product_format: bfloat16' keeps 8 bits of every sum; codes of more need float32",
          {"product_format", "hardware.adc_bits", "hardware.activation_bits"});
  check_clean_statistics(v, *this, "hardware.", hardware.clean_statistics_images);
  v.group({"noisy_validation", "", "robustness watched after every epoch"}, noisy_validation);
}

namespace {

/// A node that stands where `old` stands and was written as late.
common::YamlNode in_place_of(const common::YamlNode& old, common::YamlNode::Kind kind) {
  common::YamlNode node;
  node.kind = kind;
  node.where = old.where;
  node.rank = old.rank;
  return node;
}

/// `network: NAME` and `genes` written as a map or in one line, in the form that NetworkSource::fields()
/// lists.
void write_out_network(common::YamlNode& root) {
  using Kind = common::YamlNode::Kind;
  common::YamlNode* network = root.find("network");
  if (network == nullptr) return;
  if (network->kind == Kind::Scalar) {
    common::YamlNode written = in_place_of(*network, Kind::Map);
    written.members.push_back({"model", network->where, *network});
    *network = std::move(written);
  }
  if (network->kind != Kind::Map) return;  // the field list refuses it
  common::YamlNode* genes = network->find("genes");
  if (genes == nullptr) {
    network->members.push_back({"genes", network->where, in_place_of(*network, Kind::Sequence)});
  } else if (genes->kind == Kind::Map) {
    common::YamlNode list = in_place_of(*genes, Kind::Sequence);
    for (const auto& member : genes->members) {
      common::YamlNode item = in_place_of(member.value, Kind::Scalar);
      item.scalar = member.key + "=" + member.value.scalar;
      item.quoted = true;
      list.items.push_back(std::move(item));
    }
    *genes = std::move(list);
  } else if (genes->kind == Kind::Scalar) {
    common::YamlNode list = in_place_of(*genes, Kind::Sequence);
    std::istringstream words(genes->scalar);
    for (std::string word; words >> word;) {
      common::YamlNode item = in_place_of(*genes, Kind::Scalar);
      item.scalar = word;
      item.quoted = true;
      list.items.push_back(std::move(item));
    }
    *genes = std::move(list);
  }
}

}  // namespace

Settings load_settings(const std::string& path, const std::vector<std::string>& assignments) {
  common::YamlNode root = read_recipe(path, assignments);
  write_out_network(root);
  common::Diagnostics diagnostics;
  Settings settings;
  common::load_fields(root, settings, diagnostics);
  diagnostics.raise_if_any();
  return settings;
}

}  // namespace phasecore::train
