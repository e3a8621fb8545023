// Training throughput: this project's trainer, plain and hardware-aware, against a plain libtorch loop of the
// same network (ResNet-8, 28x28, batches of 128, one thread). items_per_second = images per second.
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <torch/torch.h>

#include <random>

#include "nas/train/networks.hpp"
#include "nas/train/trainer.hpp"

namespace {

using namespace phasecore;

constexpr int kImages = 1280, kBatch = 128;

data::Dataset images(int count) {
  data::Dataset set;
  set.name = "random";
  set.shape = {1, 28, 28};
  set.classes = 10;
  std::mt19937 engine(1);
  for (int i = 0; i < count * 28 * 28; ++i)
    set.images.push_back(static_cast<float>(engine() % 1000) / 1000.0f);
  for (int i = 0; i < count; ++i) set.labels.push_back(static_cast<std::uint8_t>(engine() % 10));
  return set;
}

train::Settings recipe(bool hardware_aware) {
  train::Settings s;
  s.name = "bench";
  s.network.model = "resnet8-symmetric";
  s.epochs = 1000;
  s.batch_size = kBatch;
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

/// Convolution and batch norm of a torch module.
struct UnitImpl : torch::nn::Module {
  UnitImpl(int in, int out, int kernel, int stride)
      : conv(register_module(
            "conv",
            torch::nn::Conv2d(
                torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false)))),
        norm(register_module("norm", torch::nn::BatchNorm2d(out))) {}
  torch::Tensor forward(const torch::Tensor& x) { return norm(conv(x)); }
  torch::nn::Conv2d conv;
  torch::nn::BatchNorm2d norm;
};
TORCH_MODULE(Unit);

struct PlainNetImpl : torch::nn::Module {
  PlainNetImpl() {
    stem = register_module("stem", Unit(1, 16, 3, 1));
    int in = 16;
    for (const int out : {16, 32, 64}) {
      const std::string block = std::to_string(out);
      const int stride = out == 16 ? 1 : 2;
      firsts.push_back(register_module("first" + block, Unit(in, out, 3, stride)));
      seconds.push_back(register_module("second" + block, Unit(out, out, 3, 1)));
      shortcuts.push_back(out == 16 ? nullptr
                                    : register_module("shortcut" + block, Unit(in, out, 1, stride)));
      in = out;
    }
    classifier = register_module("classifier", torch::nn::Linear(64, 10));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(stem(x));
    for (std::size_t b = 0; b < firsts.size(); ++b) {
      const torch::Tensor y = seconds[b](torch::relu(firsts[b](x)));
      x = torch::relu(y + (shortcuts[b] ? shortcuts[b](x) : x));
    }
    return classifier(x.mean({2, 3}));
  }
  Unit stem{nullptr};
  std::vector<Unit> firsts, seconds, shortcuts;
  torch::nn::Linear classifier{nullptr};
};
TORCH_MODULE(PlainNet);

void plain_loop(benchmark::State& state) {
  const data::Dataset set = images(kImages);
  const torch::Tensor all = torch::tensor(set.images).view({kImages, 1, 28, 28});
  const torch::Tensor labels =
      torch::tensor(std::vector<std::int64_t>(set.labels.begin(), set.labels.end()), torch::kInt64);
  PlainNet net;
  net->to(torch::kFloat32);
  for (auto& p : net->parameters())
    if (p.dim() == 4) p.set_data(p.contiguous(torch::MemoryFormat::ChannelsLast));
  torch::optim::SGD sgd(net->parameters(),
                        torch::optim::SGDOptions(0.01).momentum(0.9).nesterov(true).weight_decay(5e-4));
  for (auto _ : state) {
    const torch::Tensor order = torch::randperm(kImages);
    for (int begin = 0; begin + kBatch <= kImages; begin += kBatch) {
      const torch::Tensor picked = order.narrow(0, begin, kBatch);
      const torch::Tensor x = all.index_select(0, picked).contiguous(torch::MemoryFormat::ChannelsLast);
      sgd.zero_grad();
      const torch::Tensor loss = torch::nn::functional::cross_entropy(net(x), labels.index_select(0, picked));
      loss.backward();
      sgd.step();
      benchmark::DoNotOptimize(loss.item<double>());
    }
  }
  state.SetItemsProcessed(state.iterations() * kImages);
}

void trainer(benchmark::State& state, bool hardware_aware) {
  const train::Settings settings = recipe(hardware_aware);
  const train::TrainingData data{images(kImages), images(100), images(100)};
  train::Trainer trainer(settings, data, train::network_of(settings.network, data.training, 1));
  for (auto _ : state) trainer.run_epoch([](int) {});
  state.SetItemsProcessed(state.iterations() * kImages);
}

BENCHMARK(plain_loop)->Unit(benchmark::kMillisecond)->MinTime(4);
BENCHMARK_CAPTURE(trainer, plain, false)->Unit(benchmark::kMillisecond)->MinTime(4);
BENCHMARK_CAPTURE(trainer, hardware_aware, true)->Unit(benchmark::kMillisecond)->MinTime(4);

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // as phasecore-train does, for all three
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  at::set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
