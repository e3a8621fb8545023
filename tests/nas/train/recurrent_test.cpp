// LSTM, GRU and RNN as torch computations: what inference computes, with the errors of one programming in all
// steps, and trained.
#include "models/graph/ops/recurrent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "models/graph/infer.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/train/mvm.hpp"
#include "nas/train/networks.hpp"
#include "nas/train/run.hpp"
#include "nas/train/transfer.hpp"
#include "tests/nas/train/made_up_images.hpp"
#include "tests/nas/train/small_networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using graph::Recurrent;
using test::generator;
using test::logits;
using test::random_images;
using torch::Tensor;
using Function = Recurrent::Function;
using Kind = Recurrent::Kind;
using Result = Recurrent::Result;

constexpr int kSteps = 7, kValues = 4, kHidden = 5;
constexpr Kind kKinds[] = {Kind::Lstm, Kind::Gru, Kind::Rnn};

Recurrent layer_of(Kind kind, Result result) {
  Recurrent op;
  op.kind = kind;
  op.result = result;
  op.reset_after_product = kind == Kind::Gru;
  const auto filled = [](graph::Shape shape, double phase) {
    graph::Tensor tensor{shape, {}};
    for (long long i = 0; i < graph::volume(shape); ++i)
      tensor.values.push_back(static_cast<float>(0.4 * std::sin(1.7 * static_cast<double>(i) + phase)));
    return tensor;
  };
  const int rows = op.gates() * kHidden;
  op.input_weights = filled({1, rows, kValues}, 0.3);
  op.state_weights = filled({1, rows, kHidden}, 1.1);
  op.bias = filled({1, 2 * rows}, 2.2);
  if (kind == Kind::Lstm) op.functions = {Function::Sigmoid, Function::Tanh, Function::Tanh};
  if (kind == Kind::Gru) op.functions = {Function::Sigmoid, Function::Tanh};
  if (kind == Kind::Rnn) op.functions = {Function::Tanh};
  return op;
}

graph::Network network_of(Recurrent op) {
  graph::Network draft;
  draft.name = "sequence";
  draft.layers = {{"input", graph::Input({kSteps, kValues}), {}},
                  {"layer", std::move(op), {0}},
                  {"flat", graph::Flatten(), {1}}};
  draft.outputs = {2};
  return graph::build(std::move(draft));
}

graph::Network network_of(Kind kind, Result result = Result::State) {
  return network_of(layer_of(kind, result));
}

data::Dataset sequences(int count) {
  return random_images(count, {kSteps, kValues});
}

Tensor outputs(const graph::Network& network, const train::Pass& pass) {
  train::Parameters parameters(network);
  return logits(network, parameters, sequences(20), pass);
}

/// The ranges that `pass` needs.
train::Ranges ranges_of(const graph::Network& network, train::Pass pass) {
  train::Ranges ranges;
  pass.observe = [&](const std::string& name, const Tensor& x) {
    ranges[name] = std::max(ranges[name], x.abs().max().item<double>());
  };
  outputs(network, pass);
  return ranges;
}

TEST(TrainRecurrent, ComputesWhatInferenceComputes) {
  const data::Dataset set = sequences(6);
  for (const Kind kind : kKinds)
    for (const Result result : {Result::Sequence, Result::State, Result::Cells}) {
      if (result == Result::Cells && kind != Kind::Lstm) continue;
      const graph::Network network = network_of(kind, result);
      train::Parameters parameters(network);
      const Tensor out = logits(network, parameters, set);
      const auto expected = graph::infer(network, set.batch(0, 6)).front().values;
      EXPECT_TRUE(torch::allclose(out, torch::tensor(expected).view(out.sizes()), 1e-5, 1e-5))
          << network.layers[1].op().name();
    }
}

