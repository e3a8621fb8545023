#include "nas/search/importance.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "common/diagnostics.hpp"

namespace phasecore::search {

std::optional<double> main_effect(const std::vector<std::string>& groups, const std::vector<double>& values) {
  common::ensure(groups.size() == values.size(), "importance: a group per value");
  struct Group {
    double sum = 0, count = 0;
  };
  std::map<std::string, Group> all;
  double mean = 0, total = 0, within = 0;
  const auto n = static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    all[groups[i]].sum += values[i];
    all[groups[i]].count += 1;
    mean += values[i] / n;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Group& group = all[groups[i]];
    const double inside = values[i] - group.sum / group.count;
    within += inside * inside;
    total += (values[i] - mean) * (values[i] - mean);
  }
  const auto g = static_cast<double>(all.size());
  if (!(total > 0) || n <= g) return std::nullopt;
  const double between = total - within, noise = within / (n - g);
  return std::max(0.0, (between - (g - 1) * noise) / total);
}

std::vector<GeneImportance> importance(const Problem& problem, const Result& result) {
  const std::size_t objectives = problem.settings.objectives.size();
  std::vector<std::vector<std::string>> words;  // per gene, of each candidate
  words.resize(problem.domain->names().size());
  std::vector<std::vector<double>> values(objectives);
  for (const Candidate& c : result.candidates) {
    const auto& known = c.verdict.score.objectives;
    if (known.size() != objectives ||
        !std::all_of(known.begin(), known.end(), [](double v) { return std::isfinite(v); }))
      continue;
    const auto choices = problem.domain->words(c.genes);
    for (std::size_t gene = 0; gene < choices.size(); ++gene) words[gene].push_back(choices[gene]);
    for (std::size_t o = 0; o < objectives; ++o) values[o].push_back(known[o]);
  }
  std::vector<GeneImportance> all;
  for (std::size_t gene = 0; gene < words.size(); ++gene) {
    all.push_back({problem.domain->names()[gene], {}});
    for (std::size_t o = 0; o < objectives; ++o)
      all.back().shares.push_back(main_effect(words[gene], values[o]));
  }
  return all;
}

common::Table importance_table(const Problem& problem, const Result& result) {
  std::vector<common::Column> columns = {{"gene", "gene"}};
  for (const Objective& o : problem.settings.objectives) columns.push_back({o.figure, o.figure});
  common::Table table(columns);
  for (const GeneImportance& one : importance(problem, result)) {
    std::vector<common::Cell> row = {one.gene};
    for (const auto& share : one.shares) row.push_back(share ? common::Cell{*share} : common::Cell{});
    table.add_row(std::move(row));
  }
  return table;
}

}  // namespace phasecore::search
