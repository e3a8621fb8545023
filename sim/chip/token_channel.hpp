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
    credits.reset(producer, stream.capacity);
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
  /// Has any token of the image, or its beginning, come?
  bool started(std::int64_t image) const { return std::max(heads_, arrived_) > image * stream_.tokens; }

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
  std::int64_t sent() const { return sent_; }
  bool empty() const { return freed_ == sent_ && arrived_ == sent_ && credits.whole(); }
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
