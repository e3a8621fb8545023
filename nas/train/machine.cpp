#include "nas/train/machine.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>

#include <map>
#include <mutex>
#include <new>

namespace phasecore::train {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t large = std::size_t{1} << 20;

/// Large blocks in huge pages, each kept when it is freed. A step of training asks for the same sizes again
/// and again; malloc would map every one anew (its threshold cannot exceed 32 MiB) and the system would clear
/// it.
class BlockKeeper final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) const override {
    void* block = bytes < large ? c10::GetDefaultCPUAllocator()->raw_allocate(bytes)
                                : take((bytes + huge_page - 1) / huge_page * huge_page);
    return {block, block, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  /// oneDNN frees by this what it asked for without a DataPtr.
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

 private:
  struct Blocks {
    std::mutex mutex;
    std::multimap<std::size_t, void*> free;
    std::map<void*, std::size_t> taken;
  };
  static Blocks& blocks() {
    static auto* all = new Blocks;  // outlives every tensor
    return *all;
  }

  static void* take(std::size_t bytes) {
    Blocks& all = blocks();
    const std::lock_guard lock(all.mutex);
    const auto kept = all.free.lower_bound(bytes);
    if (kept != all.free.end() && kept->first <= 2 * bytes) {
      void* block = kept->second;
      all.taken[block] = kept->first;
      all.free.erase(kept);
      return block;
    }
    void* block = mapped(bytes);
    all.taken[block] = bytes;
    return block;
  }

  static void* mapped(std::size_t bytes) {
    // One huge page more than needed, so that the block can begin at the border of one.
    void* whole =
        mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (whole == MAP_FAILED) throw std::bad_alloc();
    const auto address = reinterpret_cast<std::uintptr_t>(whole);
    auto* block = reinterpret_cast<void*>((address + huge_page - 1) / huge_page * huge_page);
    madvise(block, bytes, MADV_HUGEPAGE);  // a wish: without huge pages it is only slower
    return block;
  }

  /// Also of the small blocks, and of those from before this was the allocator: they go back to torch's own.
  static void give_back(void* block) {
    if (!keep(block)) c10::GetDefaultCPUAllocator()->raw_deallocate(block);
  }

  static bool keep(void* block) {
    if (reinterpret_cast<std::uintptr_t>(block) % huge_page != 0) return false;
    Blocks& all = blocks();
    const std::lock_guard lock(all.mutex);
    const auto taken = all.taken.find(block);
    if (taken == all.taken.end()) return false;
    all.free.emplace(taken->second, block);
    all.taken.erase(taken);
    return true;
  }
};

/// torch's matrix products go to whatever BLAS is installed; OpenBLAS has threads of its own, which spin
/// while they wait.
void limit_blas() {
  using SetThreads = void (*)(int);
  if (auto* set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
}

}  // namespace

void use_one_core() {
  at::set_num_threads(1);
  limit_blas();
  at::globalContext().setFlushDenormal(true);
  static BlockKeeper keeper;
  c10::SetCPUAllocator(&keeper, /*priority=*/1);
  // The rest, below BlockKeeper's size: glibc would return it to the system each time.
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

}  // namespace phasecore::train
