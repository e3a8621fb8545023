// Orders of tasks that share cores: free of deadlock in every order of execution, and computed from the
// program alone.
#include "sim/mapping/order_tasks.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/demand_driven_run.hpp"
#include "sim/program/activity.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/program/turns.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/sim/program/widened_program.hpp"

namespace phasecore::mapping {
namespace {

/// Fires what can fire in a random order, as turns, tokens and buffers allow; how many firings are left.
class RandomOrder {
 public:
  RandomOrder(const program::Program& p, int images) : p_(p), images_(images), fired_(p.tasks.size()) {
    std::map<int, std::vector<int>> tasks;
    for (int t = 0; t < static_cast<int>(p.tasks.size()); ++t) {
      left_ += std::int64_t{p.tasks[t].firings} * images;
      if (p.tasks[t].core != program::kHost) tasks[p.tasks[t].core].push_back(t);
    }
    for (const auto& [core, some] : tasks) turns_.emplace(core, program::Turns(p, some, images));
    for (const auto& s : p.streams) sent_.push_back(s.initial_tokens);
    freed_.resize(p.streams.size());
  }

  std::int64_t left_after(std::uint32_t seed) {
    std::mt19937 engine(seed);
    std::vector<int> able;
    while (true) {
      able.clear();
      for (int t = 0; t < static_cast<int>(p_.tasks.size()); ++t)
        if (can_fire(t)) able.push_back(t);
      if (able.empty()) return left_;
      const int task = able[engine() % able.size()];
      for (int burst = 1 + static_cast<int>(engine() % 8); burst > 0 && can_fire(task); --burst) fire(task);
    }
  }

 private:
  bool can_fire(int t) {
    const auto& task = p_.tasks[t];
    const std::int64_t image = fired_[t] / task.firings, i = fired_[t] % task.firings;
    if (image == images_) return false;
    if (task.core != program::kHost) {
      auto& turns = turns_.at(task.core);
      const auto turn = turns.at(turn_[task.core]);
      if (turns.tasks()[turn.member] != t) return false;
      EXPECT_EQ(turn.firing, fired_[t]);
    }
    for (const auto& in : task.inputs)
      if (in.need[i] > 0 && sent_[in.stream] < image * p_.streams[in.stream].tokens + in.need[i])
        return false;
    for (const auto& out : task.outputs)
      if (program::emits(out, i) && sent_[out.stream] - std::min(freed_[out.stream], sent_[out.stream]) >=
                                        p_.streams[out.stream].capacity)
        return false;
    return true;
  }

  void fire(int t) {
    const auto& task = p_.tasks[t];
    const std::int64_t image = fired_[t] / task.firings, i = fired_[t] % task.firings;
    for (const auto& out : task.outputs) sent_[out.stream] += program::emits(out, i) ? 1 : 0;
    for (const auto& in : task.inputs)
      freed_[in.stream] = image * p_.streams[in.stream].tokens + in.release[i];
    ++fired_[t];
    --left_;
    if (task.core != program::kHost) ++turn_[task.core];
  }

