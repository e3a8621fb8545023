#include "common/program.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "common/diagnostics.hpp"

namespace phasecore::common {

namespace fs = std::filesystem;

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

std::string own_file() {
  std::error_code unknown;
  Dl_info info;
  void* loaded = nullptr;
  const bool known =
      ::dladdr1(reinterpret_cast<const void*>(&is_program), &info, &loaded, RTLD_DL_LINKMAP) != 0;
  const char* const name = known ? static_cast<const link_map*>(loaded)->l_name : "";  // the program has none
  const fs::path file =
      *name != '\0' ? fs::canonical(name, unknown) : fs::read_symlink("/proc/self/exe", unknown);
  return unknown ? "" : file.string();
}

std::string find_program(const std::string& name, const std::string& built) {
  const fs::path here = fs::path(own_file()).parent_path();
  for (const fs::path& folder : {here, here.parent_path() / "bin", here.parent_path().parent_path() / "bin"})
    if (!here.empty() && is_program(folder / name)) return folder / name;
  if (const auto found = find_on_path(name)) return *found;
  throw EnvironmentError("there is no program " + name + ", neither beside phasecore nor on PATH; " + built);
}

std::string find_trainer() {
  return find_program("phasecore-train", "it is built with libtorch (-DPHASECORE_TRAIN=ON)");
}

}  // namespace phasecore::common
