#include "tests/support/programs.hpp"

#include <filesystem>

#include "tests/support/support.hpp"

namespace phasecore::test {

void write_program(const std::string& path, const std::string& text) {
  write_text(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

}  // namespace phasecore::test
