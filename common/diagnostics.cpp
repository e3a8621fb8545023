#include "common/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/bytes.hpp"
#include "common/text.hpp"

namespace phasecore::common {

template <class A>
void serialize(A& a, Location& v) {
  a(v.file, v.line, v.column);
}
template <class A>
void serialize(A& a, Diagnostic& v) {
  a(v.where, v.message, v.details);
}

namespace {

std::string join(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  const std::size_t shown = std::min(diagnostics.size(), kMostShown);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : "\n") + to_string(diagnostics[i]);
  if (shown < diagnostics.size()) text += fmt::format("\nand {} more", diagnostics.size() - shown);
  return text;
}

/// Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`, ignoring case.
int edit_distance(const std::string& a, const std::string& b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  };
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = d[i - 1][j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string to_string(const Location& where) {
  if (where.line <= 0) return where.file;
  if (where.column <= 0) return fmt::format("{}:{}", where.file, where.line);
  return fmt::format("{}:{}:{}", where.file, where.line, where.column);
}

std::string to_string(const Diagnostic& diagnostic) {
  const std::string place = to_string(diagnostic.where);
  const std::string line = printable((place.empty() ? "error: " : place + ": error: ") + diagnostic.message);
  return diagnostic.details.empty() ? line : line + '\n' + diagnostic.details;
}

std::string pack(const std::vector<Diagnostic>& diagnostics) {
  return to_bytes(diagnostics);
}

std::vector<Diagnostic> unpack_diagnostics(std::string_view bytes) {
  std::vector<Diagnostic> diagnostics;
  from_bytes(bytes, "diagnostics", diagnostics);
  return diagnostics;
}

InputError::InputError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(join(diagnostics)), diagnostics_(std::move(diagnostics)) {}

InputError::InputError(std::string message)
    : InputError(std::vector<Diagnostic>{{Location{}, std::move(message)}}) {}

void ensure(bool condition, const std::string& what) {
  if (!condition) throw InternalError(what);
}

InputError placed_at(const Location& where, const InputError& error) {
  std::vector<Diagnostic> diagnostics = error.diagnostics();
  for (Diagnostic& d : diagnostics)
    if (d.where.file.empty()) d.where = where;
  return InputError(std::move(diagnostics));
}

void Diagnostics::add(Location where, std::string message) {
  list_.push_back({std::move(where), std::move(message)});
}

void Diagnostics::raise_if_any() const {
  if (!list_.empty()) throw InputError(list_);
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestName =
      100;  // the distance costs length squared; nobody mistypes a longer name
  if (word.empty() || word.size() > kLongestName) return "";
  // A third of the letters may be wrong: 'bit' is near 'bits', but 'x' is not near 'y'.
  int best_distance = std::min<int>(3, std::max<int>(1, static_cast<int>(word.size()) / 3)) + 1;
  const std::string* best = nullptr;
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongestName) continue;
    const int distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < static_cast<int>(std::max(word.size(), candidate.size()))) {
      best_distance = distance;
      best = &candidate;
    }
  }
  return best == nullptr ? "" : fmt::format("; did you mean '{}'?", *best);
}

}  // namespace phasecore::common
