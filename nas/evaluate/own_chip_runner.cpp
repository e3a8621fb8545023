#include "nas/evaluate/own_chip_runner.hpp"

#include <unistd.h>

namespace phasecore::evaluate {

OwnChipRunner::~OwnChipRunner() {
  forget_inherited();
}

void OwnChipRunner::forget_inherited() {
  if (runner_ != nullptr && owner_ != ::getpid()) (void)runner_.release();
}

run::ChipRunner& OwnChipRunner::get() {
  forget_inherited();
  if (runner_ == nullptr) {
    runner_ = std::make_unique<run::ChipRunner>();
    owner_ = ::getpid();
  }
  return *runner_;
}

}  // namespace phasecore::evaluate
