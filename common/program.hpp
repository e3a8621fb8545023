// Other programs of this project.
#pragma once

#include <optional>
#include <string>

namespace phasecore::common {

/// The file that this code was loaded from: the program, or a shared library of ours that another program
/// uses. "" where the system does not tell.
std::string own_file();

/// A program that is one of its own because of what it links: beside own_file(), in the `bin` of where a
/// library is installed, or on PATH. EnvironmentError when it is in none of these; `built` says how it is.
std::string find_program(const std::string& name, const std::string& built);
/// phasecore-train, which links libtorch.
std::string find_trainer();

/// The program of that name in the first folder of PATH that has one.
std::optional<std::string> find_on_path(const std::string& name);

/// Is this a file that can be executed?
bool is_program(const std::string& file);

}  // namespace phasecore::common
