#include "sim/program/token_order.hpp"

#include <algorithm>

namespace phasecore::program {
namespace {

/// Of each pixel the number of its token.
std::vector<std::int32_t> tokens_of(const TokenOrder& order) {
  const std::vector<int> pixels = pixels_of(order);
  std::vector<std::int32_t> tokens(pixels.size());
  for (std::size_t token = 0; token < pixels.size(); ++token)
    tokens[pixels[token]] = static_cast<std::int32_t>(token);
  return tokens;
}

/// For each n >= 0: in how large a number of tokens of one order the first n tokens of another all are.
std::vector<std::int32_t> reaches(const TokenOrder& first, const TokenOrder& within) {
  const std::vector<std::int32_t> tokens = tokens_of(within);
  std::vector<std::int32_t> reach = {0};
  for (const int pixel : pixels_of(first)) reach.push_back(std::max(reach.back(), tokens[pixel] + 1));
  return reach;
}

}  // namespace

TokenOrder raster_order(int rows, int columns) {
  return {rows, columns, 1, columns};
}

std::vector<int> pixels_of(const TokenOrder& order) {
  std::vector<int> pixels;
  pixels.reserve(static_cast<std::size_t>(order.rows) * order.columns);
  for (int top = 0; top < order.rows; top += order.tile_rows)
    for (int left = 0; left < order.columns; left += order.tile_columns)
      for (int y = top; y < std::min(top + order.tile_rows, order.rows); ++y)
        for (int x = left; x < std::min(left + order.tile_columns, order.columns); ++x)
          pixels.push_back(y * order.columns + x);
  return pixels;
}

Reach as_they_come(const Conversion& conversion) {
  // The first n read have come with so many tokens; the first n that come are all read among so many.
  const auto come = reaches(conversion.read, conversion.sent);
  const auto read = reaches(conversion.sent, conversion.read);
  Reach reach;
  for (const std::int32_t n : conversion.need) reach.need.push_back(come[n]);
  for (const std::int32_t n : conversion.release)
    reach.release.push_back(
        static_cast<std::int32_t>(std::upper_bound(read.begin(), read.end(), n) - read.begin()) - 1);
  return reach;
}

common::Picoseconds fetching_ps(const Conversion& conversion, int firing_of_image) {
  const std::int32_t before = firing_of_image > 0 ? conversion.need[firing_of_image - 1] : 0;
  return (conversion.need[firing_of_image] - before) * conversion.token_ps;
}

}  // namespace phasecore::program
