// The channels between modules: messages that become visible at a set time, whatever order processes run in.
#pragma once

#include <cstdint>
#include <systemc>
#include <utility>
#include <vector>

#include "sim/chip/machine.hpp"
#include "sim/chip/ring.hpp"

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
    Entry& entry = entries_.append();
    entry.when = Visibility::at(due);
    entry.key = key;
    entry.message = message;
    // Messages come nearly in order, so that few are passed. Equals stay as they were put.
    for (std::size_t i = entries_.size() - 1; i > 0 && later(entries_[i - 1], entries_[i]); --i)
      std::swap(entries_[i - 1], entries_[i]);
    owner_.wake_at(due);
  }

  /// Everything visible now; the reference holds until a mailbox of this kind is asked again.
  const std::vector<Message>& take(Picoseconds now) {
    all_taken.clear();
    std::size_t due = 0, kept = 0;
    for (; due < entries_.size() && entries_[due].when.due <= now; ++due) {
      if (entries_[due].when.visible(now))
        all_taken.push_back(entries_[due].message);
      else
        all_kept.push_back(entries_[due]);  // put in this very delta: its own wake-up follows
    }
    // Those that stay are the last of what is due.
    for (; !all_kept.empty(); all_kept.pop_back()) entries_[due - ++kept] = all_kept.back();
    for (; due > kept; --due) entries_.pop_front();
    return all_taken;
  }

  void reset() { entries_.clear(); }
  /// `add_message(message)` adds one.
  template <class AddMessage>
  void add_to(Snapshot& snapshot, AddMessage add_message) const {
    snapshot.add_size(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      snapshot.add_due(entries_[i].when.due);
      add_message(entries_[i].message);
    }
  }

 private:
  struct Entry {
    Visibility when;
    std::uint64_t key = 0;
    Message message;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.when.due != b.when.due ? a.when.due > b.when.due : a.key > b.key;
  }

  Machine& owner_;
  Ring<Entry> entries_;  ///< earliest first
  // Of all mailboxes of a kind: processes run one at a time, and hundreds of cores need no vector each.
  inline static std::vector<Entry> all_kept;
  inline static std::vector<Message> all_taken;
};

}  // namespace phasecore::chip
