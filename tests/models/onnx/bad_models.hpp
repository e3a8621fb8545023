// Small models, one mistake each (and one that is right), as they lie in tests/data/onnx for the tests of the
// program.
#pragma once

#include <map>
#include <string>

namespace phasecore::test {

/// File name -> content.
std::map<std::string, std::string> small_models();

}  // namespace phasecore::test
