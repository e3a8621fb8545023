#include "nas/search/reasons.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace phasecore::search {
namespace {

constexpr std::size_t kMost = 5;

/// Without numbers and what stands in quotes: "layer '' needs # cores".
std::string kind_of(const std::string& text) {
  std::string kind;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (quoted && c != '\'') continue;
    if (!digit)
      kind += c;
    else if (kind.empty() || kind.back() != '#')
      kind += '#';
  }
  return kind;
}

}  // namespace

std::vector<Reason> commonest_reasons(const Result& result) {
  std::map<std::string, Reason> by_kind;
  const auto count = [&](const std::string& kind, const std::string& text) {
    Reason& reason = by_kind[kind];
    if (reason.candidates++ == 0) reason.text = text;
  };
  for (const Candidate& c : result.candidates) {
    for (const auto& rule : c.verdict.broken) count(rule, rule);
    if (c.verdict.broken.empty() && !c.verdict.reason.empty())
      count(kind_of(c.verdict.reason), c.verdict.reason);
  }
  std::vector<Reason> all;
  for (auto& [kind, reason] : by_kind) all.push_back(std::move(reason));
  std::stable_sort(all.begin(), all.end(),
                   [](const Reason& a, const Reason& b) { return a.candidates > b.candidates; });
  all.resize(std::min(all.size(), kMost));
  return all;
}

}  // namespace phasecore::search
