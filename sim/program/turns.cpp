#include "sim/program/turns.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::program {

Turns::Turns(const Program& program, std::vector<int> tasks, int images) : tasks_(std::move(tasks)) {
  for (const int task : tasks_) firings_.push_back(program.tasks[task].firings);
  for (const std::int64_t firings : firings_) total_ += firings * images;
  if (tasks_.size() < 2) return;
  const int core = program.tasks[tasks_[0]].core;
  const auto found = std::find_if(program.orders.begin(), program.orders.end(),
                                  [&](const CoreOrder& order) { return order.core == core; });
  common::ensure(found != program.orders.end(),
                 "core " + std::to_string(core) + " has no order of its tasks");
  order_ = &*found;
  tasks_.clear();
  firings_.clear();
  for (const CoreOrder::Member& member : order_->members) {
    tasks_.push_back(member.task);
    next_.push_back(-member.lag);
    firings_.push_back(program.tasks[member.task].firings);
    end_.push_back(firings_.back() * images);
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

std::vector<std::int64_t> Turns::from(std::int64_t k, std::int64_t image) const {
  std::vector<std::int64_t> known;
  if (order_ == nullptr) return known;
  for (auto i = static_cast<std::size_t>(k - first_); i < kept_.size(); ++i) {
    known.push_back(kept_[i].member);
    known.push_back(kept_[i].firing - image * firings_[kept_[i].member]);
  }
  for (std::size_t m = 0; m < next_.size(); ++m) known.push_back(next_[m] - image * firings_[m]);
  known.push_back(static_cast<std::int64_t>(turn_));
  return known;
}

bool Turns::may_end_with(int images) const {
  for (std::size_t m = 0; m < next_.size(); ++m)
    if (next_[m] > firings_[m] * images) return false;
  return true;
}

void Turns::end_with(int images) {
  total_ = 0;
  for (const std::int64_t firings : firings_) total_ += firings * images;
  for (std::size_t m = 0; m < end_.size(); ++m) end_[m] = firings_[m] * images;
}

void Turns::forget(std::int64_t k) {
  constexpr std::int64_t kWorthMoving = 64;
  if (k - first_ < kWorthMoving || order_ == nullptr) return;
  kept_.erase(kept_.begin(), kept_.begin() + (k - first_));
  first_ = k;
}

}  // namespace phasecore::program
