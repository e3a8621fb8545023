// Whole messages over sockets between processes of this program: one framing for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace phasecore::process {

/// What `number` and `kind` mean is up to the two ends.
struct Message {
  std::uint64_t number = 0, kind = 0;
  std::string content;
};

/// As it travels: a head that no accident and no text looks like (40 bytes with a hash of the content), then
/// the content.
std::string to_bytes(const Message& message);

/// False when the other end is gone.
bool send(int fd, const Message& message);
/// Waits for a message of an end that is trusted. False when it is gone, or what it sent is no message.
bool receive(int fd, Message& message);

/// Takes messages out of bytes that arrive piece by piece, also from an end that may have gone mad.
class Inbox {
 public:
  /// A message of more bytes is none.
  explicit Inbox(std::size_t most_bytes = std::size_t{1} << 24) : most_bytes_(most_bytes) {}

  /// Adds what a socket has ready, and never waits: false when its other end is gone.
  bool read(int fd);
  void add(const char* bytes, std::size_t size) { arrived_.append(bytes, size); }

  enum class Found { Nothing, One, Garbage };
  /// The first message that is complete. After garbage nothing more is found.
  Found take(Message& message);
  /// Is nothing left, not even a part of a message?
  bool empty() const { return arrived_.size() == taken_; }
  void clear();

 private:
  std::size_t most_bytes_;
  std::string arrived_;
  std::size_t taken_ = 0;  ///< bytes of it
};

}  // namespace phasecore::process
