// Programs that tests write to stand in for others.
#pragma once

#include <string>

namespace phasecore::test {

/// Writes a program that can be run, a script with its `#!` line; fails the test if it cannot.
void write_program(const std::string& path, const std::string& text);

}  // namespace phasecore::test
