#include "nas/search/search.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <set>

#include "common/diagnostics.hpp"
#include "nas/evaluate/race_blocks.hpp"
#include "nas/pareto/dominance.hpp"
#include "nas/pareto/hypervolume.hpp"
#include "nas/pareto/indicators.hpp"
#include "nas/search/racing.hpp"
#include "nas/search/screening.hpp"

namespace phasecore::search {
namespace {

/// A search ends when the candidates are so many times those evaluated in full (and two more): the
/// constraints then rule out almost everything before it is evaluated in full.
constexpr int kMostAskedPerEvaluation = 50;

class Run {
 public:
  Run(const Problem& problem, archive::Archive& archive, evaluate::Pool& pool, const Hooks& hooks)
      : problem_(problem),
        archive_(archive),
        pool_(pool),
        hooks_(hooks),
        screening_(problem, archive),
        engine_(pareto::make_engine(problem.settings.algorithm, *problem.domain,
                                    engine_settings(problem.settings), screening_.prescreen())),
        spent_before_s_(archive.note("spent_s").value_or(0)),
        rounds_before_(static_cast<int>(archive.note("rounds").value_or(0))) {}

  Result run() {
    try {
      result_.stop = search();
      if (hooks_.ended) hooks_.ended(last_);
      if (problem_.confirm_step) confirm_front();
      describe_front();
      measure_front();
    } catch (const evaluate::Interrupted&) {
      result_.stop = Stop::Interrupted;
      if (last_.candidates != static_cast<int>(result_.candidates.size())) trace_round();
      describe_front();
    }
    save_time();
    return std::move(result_);
  }

 private:
  static pareto::EngineSettings engine_settings(const Settings& s) {
    pareto::EngineSettings e;
    e.seed = static_cast<std::uint64_t>(s.seed);
    e.population = s.population;
    e.crossover_rate = s.crossover_rate;
    e.mutation_rate = s.mutation_rate;
    e.oversupply = s.surrogate.oversupply;
    return e;
  }

  double spent_s() const { return spent_before_s_ + hooks_.seconds(); }
  void save_time() { archive_.set_note("spent_s", spent_s()); }

  Stop search() {
    const Budget& budget = problem_.settings.budget;
    const int most = budget.evaluations.value_or(std::numeric_limits<int>::max());
    while (result_.evaluations < most) {
      ++round_;
      screening_.begin_round(round_);
      std::vector<Genes> asked = engine_->ask(problem_.settings.population);
      if (round_ == 1) put_before(problem_.start, asked);
      if (asked.empty()) return Stop::Exhausted;
      evaluate_round(asked, most);
      trace_round();
      archive_.set_note("rounds", std::max(round_, rounds_before_));
      if (result_.candidates.size() / kMostAskedPerEvaluation >
          static_cast<std::size_t>(result_.evaluations) + 1)
        return Stop::NothingFits;
      if (is_flat()) return Stop::Flat;
      // Rounds that were done before the search was resumed are not cut off by the time they have taken: what
      // ended where the minutes had passed ends there again.
      const bool replayed = round_ < rounds_before_;
      if (budget.minutes && !replayed && spent_s() >= 60 * *budget.minutes) return Stop::Minutes;
      save_time();
    }
    return Stop::Evaluations;
  }

  /// What another search has found goes before what the engine asks for, nothing twice.
  static void put_before(const std::vector<Genes>& start, std::vector<Genes>& asked) {
    asked.erase(std::remove_if(asked.begin(), asked.end(),
                               [&](const Genes& genes) {
                                 return std::find(start.begin(), start.end(), genes) != start.end();
                               }),
                asked.end());
    asked.insert(asked.begin(), start.begin(), start.end());
  }

  /// Has the hypervolume grown by less than it should have in the last rounds? Unknown ones are no reason to
  /// end.
  bool is_flat() const {
    const auto& flat = problem_.settings.stop_when_flat;
    if (!flat || result_.trace.size() <= static_cast<std::size_t>(flat->rounds)) return false;
    const auto& before = (result_.trace.end() - 1 - flat->rounds)->hypervolume;
    const auto& now = result_.trace.back().hypervolume;
    return before && now && *before > 0 && *now <= *before * (1 + flat->gain);
  }

