// What the search itself costs per round: asking NSGA-II for 16 children, 32 made per child kept, prescreened
// by the surrogate, and learning their scores; everything but the evaluations. Three objectives, 20 genes.
// Evaluating 16 candidates takes 16 CPU-seconds and more (docs/search.md): 1 % of that are 160 ms.
#include <benchmark/benchmark.h>

#include <cmath>

#include "nas/pareto/engine.hpp"
#include "nas/surrogate/surrogate.hpp"

namespace {

using namespace phasecore;

constexpr int kRound = 16;

class Networks : public pareto::Domain {
 public:
  int genes() const override { return 20; }
  int choices(int gene) const override { return 3 + gene % 4; }
  bool ordered(int gene) const override { return gene % 3 != 0; }
  bool has_effect(const pareto::Genes&, int) const override { return true; }
  pareto::Genes canonical(const pareto::Genes& genes) const override { return genes; }
  bool exists(const pareto::Genes&) const override { return true; }
};

/// Accuracy, latency and energy of a sort: in conflict, so that the front is long.
pareto::Score score_of(const pareto::Genes& genes) {
  double gain = 0, time = 1, energy = 1;
  for (std::size_t g = 0; g < genes.size(); ++g) {
    gain += std::sqrt(1.0 + genes[g]) * (1 + static_cast<double>(g % 5));
    time += genes[g] * (g % 2 == 0 ? 1.0 : 0.2);
    energy += genes[g] * (g % 2 == 0 ? 0.3 : 1.0);
  }
  return {{-gain, time, energy}, {0.2, 0, 0}, time > 28 ? (time - 28) / 28 : 0};
}

void round_of_the_search(benchmark::State& state) {
  const Networks domain;
  surrogate::Surrogate surrogate({});
  const auto rows_of = [&](const std::vector<pareto::Genes>& all) {
    std::vector<surrogate::Row> rows;
    for (const auto& genes : all) rows.push_back(surrogate::encode(domain, genes));
    return rows;
  };
  const auto engine = pareto::make_engine("nsga2", domain, {}, [&](const auto& children, std::size_t keep) {
    return surrogate.select(rows_of(children), keep);
  });
  const auto round = [&] {
    const auto asked = engine->ask(kRound);
    std::vector<pareto::Evaluated> told;
    std::vector<pareto::Score> scores;
    for (const auto& genes : asked) {
      scores.push_back(score_of(genes));
      told.push_back({genes, scores.back()});
    }
    engine->tell(told);
    surrogate.tell(rows_of(asked), scores);
  };
  for (int told = 0; told < state.range(0); told += kRound) round();
  for (auto _ : state) round();
  state.counters["active"] = surrogate.active();
}

}  // namespace

// After so many evaluations; few iterations, because every round makes the next one a little dearer.
BENCHMARK(round_of_the_search)->Arg(64)->Arg(256)->Arg(512)->Iterations(4)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
