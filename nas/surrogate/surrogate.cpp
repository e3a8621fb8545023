#include "nas/surrogate/surrogate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/diagnostics.hpp"
#include "common/random.hpp"
#include "nas/surrogate/acquisition.hpp"
#include "nas/surrogate/target.hpp"

namespace phasecore::surrogate {

using pareto::Point;
using pareto::Score;

namespace {

constexpr std::size_t kLeastPredictions = 16;  ///< for a rank correlation and a spread of errors

}  // namespace

struct Surrogate::State {
  /// What is learned of one objective, and how well.
  struct Objective {
    Target target;
    /// The last ones: what was predicted before it was trained on, and what it was.
    std::vector<double> predicted, measured;
  };

  Settings settings;
  std::vector<Row> rows;
  std::vector<Score> scores;
  std::vector<Point> front;  ///< of everything feasible told, exact dominance
  std::vector<Objective> objectives;
  Target infeasible;  ///< 0 or 1
  bool fitted = false;

  double objective(std::size_t row, std::size_t k) const {
    const auto& all = scores[row].objectives;
    return k < all.size() ? all[k] : std::numeric_limits<double>::quiet_NaN();
  }

  void add(const std::vector<Row>& fresh, const std::vector<Score>& measured) {
    rows.insert(rows.end(), fresh.begin(), fresh.end());
    scores.insert(scores.end(), measured.begin(), measured.end());
    for (const Score& score : measured) {
      if (score.violation > 0) continue;
      common::ensure(objectives.empty() || objectives.size() == score.objectives.size(),
                     "surrogate: the number of objectives changed");
      objectives.resize(score.objectives.size());
      const Point& p = score.objectives;
      const auto covers = [](const Point& a, const Point& b) { return a == b || pareto::dominates(a, b); };
      if (std::any_of(front.begin(), front.end(), [&](const Point& q) { return covers(q, p); })) continue;
      front.erase(std::remove_if(front.begin(), front.end(), [&](const Point& q) { return covers(p, q); }),
                  front.end());
      front.push_back(p);
    }
  }

  /// Predictions of the rows from `first` on, which no model has seen yet.
  void test(std::size_t first) {
    const Matrix fresh({rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end()});
    const auto window = static_cast<std::size_t>(settings.window);
    for (std::size_t k = 0; k < objectives.size(); ++k) {
      Objective& o = objectives[k];
      const std::vector<double> values = o.target.predict(fresh);
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(objective(first + i, k))) continue;
        o.predicted.push_back(values[i]);
        o.measured.push_back(objective(first + i, k));
      }
      for (auto* list : {&o.predicted, &o.measured})
        if (list->size() > window)
          list->erase(list->begin(), list->end() - static_cast<std::ptrdiff_t>(window));
    }
  }

  void fit() {
    std::vector<double> labels(rows.size());
    for (std::size_t k = 0; k < objectives.size(); ++k) {
      for (std::size_t i = 0; i < rows.size(); ++i) labels[i] = objective(i, k);
      objectives[k].target = Target(rows, labels, settings.seed + k);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) labels[i] = scores[i].violation > 0 ? 1 : 0;
    infeasible = Target(rows, labels, settings.seed + objectives.size());
    fitted = true;
  }

  /// In place of predictions. What is known of all has no deviation.
  void put_known(Candidates& candidates, const std::vector<Surrogate::Known>& known) const {
    if (known.empty()) return;
    common::ensure(known.size() == candidates.means.size(), "surrogate: what is known, of each child");
    for (std::size_t k = 0; k < objectives.size(); ++k) {
      bool of_all = true;
      for (std::size_t i = 0; i < known.size(); ++i) {
        const auto& value = known[i].objectives.at(k);
        if (value) candidates.means[i][k] = *value;
        of_all = of_all && value.has_value();
      }
      if (of_all) candidates.deviations[k] = 0;
    }
    for (std::size_t i = 0; i < known.size(); ++i)
      if (known[i].infeasible) candidates.feasible[i] = 0;
  }

  /// Root mean square of the honest errors; before there are enough, the spread of the objective itself.
  Point deviations() const {
    Point all;
    for (const Objective& o : objectives) {
      double square = 0;
      for (std::size_t i = 0; i < o.predicted.size(); ++i)
        square += (o.predicted[i] - o.measured[i]) * (o.predicted[i] - o.measured[i]);
      all.push_back(o.predicted.size() < kLeastPredictions
                        ? o.target.spread()
                        : std::sqrt(square / static_cast<double>(o.predicted.size())));
    }
    return all;
  }
};

