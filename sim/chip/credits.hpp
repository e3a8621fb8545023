// Room in a buffer at the far end of a channel, as its sender knows it.
#pragma once

#include <algorithm>

#include "sim/chip/mailbox.hpp"
#include "sim/chip/ring.hpp"

namespace phasecore::chip {

/// Credits travel back in time but without events: the holder reads them when it looks, and is woken only
/// while it waits for them.
class Credits {
 public:
  /// Starts a run: `holder` may send `amount` (tokens or flits) at once.
  void reset(Machine& holder, int amount) {
    holder_ = &holder;
    amount_ = total_ = amount;
    wanted_ = 0;
    pending_.clear();
  }

  /// What the holder knows to be free now.
  int available(Picoseconds now) {
    while (!pending_.empty() && pending_.front().when.visible(now)) {
      amount_ += pending_.front().amount;
      pending_.pop_front();
    }
    return amount_;
  }

  /// From when on `amount` is available as far as is known, 0: at once; kNever if that is not known.
  Picoseconds available_from(int amount, Picoseconds now) {
    int sum = available(now);
    if (sum >= amount) return 0;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      sum += pending_[i].amount;
      if (sum >= amount) return pending_[i].when.due;
    }
    return kNever;
  }

  /// Uses `amount`, after available() has said that it is there, or from when on it will be.
  void take(int amount) { amount_ -= amount; }

  /// The far end frees `amount`; the holder learns it at `due` (non-decreasing from call to call).
  void put(int amount, Picoseconds due) {
    pending_.push_back({Visibility::at(due), amount});
    if (wanted_ > 0 && known() >= wanted_) {
      wanted_ = 0;
      holder_->wake_at(due);
    }
  }

  /// Wakes the holder once `amount` is available; of several amounts it waits for, once the least is.
  void await(int amount) {
    int sum = amount_;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      sum += pending_[i].amount;
      if (sum < amount) continue;
      holder_->wake_at(pending_[i].when.due);
      return;
    }
    wanted_ = wanted_ > 0 ? std::min(wanted_, amount) : amount;
  }

  void add_to(Snapshot& snapshot) const {
    int sum = amount_;
    std::size_t i = 0;
    for (; i < pending_.size() && snapshot.is_past(pending_[i].when.due); ++i) sum += pending_[i].amount;
    snapshot.add(sum);
    snapshot.add(wanted_);
    snapshot.add_size(pending_.size() - i);
    for (; i < pending_.size(); ++i) {
      snapshot.add_due(pending_[i].when.due);
      snapshot.add(pending_[i].amount);
    }
  }

  /// Everything has come back, or is on its way back.
  bool whole() const { return known() == total_; }

 private:
  struct Pending {
    Visibility when;
    int amount = 0;
  };
  int known() const {
    int sum = amount_;
    for (std::size_t i = 0; i < pending_.size(); ++i) sum += pending_[i].amount;
    return sum;
  }

  Machine* holder_ = nullptr;
  int amount_ = 0, total_ = 0, wanted_ = 0;
  Ring<Pending> pending_;
};

}  // namespace phasecore::chip
