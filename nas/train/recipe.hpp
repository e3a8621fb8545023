// What the recipes of a network and of a supernet have in common. Torch-free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"

namespace phasecore::train {

/// What a relative weight error refers to: the largest |weight| of the output column or of the whole layer.
enum class Reference { Column, Layer };

/// How the operands and results of products are written while weights are learned: sums are float32 in any
/// case.
enum class ProductFormat { Float32, BFloat16 };
constexpr int kBFloat16Bits = 8;  ///< significant ones

/// Name, data and schedule of any training. The field lists are in parts, because the recipes have keys of
/// their own between them.
struct Recipe {
  std::string name;
  std::string data;
  std::optional<std::string> normalise;  ///< MEAN,..:STD,.. in place of the set's own normalisation
  std::optional<int> training_images;
  std::optional<std::string>
      start_from;  ///< a network trained before, ONNX; relative to the working directory
  int seed = 0;
  int epochs = 0;
  std::optional<int> first_epoch, last_epoch;  ///< of this leg, counted from 1; absent: all of them
  int batch_size = 0;
  std::optional<ProductFormat> product_format;  ///< absent: Float32
  double learning_rate = 0;
  int warmup_epochs = 0;
  double momentum = 0;
  double weight_decay = 0;
  double label_smoothing = 0;

  /// Epochs that an earlier leg has done, and those done when this leg ends.
  int epochs_before() const { return first_epoch.value_or(1) - 1; }
  int epochs_after() const { return last_epoch.value_or(epochs); }
  ProductFormat products() const { return product_format.value_or(ProductFormat::Float32); }

 protected:
  /// `name` becomes the name of files, so it must be one: no path.
  void name_field(common::FieldVisitor& v, const char* meaning);
  void data_fields(common::FieldVisitor& v);
  void descent_fields(common::FieldVisitor& v);

 private:
  void leg_fields(common::FieldVisitor& v);
};

void weight_reference_fields(common::FieldVisitor& v, Reference& reference, int& noise_ramp_epochs);
void clean_statistics_field(common::FieldVisitor& v, std::optional<int>& images);
void weight_clip_sigma_field(common::FieldVisitor& v, std::optional<double>& sigma);

/// Rules between `epochs`, `batch_size` and keys that stand in `group` ("hardware.") or beside them ("").
void check_ramp(common::FieldVisitor& v, const Recipe& recipe, const std::string& group,
                int noise_ramp_epochs);
void check_clean_statistics(common::FieldVisitor& v, const Recipe& recipe, const std::string& group,
                            const std::optional<int>& images);

/// The recipe's file with the `--set` assignments over it. Throws InputError if it is not read in full: what
/// is missing then would only cause wrong "missing key" messages.
common::YamlNode read_recipe(const std::string& path, const std::vector<std::string>& assignments);

}  // namespace phasecore::train
