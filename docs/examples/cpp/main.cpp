// What do fewer bits of the converters save, and how far do the outputs move? One network on one chip, with
// 8, 6 and 4 bits.
#include <cmath>
#include <cstdio>
#include <phasecore/phasecore.hpp>
#include <string>

namespace {

/// Some samples of the network's input; a study would take images.
phasecore::Array samples_for(const phasecore::Network& network, int count) {
  phasecore::Array samples{{count}, {}};
  std::size_t values = static_cast<std::size_t>(count);
  for (const int size : network.input_shape()) {
    samples.shape.push_back(size);
    values *= static_cast<std::size_t>(size);
  }
  for (std::size_t i = 0; i < values; ++i) samples.values.push_back(std::sin(0.37F * static_cast<float>(i)));
  return samples;
}

double distance(const phasecore::Array& a, const phasecore::Array& b) {
  double squares = 0, all = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    squares += std::pow(a.values[i] - b.values[i], 2);
    all += std::pow(b.values[i], 2);
  }
  return std::sqrt(squares / all);
}

void compare() {
  const auto network = phasecore::Network::load("zoo:resnet8-fmnist-hwa");
  const phasecore::Array samples = samples_for(network, 8);
  const phasecore::Array exact = network.infer(samples).front();

  phasecore::SimulateOptions options;
  options.data = "none";  // latency and energy alone; without this line: accuracy, too
  std::printf("bits  latency us  energy uJ  distance of the outputs after a day\n");
  for (const int bits : {8, 6, 4}) {
    const auto chip = phasecore::Chip::load("hermes-mesh", {"adc.bits=" + std::to_string(bits)});
    const phasecore::Report report = phasecore::simulate(network, chip, options);
    phasecore::ChipInferenceOptions on_chip;
    on_chip.time = "1d";
    const double moved = distance(network.infer(samples, chip, on_chip).outputs, exact);
    std::printf("%4d  %10.3f  %9.3f  %.3f\n", bits, report.latency_ns() * 1e-3, report.energy_nj() * 1e-3,
                moved);
  }
  std::printf("Chips are from %s\n", phasecore::config_directory().c_str());
}

}  // namespace

int main() {
  try {
    compare();
  } catch (const phasecore::InputError& error) {
    for (const phasecore::Problem& problem : error.problems())
      std::fprintf(stderr, "%s: %s\n", problem.place.c_str(), problem.message.c_str());
    return 2;
  } catch (const phasecore::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
