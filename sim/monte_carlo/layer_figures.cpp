#include "sim/monte_carlo/layer_figures.hpp"

#include <algorithm>

#include "common/bytes.hpp"
#include "sim/monte_carlo/answers.hpp"
#include "sim/numerics/network_run.hpp"

namespace phasecore::monte_carlo {

template <class A>
void serialize(A& a, LayerFigures::Layer& v) {
  a(v.alone, v.recovered, v.signal, v.noise);
}

namespace {

/// Adds a stage's squared outputs, and squared differences, to a layer's sums. Codes add exactly.
template <class T>
void add_squares(const std::vector<T>& wanted, const std::vector<T>& is, LayerFigures::Layer& layer) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double w = wanted[i], d = static_cast<double>(is[i]) - w;
    layer.signal += w * w;
    layer.noise += d * d;
  }
}

}  // namespace

std::string LayerFigures::to_bytes() const {
  return common::to_bytes(quantised, analog, layers);
}

LayerFigures LayerFigures::from_bytes(const std::string& bytes, std::size_t layers, std::size_t samples) {
  LayerFigures figures;
  common::from_bytes(bytes, "figures of layers", figures.quantised, figures.analog, figures.layers);
  const auto whole = [samples](const std::string& answers) { return answers.size() == samples; };
  common::ensure(figures.layers.size() == layers && whole(figures.quantised) && whole(figures.analog) &&
                     std::all_of(figures.layers.begin(), figures.layers.end(),
                                 [&](const Layer& l) { return whole(l.alone) && whole(l.recovered); }),
                 "monte_carlo: layer figures of another size");
  return figures;
}

LayerFigures layer_figures(const numerics::Executor& executor, const numerics::State& ideal,
                           const numerics::State& analog, const std::vector<int>& stages,
                           const graph::Batch& images, int first_image, const int* labels) {
  const std::vector<std::int8_t> input = executor.encode(images);
  const std::size_t volume = images.samples == 0 ? 0 : input.size() / images.samples;
  numerics::NetworkRun run(executor);
  run.keep_noise();
  const int together = run.images_together(true);
  numerics::Activations quantised, noisy;
  LayerFigures figures;
  figures.layers.resize(stages.size());
  for (int begin = 0; begin < images.samples; begin += together) {
    const int n = std::min(together, images.samples - begin);
    run.load(n, first_image + begin, input.data() + begin * volume);
    run.run(ideal, quantised);
    run.run(analog, noisy);
    figures.quantised += correct_answers(quantised.logits, labels + begin, n);
    figures.analog += correct_answers(noisy.logits, labels + begin, n);
    for (std::size_t l = 0; l < stages.size(); ++l) {
      const int stage = stages[l];
      LayerFigures::Layer& layer = figures.layers[l];
      const numerics::Activations& alone = run.branch(stage, analog, ideal, quantised);
      if (executor.kernel(stage).fp16_output())
        add_squares(quantised.logits, alone.logits, layer);
      else
        add_squares(quantised.codes[stage], alone.codes[stage], layer);
      layer.alone += correct_answers(alone.logits, labels + begin, n);
      const numerics::Activations& recovered = run.branch(stage, ideal, analog, noisy);
      layer.recovered += correct_answers(recovered.logits, labels + begin, n);
    }
  }
  return figures;
}

}  // namespace phasecore::monte_carlo
