#include "models/graph/infer.hpp"

#include <algorithm>

namespace phasecore::graph {

namespace {

/// The activations of one sample, layer by layer; buffers are kept from sample to sample.
class SampleRunner {
 public:
  explicit SampleRunner(const Network& network) {
    for (const Layer& layer : network.layers)
      values_.emplace_back(static_cast<std::size_t>(volume(layer.shape)));
    for (std::size_t i = 1; i < network.layers.size(); ++i) {
      const Layer& layer = network.layers[i];
      Step step{&layer.op(), {}, &layer.shape, values_[i].data()};
      for (const int from : layer.inputs)
        step.inputs.push_back({&network.layers[from].shape, values_[from].data()});
      steps_.push_back(std::move(step));
    }
  }

  void run(const float* input) {
    std::copy_n(input, values_[0].size(), values_[0].begin());
    for (const Step& step : steps_) step.op->run(step.inputs, *step.shape, step.out, scratch_);
  }

  const std::vector<float>& values(int layer) const { return values_[layer]; }

 private:
  struct Step {
    const Operator* op;
    std::vector<Sample> inputs;
    const Shape* shape;
    float* out;
  };

  std::vector<std::vector<float>> values_;
  std::vector<Step> steps_;
  Scratch scratch_;
};

std::vector<Batch> run_batch(const Network& network, const Batch& input, const std::vector<int>& wanted) {
  if (input.shape != network.input().shape)
    throw common::InputError("the input is " + to_string(input.shape) + "; network '" + network.name +
                             "' takes " + to_string(network.input().shape));
  const std::size_t per_sample = static_cast<std::size_t>(volume(input.shape));
  common::ensure(input.samples >= 0 && input.values.size() == input.samples * per_sample,
                 "graph: a batch whose values do not fit its shape");
  std::vector<Batch> results;
  for (int layer : wanted) {
    const Shape& shape = network.layers[layer].shape;
    results.push_back({input.samples, shape, {}});
    results.back().values.reserve(static_cast<std::size_t>(input.samples * volume(shape)));
  }
  SampleRunner runner(network);
  for (int s = 0; s < input.samples; ++s) {
    runner.run(input.values.data() + s * per_sample);
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      const std::vector<float>& v = runner.values(wanted[r]);
      results[r].values.insert(results[r].values.end(), v.begin(), v.end());
    }
  }
  return results;
}

}  // namespace

std::vector<Batch> infer(const Network& network, const Batch& input) {
  return run_batch(network, input, network.outputs);
}

std::vector<Batch> infer_all(const Network& network, const Batch& input) {
  std::vector<int> all;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) all.push_back(i);
  return run_batch(network, input, all);
}

}  // namespace phasecore::graph
