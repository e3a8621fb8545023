// What the network loses: Monte-Carlo inference of a mapping on simulated devices.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/fold.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/config/device.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/numerics/calibrate.hpp"

namespace phasecore::monte_carlo {

struct Request {
  std::vector<double> times_s = {1, 3600, 86400, 2592000};
  int instances = 8;
  analog::Compensation compensation = analog::Compensation::Gdc;
  std::uint64_t seed = 0;
  int workers = 1;
  bool layer_figures = true;  ///< degradation per layer
  /// Another network's answers to the same images (Result::quantized_right), for Point::lost_pp; "": none.
  std::string reference;
  int layer_samples = 500, layer_instances = 4;
  double layer_time_s = 86400;
  std::function<void(std::size_t done, std::size_t total)> on_progress;
};

struct Interval {
  double mean = 0, low = 0, high = 0;  ///< 95 %
};

struct Point {
  double time_s = 0;
  Interval accuracy;  ///< fraction 0..1; bootstrapped over instances and images (docs/model/accuracy.md)
  double std = 0;     ///< over instances
  /// Accuracy of the request's reference minus this one, in points, paired image by image: an interval of the
  /// loss itself, narrower than those of both accuracies.
  std::optional<Interval> lost_pp;
};

struct LayerDegradation {
  std::string name;
  Interval alone_pp;      ///< quantised accuracy minus accuracy with only this layer analog
  Interval recovered_pp;  ///< accuracy with only this layer quantised-ideal minus fully analog
  /// Of the layer's outputs, alone analog against quantised; none when nothing differs (no error at all), or
  /// when the quantised outputs are all zero.
  std::optional<double> output_snr_db;
};

/// How often the label is among the five likeliest answers.
struct TopFive {
  double float_accuracy = 0, quantized_accuracy = 0;
  std::vector<Point> points;
};

struct Result {
  int samples = 0;
  double float_accuracy = 0, quantized_accuracy = 0;
  std::string quantized_right;  ///< 1 for each image that the quantised network is right about, else 0
  std::vector<Point> points;
  std::optional<TopFive> top_five;  ///< where the network answers with more than five values
  std::optional<Interval> avm_pp;   ///< accuracy(1 s) - accuracy(30 d), paired; none when a time is missing
  std::vector<LayerDegradation> layers;  ///< analog Mvm stages in order
  /// Numbers that went wrong on the way: FP16 overflow, NaN, silent converters, ranges that clip, each with
  /// its layer. Looked for in the float and the quantised network; logits in every run.
  std::vector<std::string> warnings;
};

/// Everything `simulate` reports about accuracy. test: labelled images; calibration: for AdaBS.
/// The same for any number of workers. Throws InputError when there is nothing to measure (no images, no
/// instance, AdaBS without calibration images).
Result evaluate(const graph::FoldedNetwork& network, const mapping::Mapping& mapping,
                const config::Chip& chip, const config::Device& device,
                const numerics::Calibration& calibration, const data::Dataset& test,
                const graph::Batch& calibration_images, const Request& request);

}  // namespace phasecore::monte_carlo
