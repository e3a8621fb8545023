#include "sim/monte_carlo/layer_figures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/diagnostics.hpp"

namespace phasecore::monte_carlo {
namespace {

constexpr std::size_t kLayers = 2, kSamples = 3;

/// Answers are bytes from 0 to 7.
std::string answers(const char* digits) {
  std::string result;
  for (const char* d = digits; *d != '\0'; ++d) result += static_cast<char>(*d - '0');
  return result;
}

LayerFigures figures() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {
      answers("101"),
      answers("001"),
      {{answers("100"), answers("011"), 2.5, std::nan("")}, {answers("000"), answers("111"), kInfinity, 0}}};
}

TEST(LayerFigures, SurviveTheWayAsBytes) {
  const LayerFigures sent = figures();
  const std::string bytes = sent.to_bytes();
  const LayerFigures back = LayerFigures::from_bytes(bytes, kLayers, kSamples);
  EXPECT_EQ(back.to_bytes(), bytes);
  EXPECT_EQ(back.quantised, sent.quantised);
  EXPECT_EQ(back.analog, sent.analog);
  ASSERT_EQ(back.layers.size(), kLayers);
  EXPECT_EQ(back.layers[0].recovered, sent.layers[0].recovered);
  EXPECT_EQ(back.layers[0].signal, 2.5);
  EXPECT_TRUE(std::isnan(back.layers[0].noise));
  EXPECT_EQ(back.layers[1].alone, sent.layers[1].alone);
  EXPECT_TRUE(std::isinf(back.layers[1].signal));
}

TEST(LayerFigures, OfAnotherSizeAndBrokenOnesAreRefused) {
  const std::string bytes = figures().to_bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(LayerFigures::from_bytes(bytes.substr(0, size), kLayers, kSamples), common::InternalError)
        << size;
  EXPECT_THROW(LayerFigures::from_bytes(bytes + "x", kLayers, kSamples), common::InternalError);
  EXPECT_THROW(LayerFigures::from_bytes(bytes, kLayers + 1, kSamples), common::InternalError);
  EXPECT_THROW(LayerFigures::from_bytes(bytes, kLayers, kSamples - 1), common::InternalError);
  LayerFigures odd = figures();
  odd.layers[1].alone += '\0';
  EXPECT_THROW(LayerFigures::from_bytes(odd.to_bytes(), kLayers, kSamples), common::InternalError);
}

}  // namespace
}  // namespace phasecore::monte_carlo
