// Kernels that compute pixel by pixel: a batch and single firings alike, without memory for each pixel.
#include <gtest/gtest.h>

#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/softmax.hpp"
#include "sim/mapping/stages/combine.hpp"
#include "sim/mapping/stages/move.hpp"
#include "sim/mapping/stages/norm.hpp"
#include "sim/numerics/pixelwise_kernel.hpp"
#include "tests/common/heap.hpp"

namespace phasecore::numerics {
namespace {

constexpr int kChannels = 6, kRows = 5, kColumns = 7, kPixels = kRows * kColumns;
constexpr int kVolume = kChannels * kPixels, kImages = 3;

/// A stage of two inputs of one shape, of which the first is read if the work has one only.
struct OneStage {
  OneStage(mapping::Work work, std::size_t inputs) : chip(config::load_chip("hermes-mesh")) {
    const graph::Shape shape{kChannels, kRows, kColumns};
    mapping::Stage stage;
    stage.name = "stage";
    stage.inputs.resize(inputs, {mapping::kNetworkInput, shape});
    stage.out_shape = shape;
    stage.work = std::move(work);
    mapping.stages = {stage};
    calibration.input_step = 0.03125f;
    calibration.output_step = {0.03125f};
    device = config::device_of(chip);
    kernel = stage_kernels().make({mapping, 0, chip, device, calibration});
    for (std::size_t i = 0; i < inputs; ++i)
      for (int at = 0; at < kImages * kVolume; ++at)
        codes[i].push_back(static_cast<std::int8_t>((at * 37 + static_cast<int>(i) * 11) % 251 - 125));
    for (std::size_t i = 0; i < inputs; ++i) batch.inputs.push_back(codes[i].data());
    batch.count = kImages;
  }

  void run(Workspace& work, std::vector<float>& values) const {
    kernel->run({state}, batch, work, {nullptr, values.data()});
  }

  config::Chip chip;
  config::Device device;
  mapping::Mapping mapping;
  Calibration calibration;
  std::unique_ptr<Kernel> kernel;
  std::vector<std::int8_t> codes[2];
  ImageBatch batch;
  StageState state;
};

mapping::Work softmax() {
  mapping::NormWork work;
  work.op = graph::Softmax().clone();
  return work;
}

mapping::Work layer_norm() {
  mapping::NormWork work;
  graph::LayerNorm norm;
  norm.scale = {{kChannels, kRows, kColumns}, std::vector<float>(kVolume, 1.5f)};
  work.op = norm.clone();
  work.whole = true;
  return work;
}

mapping::Work turned_around() {
  mapping::MoveWork work;
  for (int i = 0; i < kVolume; ++i)
    work.places.push_back({i % 2, i % 5 == 0 ? graph::kNoPlace : kVolume - 1 - i});
  return work;
}

struct Case {
  const char* name;
  mapping::Work work;
  std::size_t inputs;
};
std::vector<Case> cases() {
  return {{"softmax", softmax(), 1},
          {"layer norm", layer_norm(), 1},
          {"product", mapping::CombineWork(), 2},
          {"move", turned_around(), 2}};
}

TEST(PixelwiseKernel, ComputesABatchAndSingleFiringsAlike) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const OneStage stage(c.work, c.inputs);
    Workspace work;
    std::vector<float> values(kImages * kVolume);
    stage.run(work, values);
    for (int image = 0; image < kImages; ++image) {
      Held held;
      for (const std::int8_t* input : stage.batch.inputs)
        held.inputs.emplace_back(input + image * kVolume, input + (image + 1) * kVolume);
      for (int pixel = 0; pixel < kPixels; ++pixel) {
        Firing firing;
        firing.index = pixel;
        const auto expected = values.begin() + image * kVolume + pixel * kChannels;
        EXPECT_EQ(stage.kernel->fire({stage.state}, firing, held, work).values,
                  std::vector<float>(expected, expected + kChannels));
      }
    }
    EXPECT_NE(std::count(values.begin(), values.end(), values[0]), kImages * kVolume);
  }
}

TEST(PixelwiseKernel, TakesNoMemoryForEachPixel) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const OneStage stage(c.work, c.inputs);
    Workspace work;
    std::vector<float> values(kImages * kVolume);
    stage.run(work, values);
    const long long before = test::allocations;
    stage.run(work, values);
    EXPECT_LT(test::allocations - before, kPixels);  // a few for an operator that sees a whole image
  }
}

}  // namespace
}  // namespace phasecore::numerics
