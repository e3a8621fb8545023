// exp and ln in single precision without library calls or branches, so that compilers vectorise the loops
// around them. Only IEEE basic operations (and no contraction): the same bits in a vector, in its tail and on
// every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace phasecore::analog {

/// Natural logarithm of a normal number x > 0; at most 1 ulp off. Reduction and polynomial of fdlibm's logf:
/// x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), s = f / (2 + f).
inline float log_positive(float x) {
  std::int32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  bits -= 0x3f3504f3;  // sqrt(1/2)
  const float k = static_cast<float>(bits >> 23);
  bits = (bits & 0x007fffff) + 0x3f3504f3;
  float m = 0;
  std::memcpy(&m, &bits, sizeof m);
  const float f = m - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  const float w = z * z;
  const float r = z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
  const float half_square = 0.5f * f * f;
  return s * (half_square + r) + k * 9.0580006145e-06f - half_square + f + k * 6.9313812256e-01f;
}

/// e^x for -87 <= x <= 88 (clamped there); at most 1 ulp off. Polynomial of Cephes' expf after x = n ln 2 +
/// r.
inline float exp_clamped(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float n = std::rint(x * 1.44269504f);
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const std::int32_t bits = (static_cast<std::int32_t>(n) + 127) << 23;
  float power = 0;
  std::memcpy(&power, &bits, sizeof power);
  return (p * (r * r) + r + 1.0f) * power;
}

}  // namespace phasecore::analog
