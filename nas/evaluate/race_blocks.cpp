#include "nas/evaluate/race_blocks.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::evaluate {

std::string block_figure(const std::string& figure, int block) {
  return figure + "#" + std::to_string(block);
}

bool is_block_figure(const std::string& figure) {
  return figure.find('#') != std::string::npos;
}

void add_blocks(figures::Figures& into, const std::string& figure, const monte_carlo::Outcomes& outcomes) {
  common::ensure(outcomes.images % kRaceBlocks == 0, "evaluate: images of a race do not make whole blocks");
  const int size = outcomes.images / kRaceBlocks;
  std::vector<double> sums(kRaceBlocks, 0);
  for (std::size_t n = 0; n < outcomes.values.size(); ++n)
    sums[n % static_cast<std::size_t>(outcomes.images) / static_cast<std::size_t>(size)] +=
        outcomes.values[n];
  for (int b = 0; b < kRaceBlocks; ++b)
    into[block_figure(figure, b)] = {sums[b] / (static_cast<double>(size) * outcomes.instances), 0};
}

std::vector<double> blocks_of(const figures::Figures& figures, const std::string& figure) {
  std::vector<double> blocks;
  for (int b = 0; b < kRaceBlocks; ++b) {
    const auto found = figures.find(block_figure(figure, b));
    if (found == figures.end()) return {};
    blocks.push_back(found->second.value);
  }
  return blocks;
}

}  // namespace phasecore::evaluate
