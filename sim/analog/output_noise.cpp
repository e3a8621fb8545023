#include "sim/analog/output_noise.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "common/isa.hpp"
#include "common/philox_key.hpp"
#include "sim/analog/noise_field.hpp"

namespace phasecore::analog {

OutputNoise::OutputNoise(const NoiseKey& key, int cols)
    : key_(
          common::philox_key({key.seed, common::Purpose::OutputNoise, key.instance, key.layer, key.replica})),
      chain_position_(static_cast<std::uint32_t>(key.chain_position)) {
  common::ensure(key.col_begin >= 0 && cols > 0, "OutputNoise: columns from 0 on");
  first_group_ = static_cast<std::uint32_t>(key.col_begin / kNoiseGroup);
  first_ = static_cast<std::size_t>(key.col_begin % kNoiseGroup);
  stride_ = (first_ + static_cast<std::size_t>(cols) + kNoiseGroup - 1) / kNoiseGroup * kNoiseGroup;
}

float* DrawnNoise::next(std::size_t count, bool& fresh) {
  const std::size_t begin = at_;
  at_ += count;
  fresh = at_ > drawn_;
  common::ensure(!fresh || begin == drawn_, "output noise: another run drew other numbers of normals");
  drawn_ = std::max(drawn_, at_);
  if (values_.size() < drawn_) values_.resize(std::max(drawn_, 2 * values_.size()));
  return values_.data() + begin;
}

void OutputNoise::draw(int vectors, const NoiseAddresses& addresses, float* normals) const {
  const NoiseField field{{key_[0], key_[1]},
                         chain_position_,
                         first_group_,
                         static_cast<std::uint32_t>(stride_ / kNoiseGroup),
                         vectors,
                         addresses.images,
                         addresses.positions,
                         normals};
  return common::isa() >= common::Isa::Avx512 ? draw_noise_avx512(field) : draw_noise_v3(field);
}

}  // namespace phasecore::analog