// Against finite differences of inference, for a weight of every tensor.
TEST(TrainRecurrent, GradientsAreThoseOfTheSteps) {
  const data::Dataset set = sequences(6);
  const auto sum_of = [&](const graph::Network& network) {
    const auto values = graph::infer(network, set.batch(0, 6)).front().values;
    return std::accumulate(values.begin(), values.end(), 0.0);
  };
  for (const Kind kind : kKinds) {
    const graph::Network network = network_of(kind);
    train::Parameters parameters(network);
    train::forward(network, parameters, torch::tensor(set.images).view({6, kSteps, kValues}), {})
        .sum()
        .backward();
    for (const char* tensor : {"input_weight", "state_weight", "bias"})
      for (const std::size_t at : {std::size_t{1}, std::size_t{7}}) {
        constexpr float kStep = 1e-2f;
        const auto moved = [&](float by) {
          graph::Network changed = network;
          for (const auto& named : changed.layers[1].edit_op().tensors())
            if (named.name == std::string(tensor)) named.values->values[at] += by;
          return sum_of(changed);
        };
        const double expected = (moved(kStep) - moved(-kStep)) / (2 * kStep);
        const double found = parameters.at(std::string("layer.") + tensor)
                                 .grad()
                                 .flatten()[static_cast<long>(at)]
                                 .item<double>();
        EXPECT_NEAR(found, expected, 0.01 * std::abs(expected) + 1e-3) << tensor << " " << at;
        EXPECT_GT(std::abs(found), 1e-4) << tensor << " " << at;
      }
  }
}

// A network whose weights have the errors that a pass draws, without further ones.
TEST(TrainRecurrent, AllStepsHaveTheErrorsOfOneProgramming) {
  for (const Kind kind : kKinds) {
    const graph::Network network = network_of(kind);
    train::Pass pass;
    pass.weight_noise = 0.1;
    pass.noise = generator(3);
    const Tensor noisy = outputs(network, pass);
    pass.noise = generator(3);
    graph::Network programmed = network;
    auto* op = programmed.layers[1].edit<Recurrent>();
    for (graph::Tensor* weights : {&op->state_weights, &op->input_weights}) {
      const auto& s = weights->shape;
      const Tensor drawn =
          train::with_weight_errors(torch::tensor(weights->values).view({s[1], s[2]}), pass).contiguous();
      weights->values.assign(drawn.data_ptr<float>(), drawn.data_ptr<float>() + drawn.numel());
    }
    EXPECT_TRUE(torch::allclose(outputs(programmed, {}), noisy, 1e-5, 1e-5));
    EXPECT_FALSE(torch::allclose(outputs(network, {}), noisy, 1e-2, 1e-2));
  }
}

TEST(TrainRecurrent, PartialSumsEqualTheSumWithoutNoise) {
  for (const Kind kind : kKinds)
    for (const int rows : {2, 100}) {
      train::Pass pass;
      pass.tile_rows = rows;
      EXPECT_TRUE(
          torch::allclose(outputs(network_of(kind), pass), outputs(network_of(kind), {}), 1e-5, 1e-5));
    }
}

TEST(TrainRecurrent, GatesAndStatesHaveRangesInEveryStep) {
  for (const Kind kind : kKinds) {
    const graph::Network network = network_of(kind);
    std::map<std::string, int> seen;
    train::Pass pass;
    pass.observe = [&](const std::string& name, const Tensor&) { ++seen[name]; };
    outputs(network, pass);
    EXPECT_EQ(seen, (std::map<std::string, int>{{"input", 1}, {"layer", kSteps}, {"layer.gates", kSteps}}));
    // A last state that leaves the chip in FP16 was codes on its way to the next step.
    for (const bool logits_fp16 : {true, false})
      EXPECT_THAT(train::rounded_layers(network, {graph::Interlayer::Network, logits_fp16}),
                  testing::ElementsAre("input", "layer.gates", "layer"));
    EXPECT_EQ(train::converter_layers(network), std::vector<std::string>{"layer.adc"});
  }
}

