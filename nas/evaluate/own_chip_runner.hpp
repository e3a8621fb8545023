// Processes of SystemC chips that a worker starts when it first needs one.
#pragma once

#include <memory>

#include "sim/run/chip_runner.hpp"

namespace phasecore::evaluate {

/// One ChipRunner per process. What a fork inherits belongs, with its descriptors, to the process that made
/// it: it is left alone there.
class OwnChipRunner {
 public:
  OwnChipRunner() = default;
  ~OwnChipRunner();
  OwnChipRunner(const OwnChipRunner&) = delete;
  OwnChipRunner& operator=(const OwnChipRunner&) = delete;

  run::ChipRunner& get();

 private:
  void forget_inherited();

  std::unique_ptr<run::ChipRunner> runner_;
  long owner_ = 0;  ///< process
};

}  // namespace phasecore::evaluate