  void evaluate_round(const std::vector<Genes>& asked, int most) {
    const std::size_t first = result_.candidates.size();
    find_rivals();
    for (const Genes& genes : asked) {
      Candidate c;
      c.id = static_cast<int>(result_.candidates.size()) + 1;
      c.round = round_;
      c.genes = genes;
      result_.candidates.push_back(std::move(c));
    }
    std::vector<std::size_t> alive;
    for (std::size_t i = first; i < result_.candidates.size(); ++i) alive.push_back(i);
    const int deciding = problem_.judge->deciding_step();
    try {
      for (int step = 0; step <= deciding; ++step) {
        if (step == deciding || step == problem_.race_step)
          alive.resize(std::min<std::size_t>(alive.size(), most - result_.evaluations));
        alive = step_through(alive, step);
      }
    } catch (const evaluate::Interrupted&) {
      keep_judged(first);
      throw;
    }
    keep_judged(first);
    tell(first);
  }

  /// What the archive does not hold yet.
  std::vector<evaluate::Job> missing(const std::vector<std::size_t>& candidates, int step) const {
    std::vector<evaluate::Job> jobs;
    for (const std::size_t i : candidates)
      if (archive_.find(result_.candidates[i].genes, step) == nullptr)
        jobs.push_back({result_.candidates[i].genes, step});
    return jobs;
  }

  /// Where networks are trained on the way, candidates that differ in the chip alone share a training: the
  /// first of them goes ahead, the others read what it has made.
  void evaluate_jobs(const std::vector<evaluate::Job>& jobs, const evaluate::Pool::OnDone& store) {
    std::vector<std::vector<std::size_t>> waves(2);
    std::set<Genes> seen;
    const bool trains = problem_.settings.evaluator.recipe.has_value();
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      const bool first = !trains || seen.insert(problem_.domain->of_space(jobs[j].genes)).second;
      waves[first ? 0 : 1].push_back(j);
    }
    for (const auto& wave : waves) {
      if (wave.empty()) continue;
      std::vector<evaluate::Job> together;
      for (const std::size_t j : wave) together.push_back(jobs[j]);
      pool_.run(
          together, [&](std::size_t j, const evaluate::Outcome& outcome) { store(wave[j], outcome); },
          hooks_.interrupted);
    }
  }

  archive::Evaluation evaluation(const evaluate::Job& job, const evaluate::Outcome& outcome) const {
    archive::Evaluation e;
    e.genes = job.genes;
    e.step = job.step;
    e.fidelity = name_of(problem_.evaluator->fidelity(job.step));
    e.figures = outcome.figures;
    e.failure = outcome.failure;
    e.lost = outcome.lost;
    return e;
  }

  /// One step for the candidates; those that can go on.
  std::vector<std::size_t> step_through(const std::vector<std::size_t>& alive, int step) {
    const bool decides = step == problem_.judge->deciding_step();
    const bool races = step == problem_.race_step;
    const auto jobs = missing(alive, step);
    int done = 0;
    const auto store = [&](std::size_t job, const evaluate::Outcome& outcome) {
      archive_.store(evaluation(jobs[job], outcome));
      if (hooks_.progress) hooks_.progress(state(decides ? ++done : 0));
    };
    if (hooks_.interrupted && hooks_.interrupted()) throw evaluate::Interrupted("interrupted");
    std::exception_ptr interrupted;
    try {
      evaluate_jobs(jobs, store);
    } catch (const evaluate::Interrupted&) {
      interrupted = std::current_exception();  // what is done counts, as it does in the archive
    }
    std::vector<std::size_t> left;
    for (const std::size_t i : alive)
      if (take(result_.candidates[i], step, decides)) left.push_back(i);
    if (races) race(left);
    if (interrupted) std::rethrow_exception(interrupted);
    return left;
  }

  /// What was measured takes the place of older figures of the same name.
  static void adopt(Figures& figures, const archive::Evaluation& e) {
    for (const auto& [name, figure] : e.figures)
      if (!evaluate::is_block_figure(name)) figures[name] = figure;
  }

  /// Leaves those that no rival has clearly beaten; the others count as evaluated. Rivals are of earlier
  /// rounds alone, so that nothing depends on the order within one.
  void race(std::vector<std::size_t>& alive) {
    const Racing racing(problem_, archive_, rivals_);
    const auto is_out = [&](std::size_t i) {
      Candidate& c = result_.candidates[i];
      const auto raced = racing.out(c);
      if (!raced) return false;
      c.raced_out = raced->reason;
      c.verdict = {raced->score, "", {}};
      c.counted = true;
      ++result_.evaluations;
      judged_.insert(c.id);
      archive_.prune(round_, {{c.genes, raced->reason}});
      return true;
    };
    alive.erase(std::remove_if(alive.begin(), alive.end(), is_out), alive.end());
  }