// Each error by itself changes what is computed; ever finer codes change it less.
TEST(TrainRecurrent, EveryErrorOfTheHardwareIsFelt) {
  for (const Kind kind : kKinds) {
    const graph::Network network = network_of(kind);
    const Tensor exact = outputs(network, {});
    const auto distance = [&](train::Pass pass) {
      train::Pass seeing;
      seeing.tile_rows = pass.tile_rows;
      const train::Ranges ranges = ranges_of(network, seeing);
      pass.ranges = &ranges;
      pass.noise = generator(5);
      return (outputs(network, pass) - exact).abs().mean().item<double>();
    };
    train::Pass codes, converters, noise, noisy_tiles, dropped;
    codes.activation_bits = 6;
    converters.tile_rows = 3;
    converters.adc_bits = 6;
    noise.output_noise = noisy_tiles.output_noise = 0.02;
    noisy_tiles.tile_rows = 3;
    dropped.drop_connect = 0.2;
    for (const train::Pass& pass : {codes, converters, noise, noisy_tiles, dropped}) {
      EXPECT_GT(distance(pass), 1e-4);
      EXPECT_LT(distance(pass), 0.5);
    }
    train::Pass finer = codes;
    finer.activation_bits = 9;
    EXPECT_LT(distance(finer), distance(codes) / 3);
    finer = converters;
    finer.adc_bits = 9;
    EXPECT_LT(distance(finer), distance(converters) / 3);
  }
}

TEST(TrainRecurrent, WeightsAreClippedColumnByColumn) {
  Tensor weight = torch::zeros({1, 2, 100});
  weight[0][0].fill_(0.1);
  weight[0][0][0] = 5;
  weight[0][1].fill_(10);
  const Tensor flat = weight[0].clone();
  train::clip_to_deviations(weight, train::Reference::Column, 2);
  train::clip_to_deviations(flat, train::Reference::Column, 2);
  EXPECT_TRUE(torch::equal(weight[0], flat));
  EXPECT_LT(weight[0][0][0].item<double>(), 2);
  EXPECT_EQ(weight[0][1].min().item<double>(), 10);
  train::Parameters parameters(network_of(Kind::Lstm));
  EXPECT_EQ(parameters.crossbar_weights().size(), 2u);
  EXPECT_EQ(parameters.trainable().size(), 3u);
}

TEST(TrainRecurrent, ExportedNetworksComputeTheSameAndMayBeStartedFrom) {
  const data::Dataset set = random_images(6, {49, 10});
  for (const char* name : {"lstm-kws-s", "gru-kws-s"}) {
    train::Settings settings;
    settings.name = name;
    settings.network.model = name;
    const graph::Network network = train::network_of(settings.network, set, 3);
    train::Parameters parameters(network);
    const Tensor expected = logits(network, parameters, set);
    const std::string bytes = onnx::serialize(train::to_graph(network, parameters, settings, set, {}));
    const graph::Network file = onnx::parse(bytes, "test.onnx");
    const auto out = graph::infer(file, set.batch(0, 6)).front().values;
    EXPECT_TRUE(torch::allclose(torch::tensor(out).view({6, 10}), expected, 1e-4, 1e-4)) << name;
    EXPECT_EQ(file.ranges.size(), file.layers.size()) << name;

    const graph::Network other = train::network_of(settings.network, set, 4);
    train::Parameters started(other);
    EXPECT_FALSE(torch::allclose(logits(other, started, set), expected, 1e-2, 1e-2)) << name;
    train::start_from(file, set, other, started);
    EXPECT_TRUE(torch::allclose(logits(other, started, set), expected, 1e-4, 1e-4)) << name;
  }
}

TEST(TrainRecurrent, StartingFromAnotherLayerIsRefused) {
  const data::Dataset set = random_images(6, {49, 10});
  const auto built = [&](const char* name) {
    train::NetworkSource source;
    source.model = name;
    return train::network_of(source, set, 1);
  };
  const graph::Network lstm = built("lstm-kws-s"), gru = built("gru-kws-s");
  train::Parameters parameters(lstm);
  const std::string message = test::input_error([&] { train::start_from(gru, set, lstm, parameters); });
  EXPECT_NE(message.find("no LSTM 'lstm' to start from"), std::string::npos) << message;
}

