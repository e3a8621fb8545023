#include "sim/tile/programmed_weights.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "common/diagnostics.hpp"
#include "common/random.hpp"
#include "sim/analog/aihwkit_tile.hpp"
#include "sim/analog/devices.hpp"

namespace phasecore::tile {
namespace {

using common::Purpose;
using Draws = std::vector<float>;

constexpr struct {
  Mode value;
  const char* name;
} kModes[] = {{Mode::DevicePairs, "device-pairs"}, {Mode::AihwkitTile, "aihwkit-tile"}};

/// The normals of all devices of one polarity.
Draws drawn(const Programming& which, Purpose purpose, std::uint32_t polarity, std::size_t n,
            std::uint64_t epoch = 0) {
  Draws z(n);
  const common::RandomKey key{which.seed, purpose, which.instance, common::stable_hash("tile"), 0, polarity};
  common::fill_normal(key, epoch, 0, 0, n, z.data());
  return z;
}

std::array<Draws, 2> read_noise(const Programming& which, double time_s, std::size_t n) {
  return {drawn(which, Purpose::ReadNoise, 0, n, epoch_of(time_s)),
          drawn(which, Purpose::ReadNoise, 1, n, epoch_of(time_s))};
}

class Pairs : public ProgrammedWeights {
 public:
  Pairs(const config::Device& device, const std::vector<float>& weights, const Programming& which)
      : device_(device), which_(which) {
    const std::size_t n = weights.size();
    const float g_max = static_cast<float>(device.g_max_us);
    for (const std::uint32_t polarity : {0u, 1u}) {
      Polarity& p = polarities_[polarity];
      Draws target(n);
      for (std::size_t i = 0; i < n; ++i) {
        const float w = polarity == 0 ? weights[i] : -weights[i];
        target[i] = w > 0 ? w * g_max : 0;
      }
      p.g.resize(n);
      p.nu.resize(n);
      analog::program(device, n, target.data(), drawn(which, Purpose::Programming, polarity, n).data(),
                      drawn(which, Purpose::DriftExponent, polarity, n).data(), p.g.data(), p.nu.data());
    }
    programmed_ = merged(polarities_[0].g, polarities_[1].g);
  }

  const Weights& programmed() const override { return programmed_; }

  Weights read(double time_s) const override {
    const std::size_t n = programmed_.merged.size();
    const std::array<Draws, 2> z = read_noise(which_, time_s, n);
    std::array<std::vector<float>, 2> g;
    for (std::size_t k = 0; k < g.size(); ++k) {
      g[k].resize(n);
      analog::read(device_, n, polarities_[k].g.data(), polarities_[k].nu.data(), time_s, z[k].data(),
                   g[k].data());
    }
    return merged(g[0], g[1]);
  }

 private:
  struct Polarity {
    std::vector<float> g, nu;
  };

  Weights merged(const std::vector<float>& positive, const std::vector<float>& negative) const {
    const float g_max = static_cast<float>(device_.g_max_us);
    Weights w{std::vector<float>(positive.size()), std::vector<float>(positive.size())};
    for (std::size_t i = 0; i < positive.size(); ++i) {
      w.merged[i] = (positive[i] - negative[i]) / g_max;
      w.negative[i] = negative[i] / g_max;
    }
    return w;
  }

  config::Device device_;
  Programming which_;
  std::array<Polarity, 2> polarities_;
  Weights programmed_;
};

class ResplitWeights : public ProgrammedWeights {
 public:
  ResplitWeights(const config::Device& device, const std::vector<float>& weights, const Programming& which)
      : which_(which),
        tile_(programmed_tile(device, weights, which)),
        programmed_(exact_weights(tile_.programmed())) {}

  const Weights& programmed() const override { return programmed_; }

  Weights read(double time_s) const override {
    const std::array<Draws, 2> z = read_noise(which_, time_s, programmed_.merged.size());
    return exact_weights(tile_.read(time_s, z[0].data(), z[1].data()));
  }

 private:
  static analog::AihwkitTile programmed_tile(const config::Device& device, const std::vector<float>& weights,
                                             const Programming& which) {
    const std::size_t n = weights.size();
    const Draws prog_positive = drawn(which, Purpose::Programming, 0, n),
                prog_negative = drawn(which, Purpose::Programming, 1, n),
                nu_positive = drawn(which, Purpose::DriftExponent, 0, n),
                nu_negative = drawn(which, Purpose::DriftExponent, 1, n);
    return {device,
            n,
            weights.data(),
            {prog_positive.data(), prog_negative.data(), nu_positive.data(), nu_negative.data()}};
  }

  Programming which_;
  analog::AihwkitTile tile_;
  Weights programmed_;
};

}  // namespace

Weights exact_weights(std::vector<float> merged) {
  Weights w{std::move(merged), {}};
  for (const float value : w.merged) w.negative.push_back(value < 0 ? -value : 0);
  return w;
}

Mode parse_mode(const std::string& text) {
  std::vector<std::string> allowed;
  for (const auto& mode : kModes) {
    if (text == mode.name) return mode.value;
    allowed.emplace_back(mode.name);
  }
  throw common::InputError("unknown mode '" + text + "'; allowed are device-pairs, aihwkit-tile" +
                           common::did_you_mean(text, allowed));
}

const char* name_of(Mode mode) {
  for (const auto& known : kModes)
    if (known.value == mode) return known.name;
  throw common::InternalError("a mode without a name");
}

std::uint64_t epoch_of(double time_s) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &time_s, sizeof bits);
  return bits;
}

std::unique_ptr<ProgrammedWeights> program(Mode mode, const config::Device& device,
                                           const std::vector<float>& weights, const Programming& which) {
  if (mode == Mode::DevicePairs) return std::make_unique<Pairs>(device, weights, which);
  return std::make_unique<ResplitWeights>(device, weights, which);
}

}  // namespace phasecore::tile
