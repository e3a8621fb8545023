#include "sim/mapping/layer_serial.hpp"

#include <algorithm>

#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

using program::Program;

bool is_on_cores(const Stage& stage) {
  return stage.core >= 0 || !submatrices_of(stage).empty();
}

/// One per image, sent by the firings in `emits`.
void add_signal(Program& program, int from, int to, int initial, std::vector<std::uint8_t> emits) {
  const int index = static_cast<int>(program.streams.size());
  program::Stream signal;
  signal.from = from;
  signal.to = to;
  signal.tokens = signal.capacity = 1;
  signal.initial_tokens = initial;
  signal.signal = true;
  program.streams.push_back(std::move(signal));
  program.tasks[from].outputs.push_back({index, std::move(emits)});
  const std::vector<std::int32_t> once(program.tasks[to].firings, 1);
  program.tasks[to].inputs.push_back({index, 0, once, once});
}

std::vector<std::uint8_t> last_of(int firings) {
  std::vector<std::uint8_t> emits(firings, 0);
  emits.back() = 1;
  return emits;
}

}  // namespace

std::vector<int> waves_of(const std::vector<Stage>& stages) {
  std::vector<int> behind, waves;  // the last wave that a stage has seen, its own included
  for (const Stage& stage : stages) {
    const bool on_cores = is_on_cores(stage);
    const int after_first = on_cores ? 1 : 0;
    const int after_others = on_cores && in_crossbars(stage) == nullptr ? 1 : 0;
    int wave = after_first - 1;
    for (std::size_t i = 0; i < stage.inputs.size(); ++i)
      for (const ChannelPart& part : parts_of(stage.inputs[i]))
        if (part.stage != kNetworkInput)
          wave = std::max(wave, behind[part.stage] + (i == 0 ? after_first : after_others));
    behind.push_back(wave);
    waves.push_back(on_cores ? wave : -1);
  }
  return waves;
}

void run_in_waves(Program& program, const std::vector<std::vector<int>>& waves, int layer) {
  const std::vector<int>* before = &waves.back();
  for (const std::vector<int>& wave : waves) {
    const int starter = static_cast<int>(program.tasks.size());
    program::Task task;
    task.layer = layer;
    task.kind = program::TaskKind::Host;
    task.firings = 1;
    program.tasks.push_back(std::move(task));
    // Nothing is before the first image.
    const int initial = &wave == &waves.front() ? 1 : 0;
    // Those that read others of their wave first: the demand-driven run asks for ends in this order, and what
    // they have read by then is not kept.
    for (auto done = before->rbegin(); done != before->rend(); ++done)
      add_signal(program, *done, starter, initial, last_of(program.tasks[*done].firings));
    for (const int started : wave) add_signal(program, starter, started, 0, {});
    before = &wave;
  }
}

}  // namespace phasecore::mapping
