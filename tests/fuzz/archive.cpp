// A search's archive: bytes of an SQLite file, opened and resumed. A file that is refused stays as it is.
#include "nas/archive/archive.hpp"

#include <filesystem>

#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/seeds.hpp"

namespace {

using namespace phasecore;

void resume(const std::string& path) {
  archive::Archive stored(path, fuzz::kIdentity, archive::Mode::Resume, "fuzz");
  stored.dump();
  const archive::Evaluation another{{7, 7, 7}, 3, "fuzz", {{"cores", {1, 0}}}, "", false};
  if (stored.find(another.genes, another.step) == nullptr) stored.store(another);
  stored.close();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::text_of(data, size);
  static const fuzz::Scratch scratch;
  const std::string path = scratch.file("archive.sqlite", bytes);
  for (const char* companion : {"-wal", "-journal", "-shm"}) std::filesystem::remove(path + companion);
  auto fate = fuzz::Fate::Read;
  try {
    fate = fuzz::read_or_refused([&] { resume(path); });
  } catch (const common::EnvironmentError&) {  // damaged
    fate = fuzz::Fate::Refused;
  }
  if (fate == fuzz::Fate::Refused)
    fuzz::require(common::read_file(path) == bytes, "a refused archive was changed");
  return 0;
}
