// A search algorithm added without touching a file of ours.
#include <set>

#include "nas/pareto/engine.hpp"
#include "tests/nas/search/fixtures.hpp"

namespace phasecore::search {
namespace {

/// Counts the genes up like a number, the last one fastest.
class CountingUp : public pareto::Engine {
 public:
  explicit CountingUp(const pareto::Domain& domain) : domain_(domain), next_(domain.genes(), 0) {}

  std::vector<Genes> ask(int count) override {
    std::vector<Genes> asked;
    while (!ended_ && static_cast<int>(asked.size()) < count) {
      const Genes genes = domain_.canonical(next_);
      if (domain_.exists(genes) && known_.insert(genes).second) asked.push_back(genes);
      count_up();
    }
    return asked;
  }
  void tell(const std::vector<pareto::Evaluated>& evaluated) override {
    for (const auto& e : evaluated) known_.insert(e.genes);
  }

 private:
  void count_up() {
    int gene = domain_.genes() - 1;
    while (gene >= 0 && ++next_[gene] == domain_.choices(gene)) next_[gene--] = 0;
    ended_ = gene < 0;
  }

  const pareto::Domain& domain_;
  Genes next_;
  std::set<Genes> known_;
  bool ended_ = false;
};

TEST(OutsideAlgorithm, SearchesAsOursDo) {
  EXPECT_NE(test::input_error([] { table_settings({"algorithm=counting-up"}); }).find("'algorithm' is"),
            std::string::npos);
  pareto::algorithms().add("counting-up",
                           [](const pareto::Domain& domain, const pareto::EngineSettings&,
                              const pareto::Prescreen&) { return std::make_unique<CountingUp>(domain); });
  const Problem problem =
      pose(table_settings({"algorithm=counting-up", "budget.evaluations=40", "surrogate.enabled=false"}), {});
  const Left one = run_search(problem, 1), two = run_search(problem, 2);
  EXPECT_EQ(one.result.evaluations, 40);
  EXPECT_EQ(one.candidates, two.candidates);
  for (std::size_t i = 1; i < one.result.candidates.size(); ++i)
    EXPECT_LT(one.result.candidates[i - 1].genes, one.result.candidates[i].genes) << "it counts up";
}

}  // namespace
}  // namespace phasecore::search
