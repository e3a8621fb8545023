#include "nas/train/transfer.hpp"

#include <algorithm>

#include "common/quantile.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ranges.hpp"
#include "nas/train/reading.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;

namespace {

constexpr int images_at_once = 100;

void add_ranges(Network& network, const data::Dataset& calibration) {
  const int images = calibration.size();
  std::vector<common::Quantile> quantiles;
  for (const Layer& layer : network.layers)
    quantiles.emplace_back(graph::kRangeShare, static_cast<std::size_t>(graph::volume(layer.shape)) * images);
  for (int begin = 0; begin < images; begin += images_at_once) {
    const int end = std::min(images, begin + images_at_once);
    const auto outputs = graph::infer_all(network, calibration.batch(begin, end));
    for (std::size_t i = 0; i < outputs.size(); ++i)
      quantiles[i].add_sizes(outputs[i].values.data(), outputs[i].values.size());
  }
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const Layer& layer = network.layers[i];
    double range = std::max<double>(quantiles[i].value(), smallest_range);
    if (layer.is<graph::Reshaping>()) range = network.ranges.at(network.layers[layer.inputs.front()].name);
    network.ranges.try_emplace(layer.name, range);
  }
}

}  // namespace

Network to_graph(const Network& network, Parameters& parameters, const Settings& settings,
                 const data::Dataset& calibration, const Ranges& learned) {
  Network trained = parameters.written_into(network);
  trained.name = settings.name;
  trained.ranges.clear();
  for (const Layer& layer : trained.layers)  // converters' ranges are no layer's
    if (const auto range = learned.find(layer.name); range != learned.end())
      trained.ranges[layer.name] = range->second;
  trained.metadata = {{"phasecore.recipe", common::dump_fields(settings)}};
  add_input_metadata(settings, trained);
  const bool more_follows = settings.epochs_after() < settings.epochs;
  Network written = more_follows ? std::move(trained) : *graph::fold(trained);
  add_ranges(written, calibration);
  return written;
}

double accuracy(const Network& network, const data::Dataset& dataset) {
  int correct = 0;
  for (int begin = 0; begin < dataset.size(); begin += images_at_once) {
    const int end = std::min(dataset.size(), begin + images_at_once);
    const graph::Batch logits = graph::infer(network, dataset.batch(begin, end)).front();
    const auto classes = static_cast<std::size_t>(graph::volume(logits.shape));
    for (int i = begin; i < end; ++i) {
      const auto first = logits.values.begin() + (i - begin) * classes;
      correct += std::max_element(first, first + classes) - first == dataset.labels[i];
    }
  }
  return static_cast<double>(correct) / dataset.size();
}

}  // namespace phasecore::train
