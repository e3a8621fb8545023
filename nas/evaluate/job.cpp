#include "nas/evaluate/job.hpp"

#include "common/bytes.hpp"
#include "common/process/errors.hpp"

namespace phasecore::evaluate {

process::Message to_message(std::uint64_t number, const Job& job) {
  return {number, static_cast<std::uint64_t>(job.step), common::to_bytes(job.genes)};
}

std::optional<Job> job_in(const process::Message& message) {
  Job job{{}, static_cast<int>(message.kind)};
  try {
    common::from_bytes(message.content, "a job", job.genes);
  } catch (const common::InternalError&) {
    return std::nullopt;
  }
  return job;
}

process::Message answer(const Evaluator& evaluator, const process::Message& asked) {
  const process::Carried carried = process::carry(
      [&] {
        const std::optional<Job> job = job_in(asked);
        common::ensure(job.has_value(), "evaluate: a worker was sent what is no job");
        try {
          return to_bytes(evaluator.evaluate(job->genes, job->step));
        } catch (const common::InputError& e) {
          Outcome refused;
          refused.failure = on_one_line(e);
          return to_bytes(refused);
        }
      },
      "", "the evaluation");
  return {asked.number, static_cast<std::uint64_t>(carried.ending), carried.content};
}

}  // namespace phasecore::evaluate
