// The phasecore program.
#include "app/command.hpp"
#include "common/run_program.hpp"

int main(int argc, char** argv) {
  return phasecore::common::run_program("phasecore", [&] {
    return phasecore::app::run({argv + 1, argv + argc});
  });
}