  void find_rivals() {
    rivals_.clear();
    if (!problem_.race_step) return;
    const auto all = scores();
    for (const std::size_t i : pareto::front(all, pareto::pooled_errors(all)))
      if (result_.candidates[i].raced_out.empty()) rivals_.push_back(result_.candidates[i]);
  }

  /// Takes what the archive holds of this step into the candidate. Can it go on?
  bool take(Candidate& c, int step, bool decides) {
    const archive::Evaluation* e = archive_.find(c.genes, step);
    if (e == nullptr) return false;
    c.fidelity = problem_.evaluator->fidelity(step);
    adopt(c.figures, *e);
    if (decides) {
      c.counted = true;
      ++result_.evaluations;
    }
    if (!e->failure.empty()) {
      c.lost = e->lost;
      c.verdict = problem_.judge->failed(e->failure, c.figures);
      judged_.insert(c.id);
      return false;
    }
    if (step == problem_.race_step) return true;  // of constraints a few images say nothing
    c.verdict = decides ? problem_.judge->judge(c.figures) : problem_.judge->judge_early(c.figures, step);
    const bool ruled_out = !decides && !c.verdict.reason.empty();
    if (ruled_out)
      archive_.prune(round_, {{c.genes, c.verdict.reason + "; not evaluated beyond '" + e->fidelity + "'"}});
    if (decides || ruled_out) judged_.insert(c.id);
    return !ruled_out;
  }

  /// Drops the candidates of this round that nothing was decided about: beyond the budget, or interrupted.
  void keep_judged(std::size_t first) {
    auto& all = result_.candidates;
    all.erase(std::remove_if(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
                             [&](const Candidate& c) { return judged_.count(c.id) == 0; }),
              all.end());
  }

  void tell(std::size_t first) {
    std::vector<pareto::Evaluated> told;
    std::vector<pareto::Evaluated> learnable;
    for (std::size_t i = first; i < result_.candidates.size(); ++i) {
      const Candidate& c = result_.candidates[i];
      told.push_back({c.genes, c.verdict.score});
      if (!c.lost) learnable.push_back(told.back());
    }
    const auto by_genes = [](const pareto::Evaluated& a, const pareto::Evaluated& b) {
      return a.genes < b.genes;
    };
    std::sort(told.begin(), told.end(), by_genes);
    std::sort(learnable.begin(), learnable.end(), by_genes);
    engine_->tell(told);
    screening_.tell(learnable);
  }

  std::vector<pareto::Score> scores() const {
    std::vector<pareto::Score> all;
    for (const Candidate& c : result_.candidates) {
      pareto::Score& score = all.emplace_back(c.verdict.score);
      for (std::size_t k = 0; k < score.errors.size() && !c.confirmed; ++k)
        score.objectives[k] += doubt_ * score.errors[k];
    }
    return all;
  }

  /// As they were measured, without doubt.
  std::vector<pareto::Point> objectives_of(const std::vector<std::size_t>& candidates) const {
    std::vector<pareto::Point> points;
    for (const std::size_t i : candidates) points.push_back(result_.candidates[i].verdict.score.objectives);
    return points;
  }

  void describe_front() {
    const auto all = scores();
    result_.epsilon = pareto::pooled_errors(all);
    result_.front = pareto::front(all, result_.epsilon);
    if (result_.front.empty()) return;
    result_.knee = result_.front[pareto::knee(objectives_of(result_.front))];
  }

  void trace_round() {
    trace();
    if (hooks_.progress) hooks_.progress(last_);
  }

  void trace() {
    const auto all = scores();
    last_ = TracePoint{};
    last_.round = round_;
    last_.candidates = static_cast<int>(all.size());
    last_.evaluations = result_.evaluations;
    for (const auto& score : all) last_.infeasible += score.violation > 0 ? 1 : 0;
    const auto front = pareto::front(all, pareto::pooled_errors(all));
    last_.front = static_cast<int>(front.size());
    if (const auto& reference = problem_.judge->reference(); !reference.empty())
      last_.hypervolume = pareto::hypervolume_within(objectives_of(front), reference);
    last_.screened = screening_.screened();
    last_.taus = screening_.taus();
    result_.trace.push_back(last_);
  }

