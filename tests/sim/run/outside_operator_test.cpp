// An operator that the library does not know, added from outside: what it computes, how ONNX holds it, and
// for the chip its work, lowering rule and kernel. Any number of values, added up and rounded
// once.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/operators.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/valuewise_kernel.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/run/functional.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

using mapping::Stage;

class Sum final : public graph::OperatorOf<Sum> {
 public:
  int terms = 3;

  std::string name() const override { return "org.example::Total"; }
  int arity() const override { return terms; }
  graph::Shape infer_shape(const std::vector<graph::Source>& sources,
                           graph::Findings& findings) const override {
    for (const auto& source : sources)
      if (*source.shape != *sources[0].shape)
        findings.add("'" + *source.name + "' delivers " + graph::to_string(*source.shape) + " instead of " +
                     graph::to_string(*sources[0].shape));
    return *sources[0].shape;
  }
  void run(const std::vector<graph::Sample>& inputs, const graph::Shape& shape, float* out,
           graph::Scratch& /*scratch*/) const override {
    std::fill_n(out, graph::volume(shape), 0.0f);
    for (const auto& input : inputs)
      for (long long i = 0; i < graph::volume(shape); ++i) out[i] += input.values[i];
  }
};

/// Once for this program.
void register_with_onnx() {
  static const bool done = [] {
    onnx::operators().reads("org.example::Total", [](onnx::NodeReader& reader) {
      Sum sum;
      sum.terms = reader.node().input_size();
      std::vector<int> inputs;
      for (int i = 0; i < sum.terms; ++i) inputs.push_back(reader.activation(i));
      reader.emit(sum, inputs);
    });
    onnx::operators().writes<Sum>([](const Sum& /*sum*/, onnx::NodeWriter& /*writer*/) {});
    return true;
  }();
  ASSERT_TRUE(done);
}

struct SumWork final : mapping::StageWork {
  int firings(const Stage& stage) const override { return mapping::raster_of(stage.out_shape).pixels(); }
  mapping::Reads reads(const Stage& stage, int /*input*/) const override {
    return mapping::pixel_reads(firings(stage));
  }
  mapping::DigitalDemand demand(const Stage& stage) const override {
    mapping::DigitalDemand demand;
    demand.loaded_bytes = mapping::raster_of(stage.out_shape).channels;
    demand.combined = static_cast<double>(stage.inputs.size()) * demand.loaded_bytes;
    return demand;
  }
};

/// One stage that reads all terms.
void lower_sum(mapping::Lowering& at) {
  Stage stage;
  for (int i = 0; i < at.layer().op().arity(); ++i) {
    if (!at.in_place(i)) return;
    stage.inputs.push_back(at.input(i));
  }
  stage.out_shape = at.layer().shape;
  stage.work = SumWork{};
  at.start(std::move(stage));
}

class SumKernel final : public numerics::ValuewiseKernel {
 public:
  using ValuewiseKernel::ValuewiseKernel;

 private:
  void compute(const numerics::ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
               numerics::StageHealth* /*health*/) const override {
    std::fill_n(values, count, 0.0f);
    for (std::size_t input = 0; input < images.inputs.size(); ++input)
      for (std::size_t i = 0; i < count; ++i)
        values[i] += static_cast<float>(images.inputs[input][at + static_cast<std::ptrdiff_t>(i)]) *
                     input_step(static_cast<int>(input));
    numerics::round_fp16(count, values);
  }
};

mapping::Rules rules() {
  mapping::Rules rules = mapping::lowering_rules();
  rules.add("org.example::Total", lower_sum);
  return rules;
}

numerics::Kernels kernels() {
  numerics::Kernels kernels = numerics::stage_kernels();
  kernels.add<SumWork, SumKernel>();
  return kernels;
}

