// NumPy arrays, alone and in archives. What is read can be written and read again.
#include "common/npz.hpp"
#include "tests/fuzz/fuzz_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace phasecore;
  static const fuzz::Scratch scratch;
  const std::string file = scratch.file("fuzz.npy", fuzz::text_of(data, size));
  fuzz::read_or_refused([&] {
    const common::NpzArchive archive(file);
    for (const auto& name : archive.names()) fuzz::read_or_refused([&] { archive.open(name).values(); });
  });
  fuzz::read_or_refused([&] { common::open_npy(file).integers(); });
  common::NpyArray array;
  if (fuzz::read_or_refused([&] { array = common::read_npy(file); }) == fuzz::Fate::Refused) return 0;
  const std::string written = common::npy_bytes(array);
  const common::NpyArray again = common::read_npy(scratch.file("again.npy", written));
  fuzz::require(again.shape == array.shape && common::npy_bytes(again) == written,
                "an array is not what it was after writing and reading");
  return 0;
}
