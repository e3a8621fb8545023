// How much a run will have to do, known before it begins.
#pragma once

#include <cstdint>
#include <string>

#include "sim/mapping/mapping.hpp"

namespace phasecore::run {

enum class Engine;

/// Times that the stages of a mapping compute for one image, every sub-matrix on its own.
std::int64_t firings_per_image(const mapping::Mapping& map);

/// What so many firings cost, in words; "" where it is seconds.
std::string cost_of(std::int64_t firings, Engine engine);

/// Throws InputError for more firings than `most` (0: no limit).
void check_work(std::int64_t firings, std::int64_t most, Engine engine);

}  // namespace phasecore::run