/// Three convolutions of one value, added up, and an activation that cannot be fused.
graph::Network three_branches() {
  test::NetworkBuilder b("branches", {2, 12, 12});
  const int stem = b.op<graph::Relu>("stem.relu", {b.conv("stem", 0, 12, 3)});
  const int first = b.conv("first", stem, 12, 3), second = b.conv("second", stem, 12, 1);
  const int third = b.op<graph::Relu>("third.relu", {b.conv("third", stem, 12, 3)});
  const int sum = b.op<graph::Relu>("sum.relu", {b.op<Sum>("sum", {first, second, third})});
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {sum}), 10));
}

constexpr int kSum = 4;  ///< index of the stage that adds up

struct Work {
  explicit Work(config::Chip c)
      : chip(std::move(c)),
        data(test::toy_data(network, 40, 3)),
        map(mapping::map(graph::fold(network), chip, rules())),
        built(mapping::build_program(map, chip)),
        platform(fabric::make(chip)->platform()),
        executor(map, chip, config::load_device("hermes-2"),
                 numerics::calibrate(graph::fold(network), map, chip, data.batch(0, 40)), kernels()) {}

  ChipRunner chips;
  config::Chip chip;
  graph::Network network = three_branches();
  data::Dataset data;
  mapping::Mapping map;
  mapping::BuiltProgram built;
  program::Platform platform;
  numerics::Executor executor;
};

/// With memory and a mesh; over dedicated links with the host between the layers; with narrow crossbars.
std::vector<config::Chip> chips() {
  config::Chip narrow = test::toy_chip(64);
  narrow.crossbar.columns = 8;
  return {test::toy_chip(64), config::load_chip("hermes"), narrow};
}

TEST(OutsideOperator, RunsAndIsReadAndWrittenAsOnnxWithoutAByteOfDifference) {
  register_with_onnx();
  const graph::Network network = three_branches();
  const std::string bytes = onnx::serialize(network);
  const graph::Network back = onnx::parse(bytes, "sum.onnx");
  EXPECT_EQ(onnx::serialize(back), bytes);
  ASSERT_NE(back.layers[back.find("sum")].as<Sum>(), nullptr);
  const auto data = test::toy_data(network, 3, 1);
  EXPECT_EQ(graph::infer(back, data.batch(0, 3))[0].values,
            graph::infer(network, data.batch(0, 3))[0].values);
  const auto all = graph::infer_all(network, data.batch(0, 1));
  const auto values = [&](const char* layer) { return all[network.find(layer)].values; };
  for (std::size_t i = 0; i < values("sum").size(); i += 97)
    EXPECT_EQ(values("sum")[i], values("first")[i] + values("second")[i] + values("third.relu")[i]);
}

TEST(OutsideOperator, WithoutARuleIsRefusedByItsName) {
  test::expect_first_error(
      [] { mapping::map(graph::fold(three_branches()), test::toy_chip(64)); },
      "error: node 'sum' (org.example::Total): cannot be mapped: the chip has no unit for it");
}

TEST(OutsideOperator, BecomesOneStageOfThreeInputs) {
  for (const auto& chip : chips()) {
    const Work work(chip);
    ASSERT_EQ(work.map.stages.size(), 7u);
    const Stage& sum = work.map.stages[kSum];
    EXPECT_NE(sum.as<SumWork>(), nullptr);
    EXPECT_EQ(sum.name, "sum");
    EXPECT_EQ(sum.op, "org.example::Total");
    EXPECT_EQ(sum.range_name, "sum");
    std::vector<int> inputs;
    for (const auto& input : sum.inputs) inputs.push_back(input.stage);
    EXPECT_EQ(inputs, (std::vector<int>{1, 2, 3}));
  }
}

