#include "sim/program/turns.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::program {

Turns::Turns(const Program& program, std::vector<int> tasks, int images) : tasks_(std::move(tasks)) {
  for (const int task : tasks_) total_ += std::int64_t{program.tasks[task].firings} * images;
  if (tasks_.size() < 2) return;
  const int core = program.tasks[tasks_[0]].core;
  const auto found = std::find_if(program.orders.begin(), program.orders.end(),
                                  [&](const CoreOrder& order) { return order.core == core; });
  common::ensure(found != program.orders.end(),
                 "core " + std::to_string(core) + " has no order of its tasks");
  order_ = &*found;
  tasks_.clear();
  for (const CoreOrder::Member& member : order_->members) {
    tasks_.push_back(member.task);
    next_.push_back(-member.lag);
    end_.push_back(std::int64_t{program.tasks[member.task].firings} * images);
  }
}

void Turns::append() {
  while (true) {
    const int member = order_->turns[turn_];
    turn_ = turn_ + 1 < order_->turns.size() ? turn_ + 1 : 0;
    const std::int64_t firing = next_[member]++;
    if (firing < 0 || firing >= end_[member]) continue;
    kept_.push_back({member, firing});
    return;
  }
}

Turn Turns::ordered(std::int64_t k) {
  while (first_ + static_cast<std::int64_t>(kept_.size()) <= k) append();
  return kept_[k - first_];
}

void Turns::forget(std::int64_t k) {
  constexpr std::int64_t kWorthMoving = 64;
  if (k - first_ < kWorthMoving || order_ == nullptr) return;
  kept_.erase(kept_.begin(), kept_.begin() + (k - first_));
  first_ = k;
}

}  // namespace phasecore::program
