// A token on its way.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program/payload.hpp"

namespace phasecore::chip {

struct Packet {
  int stream = 0;              ///< whose tokens it carries, perhaps with those of others (T21)
  int to_deliver = 1;          ///< tokens
  std::int64_t token = 0;      ///< counted over all images
  int source = 0, target = 0;  ///< cores, or kHost
  int bytes = 0;
  int flits = 0;  ///< room it takes in the buffer of a router
  program::Payload payload;
};

/// Packets by number, so that messages stay small; the count of live ones closes the books.
class PacketPool {
 public:
  int acquire() {
    ++live_;
    if (free_.empty()) {
      packets_.emplace_back();
      return static_cast<int>(packets_.size()) - 1;
    }
    const int id = free_.back();
    free_.pop_back();
    return id;
  }
  void release(int id) {
    --live_;
    packets_[id].payload.clear();
    free_.push_back(id);
  }
  Packet& operator[](int id) { return packets_[id]; }
  int live() const { return live_; }
  void reset() {
    packets_.clear();
    free_.clear();
    live_ = 0;
  }

 private:
  std::vector<Packet> packets_;
  std::vector<int> free_;
  int live_ = 0;
};

}  // namespace phasecore::chip
