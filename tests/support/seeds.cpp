#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "common/diagnostics.hpp"

namespace phasecore::test {
namespace {

std::optional<std::uint32_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  std::size_t read = 0;
  unsigned long long value = 0;
  try {
    value = std::stoull(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  if (read == 0 || text[read] != '\0' || value > UINT32_MAX)
    throw common::InputError(std::string(variable) + " is '" + text + "'; allowed is 0 to 4294967295");
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::vector<std::uint32_t> seeds(std::uint32_t first, int count) {
  if (const auto one = number_in("PHASECORE_TEST_SEED")) return {*one};
  first += number_in("PHASECORE_TEST_FROM").value_or(0);
  std::vector<std::uint32_t> all;
  for (int i = 0; i < count; ++i) all.push_back(first + static_cast<std::uint32_t>(i));
  return all;
}

bool all_seeds() {
  return !number_in("PHASECORE_TEST_SEED") && !number_in("PHASECORE_TEST_FROM");
}

std::string how_to_repeat(std::uint32_t seed) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::error_code unknown;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
  return "seed " + std::to_string(seed) + "; again: PHASECORE_TEST_SEED=" + std::to_string(seed) + ' ' +
         program + " --gtest_filter=" + test->test_suite_name() + '.' + test->name();
}

void expect_no_throw(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "the case throws: " << e.what();
  }
}

void for_seeds(std::uint32_t first, int count, const std::function<void(std::uint32_t seed)>& one) {
  for (const std::uint32_t seed : seeds(first, count)) {
    SCOPED_TRACE(how_to_repeat(seed));
    expect_no_throw([&] { one(seed); });
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace phasecore::test
