// The channels between modules: messages that become visible at a set time, whatever order processes run in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <systemc>
#include <tuple>
#include <vector>

#include "sim/chip/machine.hpp"

namespace phasecore::chip {

/// When something becomes visible: at `due`, and never within the delta cycle in which it was put.
struct Visibility {
  Picoseconds due = 0;
  std::uint64_t delta = 0;  ///< in which it was put
  static Visibility at(Picoseconds due) { return {due, sc_core::sc_delta_count()}; }
  bool visible(Picoseconds now) const {
    return due < now || (due == now && delta != sc_core::sc_delta_count());
  }
};

/// Messages to one module, delivered in order of (due, key) and, for equal keys, as they were put. Keys make
/// the order independent of which sender's process ran first.
template <class Message>
class Mailbox {
 public:
  explicit Mailbox(Machine& owner) : owner_(owner) {}

  void put(const Message& message, std::uint64_t key, Picoseconds due) {
    entries_.push_back({Visibility::at(due), key, sequence_++, message});
    std::push_heap(entries_.begin(), entries_.end(), later);
    owner_.wake_at(due);
  }

  /// Everything visible now; the reference holds until the next call.
  const std::vector<Message>& take(Picoseconds now) {
    taken_.clear();
    kept_.clear();
    while (!entries_.empty() && entries_.front().when.due <= now) {
      std::pop_heap(entries_.begin(), entries_.end(), later);
      Entry entry = entries_.back();
      entries_.pop_back();
      if (entry.when.visible(now))
        taken_.push_back(entry.message);
      else
        kept_.push_back(entry);  // put in this very delta: its own wake-up follows
    }
    for (const Entry& entry : kept_) {
      entries_.push_back(entry);
      std::push_heap(entries_.begin(), entries_.end(), later);
    }
    return taken_;
  }

  void reset() { entries_.clear(); }

 private:
  struct Entry {
    Visibility when;
    std::uint64_t key = 0, sequence = 0;
    Message message;
  };
  static bool later(const Entry& a, const Entry& b) {
    return std::tie(a.when.due, a.key, a.sequence) > std::tie(b.when.due, b.key, b.sequence);
  }

  Machine& owner_;
  std::vector<Entry> entries_, kept_;  ///< a heap, earliest first
  std::vector<Message> taken_;
  std::uint64_t sequence_ = 0;
};

}  // namespace phasecore::chip
