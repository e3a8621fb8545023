#include "common/program.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "common/diagnostics.hpp"

namespace phasecore::common {

namespace fs = std::filesystem;

namespace {

constexpr char kTrainer[] = "phasecore-train";

}  // namespace

bool is_program(const std::string& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

std::optional<std::string> find_on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (!folder.empty() && is_program(fs::path(folder) / name)) return (fs::path(folder) / name).string();
  return std::nullopt;
}

std::string find_trainer() {
  std::error_code unknown;
  const fs::path here = fs::read_symlink("/proc/self/exe", unknown);
  if (!unknown && is_program(here.parent_path() / kTrainer)) return here.parent_path() / kTrainer;
  if (const auto found = find_on_path(kTrainer)) return *found;
  throw EnvironmentError(
      "there is no program phasecore-train, neither beside phasecore nor on PATH; it is built with libtorch "
      "(-DPHASECORE_TRAIN=ON)");
}

}  // namespace phasecore::common