TEST(TrainRecurrent, WhatNoChipComputesIsRefusedByName) {
  const test::TempDirectory directory;
  const auto refusal = [&](Kind kind, const std::function<void(Recurrent&)>& change) {
    Recurrent op = layer_of(kind, Result::State);
    change(op);
    graph::Network network = network_of(std::move(op));
    test::write_text(directory / "other.onnx", onnx::serialize(network));
    data::Dataset set = sequences(3);
    set.classes = kHidden;
    train::NetworkSource source;
    source.model = directory / "other.onnx";
    const std::string message = test::input_error([&] { train::network_of(source, set, 1); });
    const std::string start = " cannot be trained: ";
    return message.substr(message.find(start) + start.size());
  };
  EXPECT_EQ(refusal(Kind::Rnn, [](Recurrent& op) { op.backward = true; }),
            "it begins at the end of the sequence");
  EXPECT_EQ(refusal(Kind::Lstm, [](Recurrent& op) { op.limit = 3; }), "it has a clip");
  EXPECT_EQ(refusal(Kind::Lstm, [](Recurrent& op) { op.forget_is_not_input = true; }), "it has input_forget");
  EXPECT_EQ(refusal(Kind::Lstm,
                    [](Recurrent& op) {
                      op.peepholes = {{1, 3 * kHidden}, std::vector<float>(3 * kHidden, 0.5f)};
                    }),
            "it has peepholes");
  EXPECT_EQ(refusal(Kind::Gru, [](Recurrent& op) { op.reset_after_product = false; }),
            "its reset gate comes before the product with the state (linear_before_reset = 0)");
  EXPECT_EQ(refusal(Kind::Rnn, [](Recurrent& op) { op.functions = {Function::Relu}; }),
            "it has other functions than Sigmoid for gates and Tanh for values");
}

// Whole runs on images, whose rows are the steps; with everything on that belongs to analog hardware.
TEST(TrainRecurrent, SequencesAreLearntPlainlyAndHardwareAware) {
  const test::TempDirectory directory;
  test::write_images(directory.path(), "train", 2500, 8);
  test::write_images(directory.path(), "t10k", 300, 8);
  const std::string recipe =
      "network: lstm-kws-s\ndata: mnist:" + directory.path() +
      "\nseed: 1\nepochs: 3\nbatch_size: 50\noptimizer: adam\nlearning_rate: 0.005\nwarmup_epochs: 0\n"
      "momentum: 0.9\nweight_decay: 0\nlabel_smoothing: 0\n"
      "augmentation: {crop_padding_h_px: 0, crop_padding_w_px: 0, horizontal_flip: false}\n"
      "noisy_validation: {weight_noise: 0, instances: 0, images: 1}\n";
  const auto losses = [&](const std::string& name, const std::string& hardware) {
    test::write_text(directory / name + ".yaml", "name: " + name + "\n" + recipe + hardware);
    std::ostringstream lines;
    train::run({directory / name + ".yaml", {}, false, directory / name + ".onnx"}, lines);
    std::vector<nlohmann::json> reports;
    std::istringstream text(lines.str());
    for (std::string line; std::getline(text, line);) reports.push_back(nlohmann::json::parse(line));
    return reports;
  };
  const auto plain = losses("plain",
                            "hardware: {weight_noise: 0, weight_reference: column, noise_ramp_epochs: 0, "
                            "output_noise: 0}\n");
  const auto aware = losses("aware",
                            "hardware: {weight_noise: 0.05, weight_reference: column, noise_ramp_epochs: 1, "
                            "output_noise: 0.01, weight_clip_sigma: 2.5, activation_bits: 8, tile_rows: 64, "
                            "adc_bits: 8, learned_ranges: true}\n");
  for (const auto& reports : {plain, aware}) {
    ASSERT_EQ(reports.size(), 4u);
    EXPECT_LT(reports[2]["loss"].get<double>(), 0.7 * reports[0]["loss"].get<double>());
    EXPECT_GT(reports[3]["test_accuracy"].get<double>(), 0.5);  // chance is 0.1
  }
  EXPECT_NE(plain[0]["loss"], aware[0]["loss"]);
  EXPECT_EQ(onnx::read(directory / "aware.onnx").input().shape, (graph::Shape{8, 8}));
}

}  // namespace
}  // namespace phasecore
