// Pareto local search (Paquete, Chiarandini, Stuetzle 2004) with restarts: the archive of non-dominated
// genotypes gives its untried neighbours (one gene, one step; sampling.hpp), one of each member in turn, in
// drawn order. When no member has any left, uniform samples follow. With a prescreen all untried neighbours
// compete.
#include "nas/pareto/engine_base.hpp"

namespace phasecore::pareto {

namespace {

class LocalSearch : public EngineBase {
 public:
  LocalSearch(const Domain& domain, const EngineSettings& settings, Prescreen prescreen)
      : EngineBase(domain, settings, "local-search"), prescreen_(std::move(prescreen)) {}

 private:
  std::vector<Genes> propose(int count) override {
    if (archive_.empty()) return latin_hypercube(domain(), count, known(), draws());
    const auto keep = static_cast<std::size_t>(count);
    std::vector<Genes> chosen = untried();
    if (prescreen_ && chosen.size() > keep) {
      std::vector<Genes> best;
      for (const std::size_t i : prescreen_(chosen, keep)) best.push_back(chosen.at(i));
      chosen = std::move(best);
    }
    if (chosen.size() > keep) chosen.resize(keep);
    for (const Genes& genes : chosen) known().add(genes);
    for (Genes& genes : random_new(domain(), count - static_cast<int>(chosen.size()), known(), draws()))
      chosen.push_back(std::move(genes));
    return chosen;
  }

  void learn(const std::vector<Evaluated>& evaluated) override {
    archive_.insert(archive_.end(), evaluated.begin(), evaluated.end());
    std::vector<Score> scores;
    for (const Evaluated& member : archive_) scores.push_back(member.score);
    // While nothing is feasible the search walks towards less violation.
    std::vector<Evaluated> best;
    const auto fronts = sort_fronts(scores, epsilon());
    if (!fronts.empty())
      for (const std::size_t i : fronts[0]) best.push_back(archive_[i]);
    archive_ = std::move(best);
  }

  /// New neighbours of the archive without repeats: the first of every member, the second of every member,
  /// ...
  std::vector<Genes> untried() {
    std::vector<std::vector<Genes>> of_member;
    for (const std::size_t i : draws().shuffled(archive_.size())) {
      const std::vector<Genes> all = neighbours(domain(), archive_[i].genes);
      std::vector<Genes> fresh;
      for (const std::size_t n : draws().shuffled(all.size()))
        if (known().is_new(all[n])) fresh.push_back(all[n]);
      of_member.push_back(std::move(fresh));
    }
    std::vector<Genes> found;
    std::set<Genes> seen;
    bool more = true;
    for (std::size_t turn = 0; more; ++turn) {
      more = false;
      for (const auto& fresh : of_member) {
        if (turn >= fresh.size()) continue;
        more = true;
        if (seen.insert(fresh[turn]).second) found.push_back(fresh[turn]);
      }
    }
    return found;
  }

  Prescreen prescreen_;
  std::vector<Evaluated> archive_;
};

}  // namespace

void register_local_search(Algorithms& table) {
  table.add("local-search", [](const Domain& domain, const EngineSettings& settings, Prescreen prescreen) {
    return std::make_unique<LocalSearch>(domain, settings, std::move(prescreen));
  });
}

}  // namespace phasecore::pareto
