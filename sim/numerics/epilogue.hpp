// What a core's digital unit does after the sums are complete: activations, added inputs, pooling,
// rounding to codes. Element by element in FP16, so a vector's result does not depend on the vectors beside
// it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/analog/core_pass.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::numerics {

/// An FP16 number's 16 bits, and back.
std::uint16_t fp16_bits(float value);
float fp16_value(std::uint16_t bits);

/// values = fp16(values), in place.
void round_fp16(std::size_t count, float* values);

/// The clamp of an activation, without its functions; the limits of a Clip are rounded to FP16 like
/// everything in the digital unit.
analog::Limits limits_of(const mapping::Activation& activation);
/// The same in place.
void activate(const mapping::Activation& activation, std::size_t count, float* values);

/// values = fp16(values + codes * step).
void add_codes(std::size_t count, const std::int8_t* codes, float step, float* values);

/// values = fp16(codes * step).
void decode(std::size_t count, const std::int8_t* codes, float step, float* values);

/// analog::to_code() for many values.
void encode(std::size_t count, const float* values, float inverse_step, int max_code, std::int8_t* codes);

/// Pixel-major values of an image.
struct Plane {
  const float* values = nullptr;
  mapping::Raster raster;
};

/// One pixel of a pool over a plane, all its channels. Largest value, or average as a float sum in raster
/// order, one division, FP16.
void pool_pixel(const mapping::Pool& pool, const Plane& plane, int out_y, int out_x, float* out);

}  // namespace phasecore::numerics
