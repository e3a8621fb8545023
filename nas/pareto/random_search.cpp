#include "nas/pareto/random_search.hpp"

#include "nas/pareto/engine_base.hpp"

namespace phasecore::pareto {

namespace {

class RandomSearch : public EngineBase {
 public:
  RandomSearch(const Domain& domain, const EngineSettings& settings)
      : EngineBase(domain, settings, "random") {}

 private:
  std::vector<Genes> propose(int count) override { return random_new(domain(), count, known(), draws()); }
  void learn(const std::vector<Evaluated>&) override {}
};

}  // namespace

std::unique_ptr<Engine> make_random_search(const Domain& domain, const EngineSettings& settings) {
  return std::make_unique<RandomSearch>(domain, settings);
}

}  // namespace phasecore::pareto
