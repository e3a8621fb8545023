#include "models/graph/infer.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace phasecore::graph {

namespace {

/// Which layers' values lie in the same memory: those that nobody reads any more make room for later ones.
class Rooms {
 public:
  /// `kept`: layers whose values stay until the end, as those of inputs and constants do.
  Rooms(const Network& network, const std::vector<int>& kept) {
    const int count = static_cast<int>(network.layers.size());
    std::vector<int> last(count, -1);
    for (int i = 0; i < count; ++i)
      for (const int from : network.layers[i].inputs) last[from] = i;
    for (int i = 0; i < count; ++i)
      if (network.layers[i].inputs.empty() || last[i] < 0) last[i] = count;
    for (const int layer : kept) last[layer] = count;
    std::vector<std::vector<int>> ending(count + 1);
    for (int i = 0; i < count; ++i) ending[last[i]].push_back(i);
    for (int i = 0; i < count; ++i) {
      const auto size = static_cast<std::size_t>(volume(network.layers[i].shape));
      // Constants are there before the first layer runs: they share with nobody.
      of_.push_back(network.layers[i].inputs.empty() ? add(size) : take(size));
      for (const int layer : ending[i]) free_.insert({sizes_[of_[layer]], of_[layer]});
    }
  }

  int of(int layer) const { return of_[layer]; }
  const std::vector<std::size_t>& sizes() const { return sizes_; }

 private:
  /// The smallest free room that is large enough; else the largest, made larger.
  int take(std::size_t size) {
    if (free_.empty()) return add(size);
    auto found = free_.lower_bound(size);
    if (found == free_.end()) --found;
    const int room = found->second;
    free_.erase(found);
    sizes_[room] = std::max(sizes_[room], size);
    return room;
  }

  int add(std::size_t size) {
    sizes_.push_back(size);
    return static_cast<int>(sizes_.size()) - 1;
  }

  std::vector<int> of_;  ///< by layer
  std::vector<std::size_t> sizes_;
  std::multimap<std::size_t, int> free_;  ///< by size
};

/// The activations of one sample, layer by layer; their memory is kept from sample to sample.
class SampleRunner {
 public:
  /// Afterwards the values of these layers can be had.
  SampleRunner(const Network& network, const std::vector<int>& wanted)
      : network_(network), rooms_(network, wanted) {
    for (const std::size_t size : rooms_.sizes()) memory_.emplace_back(size);
    for (std::size_t i = network.inputs(); i < network.layers.size(); ++i) {
      const Layer& layer = network.layers[i];
      Step step{&layer.op(), {}, &layer.shape, at(static_cast<int>(i))};
      for (const int from : layer.inputs) step.inputs.push_back({&network.layers[from].shape, at(from)});
      if (step.inputs.empty())
        step.run(scratch_);  // a constant: the same for every sample
      else
        steps_.push_back(std::move(step));
    }
  }

  void set_input(int input, const float* values) {
    std::copy_n(values, volume(network_.layers[input].shape), at(input));
  }
  void run() {
    for (const Step& step : steps_) step.run(scratch_);
  }

  void append(int layer, std::vector<float>& to) {
    to.insert(to.end(), at(layer), at(layer) + volume(network_.layers[layer].shape));
  }
  /// By layer, where all are wanted: none of them shares its memory then.
  const std::vector<std::vector<float>>& all_values() const {
    common::ensure(memory_.size() == network_.layers.size(), "graph: some layers share memory");
    return memory_;
  }

 private:
  struct Step {
    const Operator* op;
    std::vector<Sample> inputs;
    const Shape* shape;
    float* out;

    void run(Scratch& scratch) const { op->run(inputs, *shape, out, scratch); }
  };

  float* at(int layer) { return memory_[rooms_.of(layer)].data(); }

  const Network& network_;
  const Rooms rooms_;
  std::vector<std::vector<float>> memory_;  ///< by room
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

std::vector<int> all_layers(const Network& network) {
  std::vector<int> all(network.layers.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
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
  SampleRunner runner(network, wanted);
  for (int s = 0; s < samples; ++s) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      runner.set_input(static_cast<int>(i), sample_of(*inputs[i], s));
    runner.run();
    for (std::size_t r = 0; r < wanted.size(); ++r) runner.append(wanted[r], results[r].values);
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
  return run_batch(network, {&input}, all_layers(network));
}

void for_each_sample(const Network& network, const Batch& input, int count, const SeeLayers& see) {
  if (count == 0) return;
  require_one_input(network, "a single batch");
  check_batch(network, 0, input);
  common::ensure(count <= input.samples, "graph: fewer samples than are looked at");
  SampleRunner runner(network, all_layers(network));
  for (int s = 0; s < count; ++s) {
    runner.set_input(0, sample_of(input, s));
    runner.run();
    see(s, runner.all_values());
  }
}

}  // namespace phasecore::graph
