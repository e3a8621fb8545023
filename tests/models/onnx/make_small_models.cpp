// make_small_models DIRECTORY: writes the files of tests/data/onnx.
#include <iostream>

#include "common/files.hpp"
#include "tests/models/onnx/bad_models.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_small_models DIRECTORY\n";
    return 2;
  }
  for (const auto& [name, bytes] : phasecore::test::small_models())
    phasecore::common::write_file_atomically(std::string(argv[1]) + "/" + name, bytes);
  return 0;
}
