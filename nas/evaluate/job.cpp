#include "nas/evaluate/job.hpp"

#include <cstring>

#include "common/process/errors.hpp"

namespace phasecore::evaluate {

process::Message to_message(std::uint64_t number, const Job& job) {
  process::Message message{number, static_cast<std::uint64_t>(job.step), ""};
  message.content.assign(reinterpret_cast<const char*>(job.genes.data()), job.genes.size() * sizeof(int));
  return message;
}

std::optional<Job> job_in(const process::Message& message) {
  if (message.content.size() % sizeof(int) != 0) return std::nullopt;
  Job job{std::vector<int>(message.content.size() / sizeof(int)), static_cast<int>(message.kind)};
  std::memcpy(job.genes.data(), message.content.data(), message.content.size());
  return job;
}

process::Message answer(const Evaluator& evaluator, const process::Message& asked) {
  const process::Carried carried = process::carry(
      [&] {
        const std::optional<Job> job = job_in(asked);
        common::ensure(job.has_value(), "evaluate: a job's genes are cut short");
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
