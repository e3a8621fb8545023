// A queue in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace phasecore::chip {

/// Routers and credits have thousands of queues that hold a few elements each. A std::deque walks through 512
/// bytes per queue however short it is, and a chip of many cores leaves the caches; this one stays where it
/// is.
template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& front() const { return slots_[first_]; }
  const T& operator[](std::size_t i) const { return slots_[(first_ + i) & (capacity_ - 1)]; }
  T& operator[](std::size_t i) { return slots_[(first_ + i) & (capacity_ - 1)]; }

  /// A last element, to be filled in: it holds what was there before.
  T& append() {
    if (size_ == capacity_) grow();
    return (*this)[size_++];
  }
  void push_back(const T& value) { append() = value; }
  void pop_front() {
    first_ = (first_ + 1) & (capacity_ - 1);
    --size_;
  }
  void clear() { first_ = size_ = 0; }

 private:
  void grow() {
    const std::uint32_t capacity = capacity_ == 0 ? 4 : 2 * capacity_;
    auto larger = std::make_unique<T[]>(capacity);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    capacity_ = capacity;
    first_ = 0;
  }

  std::unique_ptr<T[]> slots_;
  std::uint32_t capacity_ = 0;  ///< a power of two, or 0
  std::uint32_t first_ = 0, size_ = 0;
};

}  // namespace phasecore::chip