Surrogate::Surrogate(const Settings& settings) : state_(std::make_unique<State>()) {
  common::Diagnostics wrong;
  if (settings.from_rows < 2) wrong.add({}, "surrogate: from_rows must be at least 2");
  if (settings.window < static_cast<int>(kLeastPredictions))
    wrong.add({}, "surrogate: window must be at least 16");
  if (!(settings.min_tau >= -1 && settings.min_tau <= 1))
    wrong.add({}, "surrogate: min_tau must be within -1 and 1");
  if (!(settings.exploration >= 0 && settings.exploration <= 1))
    wrong.add({}, "surrogate: exploration must be within 0 and 1");
  wrong.raise_if_any();
  state_->settings = settings;
}

Surrogate::~Surrogate() = default;

void Surrogate::tell(const std::vector<Row>& rows, const std::vector<Score>& scores) {
  common::ensure(rows.size() == scores.size(), "surrogate: one score per row");
  State& s = *state_;
  if (!s.settings.enabled || rows.empty()) return;
  const std::size_t first = s.rows.size();
  s.add(rows, scores);
  if (s.fitted) s.test(first);
  if (!s.front.empty() && 2 * s.rows.size() >= static_cast<std::size_t>(s.settings.from_rows)) s.fit();
}

bool Surrogate::active() const {
  const State& s = *state_;
  if (!s.fitted || s.rows.size() < static_cast<std::size_t>(s.settings.from_rows)) return false;
  const auto all = taus();
  return std::none_of(all.begin(), all.end(),
                      [&](const auto& tau) { return tau && *tau < s.settings.min_tau; });
}

std::vector<std::optional<double>> Surrogate::taus() const {
  std::vector<std::optional<double>> all;
  for (const State::Objective& o : state_->objectives)
    all.push_back(o.predicted.size() < kLeastPredictions ? std::nullopt
                                                         : kendall_tau(o.predicted, o.measured));
  return all;
}

std::vector<Surrogate::Prediction> Surrogate::predict(const std::vector<Row>& rows) const {
  const State& s = *state_;
  common::ensure(s.fitted, "surrogate: nothing is fitted yet");
  const Matrix matrix(rows);
  std::vector<Prediction> all(rows.size());
  for (const State::Objective& o : s.objectives) {
    const std::vector<double> values = o.target.predict(matrix);
    for (std::size_t i = 0; i < rows.size(); ++i) all[i].objectives.push_back(values[i]);
  }
  const std::vector<double> chance = s.infeasible.predict(matrix);
  for (std::size_t i = 0; i < rows.size(); ++i) all[i].infeasible = std::clamp(chance[i], 0.0, 1.0);
  return all;
}

std::vector<std::size_t> Surrogate::select(const std::vector<Row>& children, std::size_t keep,
                                           const std::vector<Known>& known) const {
  const State& s = *state_;
  common::ensure(keep <= children.size(), "surrogate: fewer children than are to be kept");
  std::vector<std::size_t> kept(keep);
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  if (keep == 0 || !active()) return kept;

  // Draws are addressed by what was told, so that every round has its own.
  const auto told = static_cast<std::uint32_t>(s.rows.size());
  const auto key = [&](const char* what) {
    return common::RandomKey{s.settings.seed, common::Purpose::Search, told, common::stable_hash(what), 0, 0};
  };
  // The share is kept on average: 2.4 children are 2 or, in four rounds of ten, 3.
  float fraction = 0;
  common::fill_uniform(key("surrogate share"), 0, 0, 0, 1, &fraction);
  const auto drawn =
      std::min(keep, static_cast<std::size_t>(static_cast<double>(keep) * s.settings.exploration +
                                              static_cast<double>(fraction)));
  Candidates candidates;
  candidates.deviations = s.deviations();
  for (Prediction& prediction : predict(children)) {
    candidates.means.push_back(std::move(prediction.objectives));
    candidates.feasible.push_back(1 - prediction.infeasible);
  }
  s.put_known(candidates, known);
  kept = most_promising(s.front, candidates, keep - drawn, key("surrogate outcomes"));

  std::vector<bool> taken(children.size(), false);
  for (const std::size_t i : kept) taken[i] = true;
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < children.size(); ++i)
    if (!taken[i]) left.push_back(i);
  for (std::uint64_t draw = 0; kept.size() < keep; ++draw) {
    const auto at =
        common::uniform_index(key("surrogate exploration"), draw, static_cast<std::uint32_t>(left.size()));
    kept.push_back(left[at]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return kept;
}

}  // namespace phasecore::surrogate
