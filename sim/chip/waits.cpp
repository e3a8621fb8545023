#include "sim/chip/waits.hpp"

namespace phasecore::chip {
namespace {

std::string task_text(const program::Program& program, int id) {
  const program::Task& task = program.tasks[id];
  const std::string place = task.core == program::kHost ? "host" : "core_" + std::to_string(task.core);
  return place + " (task " + std::to_string(id) + ", layer '" + program.layers[task.layer] + "')";
}

/// The tokens that are missing for one visit of a firing.
std::string missing_tokens(RunState& run, const Firings& firings, int visit, std::int64_t firing) {
  std::string text;
  for (const BufferedInput& in : firings.inputs) {
    const int need = in.input->need[firings.at(firing).index];
    const std::int64_t image = firings.at(firing).image;
    if (in.input->visit != visit || in.channel->holds(image, need)) continue;
    const program::Stream& stream = in.channel->stream();
    text += std::string("; ") + (stream.partial_sum ? "partial_sum" : "input") + ": token " +
            std::to_string(need) + " of image " + std::to_string(image) + " of " + in.channel->name() +
            " from " + task_text(run.program(), stream.from) + ", " +
            std::to_string(in.channel->arrived() - image * stream.tokens) + " are there";
  }
  return text;
}

std::string missing_credits(RunState& run, const Firings& firings, std::int64_t firing) {
  std::string text;
  for (const program::Output& output : firings.task->outputs) {
    TokenChannel& channel = run.channel(output.stream);
    if (!emits(output, firings.at(firing).index) || channel.credits.available(run.now()) > 0) continue;
    text += "; memory: a credit of " + channel.name() + " from " +
            task_text(run.program(), channel.stream().to) + ", whose buffer of " +
            std::to_string(channel.stream().capacity) + " tokens is full";
  }
  return text;
}

}  // namespace

std::string describe_wait(RunState& run, const Firings& firings, int queued) {
  const std::int64_t firing = firings.ended;
  std::string text = task_text(run.program(), firings.task_id);
  if (firing == firings.total) return text + " has " + std::to_string(queued) + " packets that cannot leave";
  text += ", firing " + std::to_string(firings.at(firing).index) + " of image " +
          std::to_string(firings.at(firing).image) + " waits for ";
  std::string causes;
  for (int visit = 0; visit < firings.task->steps() && causes.empty(); ++visit) {
    causes = missing_tokens(run, firings, visit, firing);
    if (firings.last(visit)) causes += missing_credits(run, firings, firing);
  }
  if (causes.empty() && queued > 0) causes = "; link: " + std::to_string(queued) + " packets in its port";
  return text + (causes.empty() ? "the end of its own work" : causes.substr(2));
}

std::string describe_turn(RunState& run, const Firings& firings, int other) {
  return task_text(run.program(), firings.task_id) + " waits for its turn after task " +
         std::to_string(other);
}

}  // namespace phasecore::chip
