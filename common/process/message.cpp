#include "common/process/message.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/descriptor.hpp"

namespace phasecore::process {
namespace {

/// "PCevals1": no accident, and no text, begins like this.
constexpr std::uint64_t kMagic = 0x31736c6176654350;

struct Head {
  std::uint64_t magic = kMagic, number = 0, kind = 0, size = 0, hash = 0;
};

/// FNV-1a over eight bytes at a time, then over what is left.
std::uint64_t hash_of(const char* data, std::size_t size) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (; size >= sizeof hash; size -= sizeof hash, data += sizeof hash) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    hash = (hash ^ word) * kPrime;
  }
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<unsigned char>(data[i])) * kPrime;
  return hash;
}

Head head_of(const Message& m) {
  return {kMagic, m.number, m.kind, m.content.size(), hash_of(m.content.data(), m.content.size())};
}

}  // namespace

std::string to_bytes(const Message& message) {
  const Head head = head_of(message);
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  return bytes += message.content;
}

bool send(int fd, const Message& message) {
  constexpr std::size_t kSmall = 4096;  // one piece wakes the other end once, and costs one call
  if (message.content.size() <= kSmall) {
    const std::string bytes = to_bytes(message);
    return common::send_all(fd, bytes.data(), bytes.size());
  }
  const Head head = head_of(message);
  return common::send_all(fd, &head, sizeof head) &&
         common::send_all(fd, message.content.data(), message.content.size());
}

bool receive(int fd, Message& message) {
  Head head;
  if (!common::receive_all(fd, &head, sizeof head) || head.magic != kMagic) return false;
  message.number = head.number;
  message.kind = head.kind;
  message.content.resize(head.size);
  return common::receive_all(fd, message.content.data(), head.size) &&
         hash_of(message.content.data(), message.content.size()) == head.hash;
}

bool Inbox::read(int fd) {
  char bytes[65536];
  for (bool any = false;; any = true) {
    const ssize_t got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) return any || (got < 0 && (errno == EINTR || errno == EAGAIN));
    arrived_.append(bytes, static_cast<std::size_t>(got));
    if (got < static_cast<ssize_t>(sizeof bytes)) return true;
  }
}

Inbox::Found Inbox::take(Message& message) {
  const char* const begin = arrived_.data() + taken_;
  const std::size_t left = arrived_.size() - taken_;
  Head head;
  if (std::memcmp(begin, &head.magic, std::min(left, sizeof head.magic)) != 0) return Found::Garbage;
  if (left < sizeof head) return Found::Nothing;
  std::memcpy(&head, begin, sizeof head);
  if (head.size > most_bytes_) return Found::Garbage;
  if (left < sizeof head + head.size) return Found::Nothing;
  message = {head.number, head.kind, std::string(begin + sizeof head, head.size)};
  if (hash_of(message.content.data(), message.content.size()) != head.hash) return Found::Garbage;
  taken_ += sizeof head + head.size;
  if (2 * taken_ >= arrived_.size()) {
    arrived_.erase(0, taken_);
    taken_ = 0;
  }
  return Found::One;
}

void Inbox::clear() {
  arrived_.clear();
  taken_ = 0;
}

}  // namespace phasecore::process
