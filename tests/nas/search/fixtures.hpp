// A search on the synthetic table of tests/data/search.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nas/search/search.hpp"
#include "nas/search/tables.hpp"
#include "tests/support/support.hpp"

namespace phasecore::search {

inline LoadedSettings table_settings(std::vector<std::string> more = {}) {
  more.insert(more.begin(), "evaluator.table=" + test::source_path("tests/data/search/table.csv"));
  return load_settings("analognas-bench", more);
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
