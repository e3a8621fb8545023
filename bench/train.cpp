// Training throughput: this project's trainer against a plain libtorch loop of the same network that keeps
// images and weights channels-last (batches of 128, one thread). items_per_second = images per second; GMAC/s
// = three times the forward pass's multiplications per second.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <random>

#include "nas/train/machine.hpp"
#include "nas/train/networks.hpp"
#include "nas/train/trainer.hpp"

namespace {

using namespace phasecore;
using torch::Tensor;

constexpr int batch = 128;

struct Work {
  const char* model;
  graph::Shape shape;
  int images;  ///< of an epoch
};
const Work resnet8_28{"resnet8-symmetric", {1, 28, 28}, 10 * batch};
const Work resnet9_32{"resnet9", {3, 32, 32}, 2 * batch};
const Work resnet20_32{"resnet20", {3, 32, 32}, 4 * batch};

data::Dataset images(const Work& work, int count) {
  data::Dataset set;
  set.name = "random";
  set.shape = work.shape;
  set.classes = 10;
  std::mt19937 engine(1);
  for (long long i = 0; i < count * graph::volume(work.shape); ++i)
    set.images.push_back(static_cast<float>(engine() % 1000) / 1000.0f);
  for (int i = 0; i < count; ++i) set.labels.push_back(static_cast<int>(engine() % 10));
  return set;
}

train::Settings recipe(const Work& work, bool hardware_aware) {
  train::Settings s;
  s.name = "bench";
  s.network.model = work.model;
  s.epochs = 1000;
  s.batch_size = batch;
  s.learning_rate = 0.01;
  s.momentum = 0.9;
  s.weight_decay = 5e-4;
  if (hardware_aware) {  // configs/training/resnet8-fmnist-hwa.yaml
    s.hardware.weight_noise = 0.08;
    s.hardware.weight_clip_sigma = 2;
    s.hardware.activation_bits = 8;
    s.hardware.clean_statistics_images = 32;
  }
  return s;
}

long long all_macs(const graph::Network& network) {
  long long sum = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i) sum += graph::macs(network, static_cast<int>(i));
  return sum;
}

