// One evaluation that is asked for, and the messages in which jobs and outcomes travel.
#pragma once

#include <optional>
#include <vector>

#include "common/process/message.hpp"
#include "nas/evaluate/evaluator.hpp"

namespace phasecore::evaluate {

struct Job {
  std::vector<int> genes;
  int step = 0;
};

/// Within one machine, or between machines of one kind (common/bytes.hpp).
process::Message to_message(std::uint64_t number, const Job& job);
/// Nothing when it is no job.
std::optional<Job> job_in(const process::Message& message);

/// What a worker answers to a job: an outcome (kind process::Ending::Result), or the text of what it threw.
/// What is wrong with the candidate (InputError) is an outcome with a failure.
process::Message answer(const Evaluator& evaluator, const process::Message& asked);

}  // namespace phasecore::evaluate
