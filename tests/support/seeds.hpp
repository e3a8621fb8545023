// Seeds of random cases: which ones a test runs, and how to repeat the one that failed.
//
// PHASECORE_TEST_SEED=n     that case alone
// PHASECORE_TEST_FROM=n     n is added to every seed: the same number of cases that nobody has run before
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace phasecore::test {

/// [first, first + count), unless the environment says otherwise. Throws InputError for a variable that is no
/// whole number of 32 bits.
std::vector<std::uint32_t> seeds(std::uint32_t first, int count);

/// Does the environment leave the cases as they are? Else nothing can be said about how many are of a kind.
bool all_seeds();

/// "seed 17; again: PHASECORE_TEST_SEED=17 .../test_x --gtest_filter=Suite.Test", for the test that runs.
std::string how_to_repeat(std::uint32_t seed);

/// What `action` throws fails the test, within the traces of the scope.
void expect_no_throw(const std::function<void()>& action);

/// Runs `one` for every seed and stops after the first case that fails, with how_to_repeat() in every
/// message; what a case throws fails it.
void for_seeds(std::uint32_t first, int count, const std::function<void(std::uint32_t seed)>& one);

}  // namespace phasecore::test
