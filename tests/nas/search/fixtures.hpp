// A search on the synthetic table of tests/data/search.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/spaces/load.hpp"
#include "nas/search/search.hpp"
#include "nas/search/tables.hpp"
#include "tests/support/support.hpp"

namespace phasecore::search {

inline LoadedSettings table_settings(std::vector<std::string> more = {}) {
  more.insert(more.begin(), "evaluator.table=" + test::source_path("tests/data/search/table.csv"));
  return load_settings("analognas-bench", more);
}

/// Of a problem that a table has posed, what it evaluates with: `evaluator`, by these settings, over cells of
/// nasbench201.
inline void replace_evaluator(Problem& problem, const LoadedSettings& loaded,
                              const std::shared_ptr<const evaluate::Evaluator>& evaluator, int steps,
                              common::Diagnostics& diagnostics) {
  problem.settings = loaded.settings;
  problem.evaluator = evaluator;
  problem.search_steps = steps;
  problem.judge = std::make_unique<Judge>(loaded, *evaluator, steps, diagnostics);
  const std::shared_ptr<const spaces::Space> space =
      spaces::make(common::merged_settings(spaces::space_files, "nasbench201"), diagnostics);
  problem.domain =
      std::make_unique<JointDomain>(space, std::vector<ChipGene>{}, std::function<bool(const Genes&)>{});
}

inline Hooks quiet_hooks() {
  Hooks hooks;
  hooks.seconds = [] { return 0.0; };
  return hooks;
}

/// What a search leaves behind.
struct Left {
  Result result;
  std::string front, candidates, dump;
};

inline Left run_search(const Problem& problem, archive::Archive& archive, int workers,
                       const Hooks& hooks = quiet_hooks()) {
  evaluate::Pool pool([&] { return problem.evaluator; }, workers);
  Left left;
  left.result = run(problem, archive, pool, hooks);
  left.front = front_table(problem, left.result).csv();
  left.candidates = candidates_table(problem, left.result).csv();
  left.dump = archive.dump();
  return left;
}

inline Left run_search(const Problem& problem, int workers, const Hooks& hooks = quiet_hooks()) {
  archive::Archive archive(":memory:", problem.identity, archive::Mode::Fresh, "");
  return run_search(problem, archive, workers, hooks);
}

}  // namespace phasecore::search
