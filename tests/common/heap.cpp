// In a file of its own: where the compiler sees new and delete together it takes malloc() and free() for a
// mistake.
#include "tests/common/heap.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace phasecore::test {

bool memory_is_left = true;
long long allocations = 0;

}  // namespace phasecore::test

void* operator new(std::size_t bytes) {
  ++phasecore::test::allocations;
  void* const memory = phasecore::test::memory_is_left ? std::malloc(bytes) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}