  /// The last round's state, with evaluations that have come in since.
  TracePoint state(int in_this_round) const {
    TracePoint now = last_;
    now.evaluations = result_.evaluations + in_this_round;
    return now;
  }

  /// Of many candidates the luckiest look best. So whatever is in the front is measured anew, on other images
  /// and programmings, which may take it out of the front and let others move up, until all that is in it is
  /// confirmed.
  void confirm_front() {
    doubt_ = problem_.settings.evaluator.confirm.doubt;
    for (;;) {
      std::vector<std::size_t> chosen;
      const auto all = scores();
      for (const std::size_t i : pareto::front(all, pareto::pooled_errors(all)))
        if (!result_.candidates[i].confirmed) chosen.push_back(i);
      if (chosen.empty()) break;
      std::exception_ptr interrupted;
      try {
        evaluate_members(chosen, *problem_.confirm_step);
      } catch (const evaluate::Interrupted&) {
        interrupted = std::current_exception();
      }
      for (const std::size_t i : chosen) take_confirmed(result_.candidates[i]);
      if (interrupted) {
        trace();
        std::rethrow_exception(interrupted);
      }
    }
    trace();
  }

  void take_confirmed(Candidate& c) {
    const archive::Evaluation* e = archive_.find(c.genes, *problem_.confirm_step);
    if (e == nullptr) return;
    c.confirmed = e->failure.empty();
    c.raced_out.clear();
    if (c.confirmed) c.fidelity = problem_.evaluator->fidelity(*problem_.confirm_step);
    adopt(c.figures, *e);
    c.lost = e->lost;
    c.verdict =
        e->failure.empty() ? problem_.judge->judge(c.figures) : problem_.judge->failed(e->failure, c.figures);
  }

  /// Front members with the final effort, and trained further. Nothing is chosen by what comes out.
  void measure_front() {
    if (problem_.final_step) measure_front(*problem_.final_step, result_.final, result_.final_failures);
    if (problem_.fine_tuned_step)
      measure_front(*problem_.fine_tuned_step, result_.fine_tuned, result_.fine_tuned_failures);
  }

  /// Afterwards the archive has this step of all of them.
  void evaluate_members(const std::vector<std::size_t>& members, int step) {
    const auto jobs = missing(members, step);
    std::size_t done = 0;
    const auto store = [&](std::size_t job, const evaluate::Outcome& outcome) {
      archive_.store(evaluation(jobs[job], outcome));
      if (hooks_.final_progress)
        hooks_.final_progress(problem_.evaluator->fidelity(step), ++done, jobs.size());
    };
    evaluate_jobs(jobs, store);
  }

  void measure_front(int step, std::map<std::size_t, Figures>& figures,
                     std::map<std::size_t, std::string>& failures) {
    evaluate_members(result_.front, step);
    for (const std::size_t i : result_.front) {
      const archive::Evaluation* e = archive_.find(result_.candidates[i].genes, step);
      if (!e->failure.empty()) failures[i] = e->failure;
      adopt(figures[i], *e);
    }
  }

  const Problem& problem_;
  archive::Archive& archive_;
  evaluate::Pool& pool_;
  const Hooks& hooks_;
  Screening screening_;
  std::unique_ptr<pareto::Engine> engine_;
  double spent_before_s_;
  int rounds_before_;  ///< complete before the search was resumed
  Result result_;
  TracePoint last_;
  std::vector<Candidate> rivals_;  ///< of a race
  std::set<int> judged_;
  int round_ = 0;
  double doubt_ = 0;  ///< standard errors; 0 until the front is confirmed
};

}  // namespace

const char* name_of(Stop stop) {
  switch (stop) {
    case Stop::Evaluations:
      return "evaluations";
    case Stop::Minutes:
      return "minutes";
    case Stop::Exhausted:
      return "space exhausted";
    case Stop::NothingFits:
      return "hardly anything meets the constraints";
    case Stop::Flat:
      return "hypervolume flat";
    case Stop::Interrupted:
      return "interrupted";
  }
  throw common::InternalError("search: unknown way to stop");
}

Result run(const Problem& problem, archive::Archive& archive, evaluate::Pool& pool, const Hooks& hooks) {
  return Run(problem, archive, pool, hooks).run();
}

}  // namespace phasecore::search
