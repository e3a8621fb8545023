#include "nas/train/networks.hpp"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "common/text.hpp"
#include "models/graph/check.hpp"
#include "models/graph/init.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/onnx/input_axes.hpp"
#include "models/onnx/onnx.hpp"
#include "models/spaces/load.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "nas/train/operators.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;

namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void require_fit(const Network& network, const std::string& name, const data::Dataset& data) {
  common::Diagnostics diagnostics;
  if (!data::same_values(network.input().shape, data.shape))
    diagnostics.add(
        {name}, fmt::format("the network reads {} values; the images of {} are {}{}",
                            graph::to_string(network.input().shape), data.name, graph::to_string(data.shape),
                            data::layout_hint(data.shape, network.input().shape)));
  if (network.outputs.size() != 1)
    diagnostics.add({name}, fmt::format("the network has {} outputs; only networks with one can be trained",
                                        network.outputs.size()));
  else if (const auto& shape = network.layers[network.outputs[0]].shape; shape != graph::Shape{data.classes})
    diagnostics.add({name}, fmt::format("the network answers with {} values; {} has {} classes",
                                        graph::to_string(shape), data.name, data.classes));
  diagnostics.raise_if_any();
}

Network from_model(const std::string& model, const data::Dataset& data, int seed) {
  if (ends_with(model, ".onnx")) {
    const Network file = onnx::read(model);
    require_fit(file, model, data);
    const bool folded_by_us = file.metadata.count("phasecore.recipe") != 0;
    return graph::with_random_weights(folded_by_us ? with_batch_norms(file) : file, seed);
  }
  const std::string name = model.rfind("zoo:", 0) == 0 ? model.substr(4) : model;
  if (const zoo::Definition* definition = zoo::find(name))
    return graph::with_random_weights(definition->build_for(data.shape, data.classes), seed);
  std::vector<std::string> known;
  for (const auto& definition : zoo::definitions()) known.push_back(definition.name);
  throw common::InputError(
      fmt::format("'network.model': there is no network '{}'; known are {}, and FILE.onnx{}", name,
                  fmt::join(known, ", "), common::did_you_mean(name, known)));
}

Network from_space(const NetworkSource& source, const data::Dataset& data, int seed) {
  common::Diagnostics diagnostics;
  common::YamlNode root = common::merged_settings(spaces::space_files, *source.space);
  const common::Location images{"the data set's images and classes"};
  common::set_yaml(root, fmt::format("input=[{}]", fmt::join(data.shape, ", ")), diagnostics, images);
  common::set_yaml(root, fmt::format("classes={}", data.classes), diagnostics, images);
  const auto space = spaces::make(root, diagnostics);
  std::map<std::string, std::string> choices;
  for (const std::string& gene : source.genes) {
    const auto equals = gene.find('=');
    if (equals == std::string::npos)
      diagnostics.add({}, "'network.genes': '" + gene + "' must be gene=choice");
    else
      choices[gene.substr(0, equals)] = gene.substr(equals + 1);
  }
  diagnostics.raise_if_any();
  return space->network(space->parse(choices), static_cast<std::uint64_t>(seed));
}

/// A network is built for images as they stand, channels first. Few columns of many rows are likelier
/// channels.
void note_channels_last(const data::Dataset& data) {
  constexpr int kFew = 4;
  const graph::Shape& shape = data.shape;
  if (shape.size() != 3 || shape[2] > kFew || shape[0] <= kFew || shape[1] <= kFew) return;
  std::cerr << fmt::format(
      "note: the images of {} are {}: the network is built for {} channels of {} x {}; if the channels stand "
      "last "
      "(NHWC), save x.transpose(0, 3, 1, 2)\n",
      common::printable(data.name), graph::to_string(shape), shape[0], shape[1], shape[2]);
}

/// Every layer has a torch version.
void require_trainable(const Network& network) {
  common::Diagnostics diagnostics;
  for (std::size_t i = 1; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    if (!operators().has(layer.op()))
      diagnostics.add(layer.where, graph::label_of(layer) + ": this operator cannot be trained");
    else if (const auto why = operators().why_not(layer.op()))
      diagnostics.add(layer.where, graph::label_of(layer) + " cannot be trained: " + *why);
  }
  diagnostics.raise_if_any();
}

}  // namespace

Network with_batch_norms(const Network& network) {
  Network out;
  out.name = network.name;
  std::vector<int> place;  // for each old layer the new one that delivers its values
  const auto readers = network.consumers();
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    Layer layer = network.layers[i];
    for (int& input : layer.inputs) input = place[static_cast<std::size_t>(input)];
    const bool normalised = readers[i].size() == 1 &&
                            network.layers[static_cast<std::size_t>(readers[i][0])].is<graph::BatchNorm>();
    auto* conv = normalised ? nullptr : layer.edit<graph::Conv>();
    std::optional<graph::BatchNorm> norm;
    if (conv != nullptr) {
      norm = graph::neutral_batch_norm(conv->outputs());
      if (!conv->bias.empty()) norm->offset = std::exchange(conv->bias, {});
    }
    out.layers.push_back(std::move(layer));
    if (norm) {
      const int from = static_cast<int>(out.layers.size()) - 1;
      out.layers.emplace_back(out.layers.back().name + ".norm", std::move(*norm), std::vector<int>{from});
    }
    place.push_back(static_cast<int>(out.layers.size()) - 1);
  }
  for (const int output : network.outputs) out.outputs.push_back(place[static_cast<std::size_t>(output)]);
  return graph::build(std::move(out));
}

data::Reading reading_for(const NetworkSource& source, data::Reading reading) {
  if (!source.model || !ends_with(*source.model, ".onnx")) return reading;
  const auto file = std::make_shared<const Network>(onnx::read(*source.model));
  reading.shape = file->input().shape;
  reading.exported = data::ExportedInput{onnx::exported_input_shape(*file), [file](graph::Batch batch) {
                                           return onnx::in_network_axes(*file, std::move(batch));
                                         }};
  return reading;
}

Network network_of(const NetworkSource& source, const data::Dataset& data, int seed) {
  if (!source.model || !ends_with(*source.model, ".onnx")) note_channels_last(data);
  Network network = source.model ? from_model(*source.model, data, seed) : from_space(source, data, seed);
  require_fit(network, network.name, data);
  require_trainable(network);
  return network;
}

}  // namespace phasecore::train
