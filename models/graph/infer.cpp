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
    for (std::size_t i = network.inputs(); i < network.layers.size(); ++i) {
      const Layer& layer = network.layers[i];
      Step step{&layer.op(), {}, &layer.shape, values_[i].data()};
      for (const int from : layer.inputs)
        step.inputs.push_back({&network.layers[from].shape, values_[from].data()});
      if (step.inputs.empty())
        step.run(scratch_);  // a constant: the same for every sample
      else
        steps_.push_back(std::move(step));
    }
  }

  void set_input(int input, const float* values) {
    std::copy_n(values, values_[input].size(), values_[input].begin());
  }
  void run() {
    for (const Step& step : steps_) step.run(scratch_);
  }

  const std::vector<float>& values(int layer) const { return values_[layer]; }
  const std::vector<std::vector<float>>& all_values() const { return values_; }

 private:
  struct Step {
    const Operator* op;
    std::vector<Sample> inputs;
    const Shape* shape;
    float* out;

    void run(Scratch& scratch) const { op->run(inputs, *shape, out, scratch); }
  };

  std::vector<std::vector<float>> values_;
  std::vector<Step> steps_;
  Scratch scratch_;
};

void check_batch(const Network& network, int input, const Batch& batch) {
  const Layer& layer = network.layers[input];
  if (batch.shape != layer.shape)
    throw common::InputError((network.inputs() == 1 ? "the input" : "input '" + layer.name + "'") + " is " +
                             to_string(batch.shape) + "; network '" + network.name + "' takes " +
                             to_string(layer.shape));
  const auto per_sample = static_cast<std::size_t>(volume(batch.shape));
  common::ensure(batch.samples >= 0 && batch.values.size() == batch.samples * per_sample,
                 "graph: a batch whose values do not fit its shape");
}

/// A batch of one is the same for every sample.
const float* sample_of(const Batch& batch, int sample) {
  return batch.values.data() + (batch.samples == 1 ? 0 : sample * volume(batch.shape));
}

std::vector<Batch> run_batch(const Network& network, const std::vector<const Batch*>& inputs,
                             const std::vector<int>& wanted) {
  int samples = inputs.front()->samples;
  for (const Batch* batch : inputs) samples = std::max(samples, batch->samples);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_batch(network, static_cast<int>(i), *inputs[i]);
    if (inputs[i]->samples != samples && inputs[i]->samples != 1)
      throw common::InputError("input '" + network.layers[i].name + "' has " +
                               std::to_string(inputs[i]->samples) + " samples; another has " +
                               std::to_string(samples));
  }
  std::vector<Batch> results;
  for (int layer : wanted) {
    const Shape& shape = network.layers[layer].shape;
    results.push_back({samples, shape, {}});
    results.back().values.reserve(static_cast<std::size_t>(samples * volume(shape)));
  }
  SampleRunner runner(network);
  for (int s = 0; s < samples; ++s) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      runner.set_input(static_cast<int>(i), sample_of(*inputs[i], s));
    runner.run();
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      const std::vector<float>& v = runner.values(wanted[r]);
      results[r].values.insert(results[r].values.end(), v.begin(), v.end());
    }
  }
  return results;
}

}  // namespace

std::vector<Batch> infer(const Network& network, const Batch& input) {
  require_one_input(network, "a single batch");
  return run_batch(network, {&input}, network.outputs);
}

std::vector<Batch> infer(const Network& network, const std::vector<Batch>& inputs) {
  if (static_cast<int>(inputs.size()) != network.inputs())
    throw common::InputError("network '" + network.name + "' takes " + std::to_string(network.inputs()) +
                             " inputs; " + std::to_string(inputs.size()) + " are given");
  std::vector<const Batch*> all;
  for (const Batch& batch : inputs) all.push_back(&batch);
  return run_batch(network, all, network.outputs);
}

std::vector<Batch> infer_all(const Network& network, const Batch& input) {
  require_one_input(network, "a single batch");
  std::vector<int> all;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) all.push_back(i);
  return run_batch(network, {&input}, all);
}

void for_each_sample(const Network& network, const Batch& input, int count, const SeeLayers& see) {
  if (count == 0) return;
  require_one_input(network, "a single batch");
  check_batch(network, 0, input);
  common::ensure(count <= input.samples, "graph: fewer samples than are looked at");
  SampleRunner runner(network);
  for (int s = 0; s < count; ++s) {
    runner.set_input(0, sample_of(input, s));
    runner.run();
    see(s, runner.all_values());
  }
}

}  // namespace phasecore::graph