TEST(OutsideOperator, RunsInBothEnginesWithClosedBooks) {
  constexpr int kImages = 3;
  for (const auto& chip : chips()) {
    Work work(chip);
    const auto& program = work.built.program;
    const program::Activity on_paper = analytic::run(program, work.platform, kImages);
    const program::Activity run = work.chips.run(work.platform, program, kImages);
    check_bounds(run, on_paper, analytic::interval_bound(program, work.platform));
    std::vector<std::int64_t> macs(program.layers.size(), 0);
    for (std::size_t s = 0; s < work.map.stages.size(); ++s) macs[s] = work.map.stages[s].macs;
    for (const auto* activity : {&on_paper, &run})
      EXPECT_EQ(count_macs(program, *activity, kImages, macs), macs);
    int tasks = 0;
    for (std::size_t t = 0; t < program.tasks.size(); ++t) {
      const auto& origin = work.built.tasks[t];
      if (origin.stage != kSum || origin.role == mapping::TaskRole::Collect) continue;
      ++tasks;
      std::set<int> read;
      for (const auto& input : program.tasks[t].inputs) read.insert(work.built.streams[input.stream].input);
      EXPECT_EQ(read, (std::set<int>{0, 1, 2}));
      EXPECT_EQ(run.tasks[t].firings, 144 * kImages);
      EXPECT_EQ(on_paper.tasks[t].firings, 144 * kImages);
    }
    EXPECT_EQ(tasks, 1);
  }
}

TEST(OutsideOperator, CostsWhatItsWorkAsksOfTheDigitalUnit) {
  config::Chip chip = test::toy_chip(64);
  chip.energy.digital_pj_per_output = 2;
  chip.energy.digital_pj_per_pooled = 0.5;
  const Work work(chip);
  const auto& tasks = work.built.program.tasks;
  const auto sum =
      std::find_if(tasks.begin(), tasks.end(), [](const program::Task& t) { return t.layer == kSum; });
  ASSERT_NE(sum, tasks.end());
  EXPECT_EQ(sum->kind, program::TaskKind::Digital);
  EXPECT_EQ(program::firing_energy(*sum)[static_cast<int>(program::Component::Digital)],
            common::aj_from_pj(12 * 2 + 3 * 12 * 0.5));
}

TEST(OutsideOperator, RoundsItsSumOnce) {
  const Work work(test::toy_chip(64));
  const numerics::Kernel& kernel = work.executor.kernel(kSum);
  const int volume = 12 * 144;
  std::vector<std::vector<std::int8_t>> codes(3, std::vector<std::int8_t>(volume));
  for (int input = 0; input < 3; ++input)
    for (int i = 0; i < volume; ++i)
      codes[input][i] = static_cast<std::int8_t>((i * (7 + 6 * input)) % 255 - 127);
  const auto is = work.executor.run_stage(kSum, work.executor.ideal(),
                                          {1, 0, {codes[0].data(), codes[1].data(), codes[2].data()}});
  std::set<std::int8_t> seen;
  for (int i = 0; i < volume; ++i) {
    float sum = 0;
    for (int input = 0; input < 3; ++input)
      sum += static_cast<float>(codes[input][i]) * kernel.input_step(input);
    const std::int8_t wanted =
        analog::to_code(analog::round_fp16(sum), 1.0f / kernel.output_step(), kernel.max_code());
    ASSERT_EQ(is[i], wanted) << i;
    seen.insert(wanted);
  }
  EXPECT_GT(seen.size(), 100u);
}

TEST(OutsideOperator, ChipAndExecutorAgreeBitForBit) {
  for (const auto& chip : chips()) {
    Work work(chip);
    const numerics::State state = work.executor.programmed(7, 0, {86400}, analog::Compensation::Gdc).front();
    check_functional(work.executor, state, work.built, work.platform, work.data.batch(0, 2), work.chips);
  }
}

TEST(OutsideOperator, WithoutAKernelIsNamed) {
  const Work work(test::toy_chip(64));
  const auto calibration =
      numerics::calibrate(graph::fold(work.network), work.map, work.chip, work.data.batch(0, 40));
  EXPECT_NE(test::internal_error([&] {
              numerics::Executor(work.map, work.chip, config::load_device("hermes-2"), calibration);
            }).find("no kernel for what stage 'sum' does"),
            std::string::npos);
}

}  // namespace
}  // namespace phasecore::run