void count(benchmark::State& state, const Work& work, const graph::Network& network) {
  state.SetItemsProcessed(state.iterations() * work.images);
  const double macs = 3.0 * static_cast<double>(all_macs(network)) * work.images * 1e-9;
  state.counters["GMAC/s"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// Convolution and batch norm of a torch module.
struct UnitImpl : torch::nn::Module {
  UnitImpl(int in, int out, int kernel, int stride)
      : conv(register_module(
            "conv",
            torch::nn::Conv2d(
                torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false)))),
        norm(register_module("norm", torch::nn::BatchNorm2d(out))) {}
  Tensor forward(const Tensor& x) { return norm(conv(x)); }
  torch::nn::Conv2d conv;
  torch::nn::BatchNorm2d norm;
};
TORCH_MODULE(Unit);

/// A stem and three stages of residual blocks with 16, 32 and 64 channels.
struct PlainResnetImpl : torch::nn::Module {
  PlainResnetImpl(int in, int blocks_per_stage) {
    stem = register_module("stem", Unit(in, 16, 3, 1));
    int from = 16;
    for (const int out : {16, 32, 64})
      for (int i = 0; i < blocks_per_stage; ++i, from = out) {
        const std::string block = std::to_string(firsts.size());
        const int stride = from == out ? 1 : 2;
        firsts.push_back(register_module("first" + block, Unit(from, out, 3, stride)));
        seconds.push_back(register_module("second" + block, Unit(out, out, 3, 1)));
        shortcuts.push_back(from == out ? nullptr
                                        : register_module("shortcut" + block, Unit(from, out, 1, stride)));
      }
    classifier = register_module("classifier", torch::nn::Linear(64, 10));
  }
  Tensor forward(Tensor x) {
    x = torch::relu(stem(x));
    for (std::size_t b = 0; b < firsts.size(); ++b) {
      const Tensor y = seconds[b](torch::relu(firsts[b](x)));
      x = torch::relu(y + (shortcuts[b] ? shortcuts[b](x) : x));
    }
    return classifier(x.mean({2, 3}));
  }
  Unit stem{nullptr};
  std::vector<Unit> firsts, seconds, shortcuts;
  torch::nn::Linear classifier{nullptr};
};
TORCH_MODULE(PlainResnet);

/// zoo::resnet9.
struct PlainResnet9Impl : torch::nn::Module {
  PlainResnet9Impl() {
    const int channels[9] = {3, 56, 112, 112, 112, 224, 224, 224, 224};
    for (int i = 0; i < 8; ++i)
      units.push_back(register_module("unit" + std::to_string(i), Unit(channels[i], channels[i + 1], 3, 1)));
    classifier = register_module("classifier", torch::nn::Linear(224, 10));
  }
  Tensor forward(Tensor x) {
    const auto unit = [&](int i, const Tensor& from) { return torch::relu(units[i](from)); };
    x = torch::max_pool2d(unit(1, unit(0, x)), 2);
    x = x + unit(3, unit(2, x));
    x = torch::max_pool2d(unit(4, x), 2);
    x = torch::max_pool2d(unit(5, x), 2);
    x = x + unit(7, unit(6, x));
    return classifier(torch::max_pool2d(x, 4).flatten(1));
  }
  std::vector<Unit> units;
  torch::nn::Linear classifier{nullptr};
};
TORCH_MODULE(PlainResnet9);

template <class Net>
void plain_epoch(Net& net, torch::optim::SGD& sgd, const Tensor& all, const Tensor& labels) {
  const Tensor order = torch::randperm(all.size(0));
  for (int begin = 0; begin + batch <= all.size(0); begin += batch) {
    const Tensor picked = order.narrow(0, begin, batch);
    const Tensor x = all.index_select(0, picked).contiguous(torch::MemoryFormat::ChannelsLast);
    sgd.zero_grad();
    const Tensor loss = torch::nn::functional::cross_entropy(net(x), labels.index_select(0, picked));
    loss.backward();
    sgd.step();
    benchmark::DoNotOptimize(loss.item<double>());
  }
}

template <class Net>
void plain_loop(benchmark::State& state, const Work& work, Net net) {
  const data::Dataset set = images(work, work.images);
  const Tensor all =
      torch::tensor(set.images).view({work.images, work.shape[0], work.shape[1], work.shape[2]});
  const Tensor labels =
      torch::tensor(std::vector<std::int64_t>(set.labels.begin(), set.labels.end()), torch::kInt64);
  for (auto& p : net->parameters())
    if (p.dim() == 4) p.set_data(p.contiguous(torch::MemoryFormat::ChannelsLast));
  torch::optim::SGD sgd(net->parameters(),
                        torch::optim::SGDOptions(0.01).momentum(0.9).nesterov(true).weight_decay(5e-4));
  for (auto _ : state) plain_epoch(net, sgd, all, labels);
  count(state, work, train::network_of(recipe(work, false).network, set, 1));
}

void trainer(benchmark::State& state, const Work& work, bool hardware_aware) {
  const train::Settings settings = recipe(work, hardware_aware);
  const train::TrainingData data{images(work, work.images), images(work, 20), images(work, 20)};
  train::Trainer trainer(settings, data, train::network_of(settings.network, data.training, 1));
  for (auto _ : state) trainer.run_epoch([](int) {});
  count(state, work, trainer.network());
}

// The plain loop and ours take turns, so that a busy machine slows both.
#define PAIR(work, net)                                                                             \
  BENCHMARK_CAPTURE(plain_loop, work, work, net)->Unit(benchmark::kMillisecond)->MinTime(4);        \
  BENCHMARK_CAPTURE(trainer, work##_plain, work, false)->Unit(benchmark::kMillisecond)->MinTime(4); \
  BENCHMARK_CAPTURE(trainer, work##_hardware_aware, work, true)->Unit(benchmark::kMillisecond)->MinTime(4)

PAIR(resnet8_28, PlainResnet(1, 1));
PAIR(resnet20_32, PlainResnet(3, 3));
PAIR(resnet9_32, PlainResnet9());

}  // namespace

int main(int argc, char** argv) {
  train::use_one_core();  // for the plain loop too
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
