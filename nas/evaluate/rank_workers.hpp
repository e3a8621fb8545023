// Workers of the other ranks (mpirun, srun), and what such a rank does.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "common/process/ranks.hpp"
#include "nas/evaluate/local_workers.hpp"

namespace phasecore::evaluate {

/// Rank 0's view of the workers of all others. A rank joins when it has loaded what it needs; none is waited
/// for. Limits and second tries are that rank's own.
class RankWorkers : public Workers {
 public:
  /// `identity`: what evaluations depend on, a line "key: value" each. A rank with another one is refused.
  RankWorkers(process::Ranks& ranks, std::string identity);

  std::size_t free() const override { return free_.size(); }
  void give(std::uint64_t number, const Job& job) override;
  void watch(std::vector<pollfd>& waited) const override;
  /// Throws EnvironmentError when a rank is lost, cannot evaluate or has another identity; InternalError when
  /// an invariant broke there.
  void collect(const OnDone& done) override;
  void abandon() override;

 private:
  void hear(int from, const process::Message& message, const OnDone& done);
  void welcome(int rank, const process::Message& hello);

  process::Ranks& ranks_;
  std::string identity_;
  std::deque<int> free_;                ///< a rank as often as it has free workers
  std::map<std::uint64_t, int> given_;  ///< who has which job
  std::map<int, std::size_t> workers_;  ///< of ranks that have joined
};

/// What a rank needs to evaluate.
struct Service {
  std::shared_ptr<const Evaluator> evaluator;
  JobLimits limits;
  std::string identity;
};

/// The life of a rank other than 0: evaluates for rank 0 until that has done, or is gone. What `make` throws
/// becomes rank 0's error. Throws EnvironmentError when this rank cannot hear of the others any more.
void serve_rank(process::Ranks& ranks, int workers, const std::function<Service()>& make);

}  // namespace phasecore::evaluate
