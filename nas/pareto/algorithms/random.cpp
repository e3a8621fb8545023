// Uniform sampling without repeats: what every other engine has to beat.
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

void register_random(Algorithms& table) {
  table.add("random", [](const Domain& domain, const EngineSettings& settings, const Prescreen&) {
    return std::make_unique<RandomSearch>(domain, settings);
  });
}

}  // namespace phasecore::pareto
