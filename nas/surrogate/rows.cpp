#include <cmath>
#include <map>

#include "common/diagnostics.hpp"
#include "nas/surrogate/surrogate.hpp"

namespace phasecore::surrogate {

Row encode(const pareto::Domain& domain, const pareto::Genes& genes, const Row& more) {
  Row row;
  std::map<int, std::vector<double>> taken;  // of each alphabet
  std::map<int, int> users;
  for (int g = 0; g < domain.genes(); ++g) {
    const int choice = genes.at(static_cast<std::size_t>(g)), choices = domain.choices(g);
    if (domain.ordered(g)) {
      row.push_back(choice);
      continue;
    }
    for (int c = 0; c < choices; ++c) row.push_back(c == choice ? 1 : 0);
    auto& counts = taken[domain.alphabet(g)];
    common::ensure(counts.empty() || static_cast<int>(counts.size()) == choices,
                   "encode: genes of one alphabet have equally many choices");
    counts.resize(static_cast<std::size_t>(choices), 0);
    counts[static_cast<std::size_t>(choice)] += 1;
    ++users[domain.alphabet(g)];
  }
  for (const auto& [alphabet, counts] : taken)
    if (users[alphabet] > 1) row.insert(row.end(), counts.begin(), counts.end());
  row.insert(row.end(), more.begin(), more.end());
  return row;
}

/// Over pairs: (concordant - discordant) / sqrt(pairs not tied in a * pairs not tied in b), Kendall 1945.
std::optional<double> kendall_tau(const std::vector<double>& a, const std::vector<double>& b) {
  common::ensure(a.size() == b.size(), "kendall_tau: lists of different lengths");
  const auto sign = [](double x) { return (x > 0) - (x < 0); };
  long long sum = 0, untied_a = 0, untied_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = i + 1; j < a.size(); ++j) {
      const int of_a = sign(a[i] - a[j]), of_b = sign(b[i] - b[j]);
      sum += of_a * of_b;
      untied_a += of_a != 0;
      untied_b += of_b != 0;
    }
  if (untied_a == 0 || untied_b == 0) return std::nullopt;
  return static_cast<double>(sum) / std::sqrt(static_cast<double>(untied_a) * static_cast<double>(untied_b));
}

}  // namespace phasecore::surrogate
