// A stream while a program runs: the buffer in the receiver's activation memory and the producer's credits
// for it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>

#include "common/diagnostics.hpp"
#include "sim/chip/credits.hpp"

namespace phasecore::chip {

class TokenChannel {
 public:
  TokenChannel(int id, const program::Stream& stream, Machine& producer) : id_(id), stream_(stream) {
    sent_ = heads_ = arrived_ = stream.initial_tokens;
    if (stream.streaming) arrivals_.assign(stream.initial_tokens, 0);
    credits.reset(producer, stream.capacity - stream.initial_tokens);
  }

  Credits credits;  ///< of the producer, in tokens

  const program::Stream& stream() const { return stream_; }
  /// Do the first `need` tokens of the image lie in the buffer, complete? (need 0 waits for nothing)
  bool holds(std::int64_t image, int need) const {
    return need == 0 || arrived_ >= image * stream_.tokens + need;
  }
  /// The same, when the beginning of the last one is enough.
  bool holds_head(std::int64_t image, int need) const {
    return need == 0 || std::max(heads_, arrived_) >= image * stream_.tokens + need;
  }
  /// Has any token of the image, or its beginning, come? (T20: initial tokens tell nothing of an image.)
  bool started(std::int64_t image) const {
    return stream_.initial_tokens == 0 && std::max(heads_, arrived_) > image * stream_.tokens;
  }
  /// Its tokens take no link: they stay (T12) or are signals (T24).
  bool has_no_way() const { return stream_.route.empty(); }

  std::int64_t next_token() { return sent_++; }
  void head_arrives() { ++heads_; }
  void arrive(std::int64_t token, Picoseconds now) {
    // Not ensure(): its texts would be made for every token.
    if (token != arrived_)
      throw common::InternalError(name() + ": token " + std::to_string(token) + " arrives out of order");
    ++arrived_;
    if (stream_.streaming) arrivals_.push_back(now);
    if (arrived_ - freed_ > stream_.capacity)
      throw common::InternalError(name() + ": more tokens than its buffer holds");
    free_tokens(now);
  }
  /// No later firing needs the first `count` tokens of the image.
  void release(std::int64_t image, int count, Picoseconds now) {
    released_ = std::max(released_, image * stream_.tokens + count);
    free_tokens(now);
  }

  /// Streaming streams: when the image's token number `need` (from 1) came; -1 if it was freed since or need
  /// is 0.
  Picoseconds arrival(std::int64_t image, int need) const {
    const std::int64_t token = image * stream_.tokens + need - 1;
    return need == 0 || token < freed_ ? -1 : arrivals_[token - freed_];
  }

  std::int64_t arrived() const { return arrived_; }
  /// Of the run, without the initial ones.
  std::int64_t delivered() const { return arrived_ - stream_.initial_tokens; }
  void add_to(Snapshot& snapshot) const {
    for (const std::int64_t count : {sent_, arrived_, released_, freed_})
      snapshot.add_count(count, stream_.tokens);
    if (stream_.streaming) snapshot.add_count(heads_, stream_.tokens);  // others have none
    for (const Picoseconds time : arrivals_) snapshot.add_time(time);
    credits.add_to(snapshot);
  }
  /// As it was at the start: all that was sent has come, and as many tokens have been freed.
  bool settled() const { return arrived_ == sent_ && freed_ == delivered() && credits.whole(); }
  std::string name() const { return "stream " + std::to_string(id_); }

 private:
  void free_tokens(Picoseconds now) {
    const std::int64_t free = std::min(released_, arrived_);
    if (free <= freed_) return;
    credits.put(static_cast<int>(free - freed_), now + stream_.credit_ps);
    if (stream_.streaming) arrivals_.erase(arrivals_.begin(), arrivals_.begin() + (free - freed_));
    freed_ = free;
  }

  const int id_;
  const program::Stream& stream_;
  std::int64_t sent_ = 0, heads_ = 0, arrived_ = 0, released_ = 0, freed_ = 0;
  std::deque<Picoseconds> arrivals_;  ///< of the tokens that are not freed
};

}  // namespace phasecore::chip
