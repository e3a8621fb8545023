// PCM devices: programming noise, drift, read noise (statistical model of aihwkit at 4545f11; see
// docs/model.md). Conductances in uS, times in s. z: recorded or keyed standard normals, so golden tests can
// inject theirs.
#pragma once

#include <cstddef>
#include <vector>

#include "common/random.hpp"
#include "sim/config/device.hpp"

namespace phasecore::analog {

double programming_sigma(const config::Device& d, double g_target);  ///< uS
double drift_mean(const config::Device& d, double g_target);
double drift_sigma(const config::Device& d, double g_target);
double read_noise_q(const config::Device& d, double g_prog);

/// n devices: what programming leaves. g_prog = max(g_target + sigma z_prog, 0), nu = |mu + sigma z_nu|.
void program(const config::Device& d, std::size_t n, const float* g_target, const float* z_prog,
             const float* z_nu, float* g_prog, float* nu);

/// n devices at t_inference seconds after programming ended (t = t_inference + t0); 1/f read noise drawn once
/// per readout: g = max(g_drift + |g_drift| Q(g_prog / g_max) sqrt(ln((t + t_read) / (2 t_read))) z_read, 0).
void read(const config::Device& d, std::size_t n, const float* g_prog, const float* nu, double t_inference_s,
          const float* z_read, float* g);

}  // namespace phasecore::analog