  const program::Program& p_;
  const int images_;
  std::int64_t left_ = 0;
  std::vector<std::int64_t> fired_, sent_, freed_;
  std::map<int, program::Turns> turns_;
  std::map<int, std::int64_t> turn_;
};

TEST(Orders, LetTenThousandRandomExecutionsFinishWithTheLeastBuffers) {
  constexpr int kPrograms = 100, kExecutions = 100;
  int shared = 0;
  for (int seed = 0; seed < kPrograms; ++seed) {
    const auto r = test::widened_program(seed, {seed % 2 == 0, true});
    shared += r.program.orders.empty() ? 0 : 1;
    for (std::uint32_t order = 0; order < kExecutions; ++order)
      ASSERT_EQ(RandomOrder(r.program, 1 + static_cast<int>(order % 4)).left_after(order), 0)
          << "seed " << seed << ", order " << order;
  }
  EXPECT_GE(shared, kPrograms / 2);
}

TEST(Orders, LetTenThousandRandomExecutionsOfProgramsOfAllKindsFinish) {
  constexpr int kPrograms = 100, kExecutions = 100;
  int multicasts = 0, conversions = 0;
  for (int seed = 0; seed < kPrograms; ++seed) {
    const bool routers = seed % 5 != 0;
    const test::RandomOptions options{routers, true, routers && seed % 2 == 0,
                                      routers && seed % 3 == 0 ? 2 : 1};
    const auto r = test::mixed_program(seed, options);
    multicasts += r.program.multicasts.empty() ? 0 : 1;
    conversions += r.program.conversions.empty() ? 0 : 1;
    for (std::uint32_t order = 0; order < kExecutions; ++order)
      ASSERT_EQ(RandomOrder(r.program, 1 + static_cast<int>(order % 4)).left_after(order), 0)
          << "seed " << seed << ", order " << order;
  }
  EXPECT_GE(multicasts, kPrograms / 2);
  EXPECT_GE(conversions, kPrograms / 3);
}

TEST(Orders, LetRandomExecutionsOfProgramsInWavesFinish) {
  constexpr int kPrograms = 60, kExecutions = 50;
  int shared = 0;
  for (int seed = 0; seed < kPrograms; ++seed) {
    const auto r = test::program_in_waves(seed, {seed % 2 == 0, true});
    shared += r.program.orders.empty() ? 0 : 1;
    for (std::uint32_t order = 0; order < kExecutions; ++order)
      ASSERT_EQ(RandomOrder(r.program, 1 + static_cast<int>(order % 4)).left_after(order), 0)
          << "seed " << seed << ", order " << order;
  }
  EXPECT_GE(shared, kPrograms / 2);
}

TEST(Orders, AreNoneWhereEveryTaskHasACoreOfItsOwn) {
  const auto r = test::random_program(1, {true, false});
  EXPECT_TRUE(order_tasks(r.program, r.platform()).empty());
}

TEST(Orders, GiveEveryFiringATurnAndTheFirstTaskNoLag) {
  for (int seed = 0; seed < 30; ++seed) {
    const auto p = test::widened_program(seed, {true, true}).program;
    for (const auto& order : p.orders) {
      int least = order.members[0].lag;
      std::vector<int> turns(order.members.size());
      for (const int member : order.turns) ++turns[member];
      for (std::size_t m = 0; m < turns.size(); ++m) {
        EXPECT_EQ(turns[m], p.tasks[order.members[m].task].firings);
        least = std::min(least, order.members[m].lag);
      }
      EXPECT_EQ(least, 0);
    }
  }
}

TEST(PeriodicSchedule, HasNoPaceForALoopThatNoTokenStarts) {
  const auto r = test::random_program(3, {true, false});
  auto p = r.program;
  for (auto& stream : p.streams) stream.capacity = 0;
  const int task = p.streams[p.tasks[p.sink].inputs[0].stream].from;
  program::Stream loop;
  loop.from = loop.to = task;
  loop.bytes = 1;
  loop.tokens = p.tasks[task].firings;
  program::Input input;
  input.stream = static_cast<int>(p.streams.size());
  for (int i = 1; i <= loop.tokens; ++i) input.need.push_back(i);
  input.release = input.need;
  p.tasks[task].inputs.push_back(input);
  p.tasks[task].outputs.push_back({input.stream, {}});
  p.streams.push_back(loop);
  EXPECT_FALSE(periodic_schedule(p, r.platform()));
  EXPECT_THROW(demand_driven_fills(p), common::InternalError);
  p.streams.back().initial_tokens = 1;
  ASSERT_TRUE(periodic_schedule(p, r.platform()));
  EXPECT_GE(periodic_schedule(p, r.platform())->period,
            p.tasks[task].firings * program::firing_ps(p.tasks[task]));
}

/// Stages of a mapped network moved onto fewer cores.
Mapping on_fewer_cores(Mapping mapping, int cores) {
  for (Stage& stage : mapping.stages) {
    if (stage.core >= 0) stage.core %= cores;
    if (MvmWork* mvm = in_crossbars(stage))
      for (SubMatrix& part : mvm->submatrices) part.core %= cores;
  }
  return mapping;
}

TEST(Orders, LetMappedNetworksFinishOnFewerCoresAndTakeLonger) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.crossbar.rows = chip.crossbar.columns = 64;
  constexpr int kImages = 10;
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    const Mapping mapping = map(graph::fold(test::random_network(seed, 3 + seed % 9)), chip);
    const auto interval = [&](const Mapping& m) {
      const BuiltProgram built = build_program(m, chip);
      const auto run = analytic::run(built.program, fabric::make(chip)->platform(), kImages);
      // The last ones have no others beside them.
      return run.image_end_ps[kImages / 2] - run.image_end_ps[kImages / 2 - 1];
    };
    if (mapping.cores_used < 4) continue;
    EXPECT_GE(interval(on_fewer_cores(mapping, 3)), interval(mapping)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace phasecore::mapping
