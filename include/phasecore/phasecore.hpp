// PhaseCore as a library: all of it.
//
//   const auto network = phasecore::Network::load("zoo:resnet8-fmnist-hwa");
//   const auto chip = phasecore::Chip::load("hermes-mesh", {"adc.bits=6"});
//   const auto report = phasecore::simulate(network, chip);
//   std::cout << report.text();
#pragma once

#include <phasecore/basics.hpp>
#include <phasecore/chip.hpp>
#include <phasecore/error.hpp>
#include <phasecore/explore.hpp>
#include <phasecore/mapping.hpp>
#include <phasecore/network.hpp>
#include <phasecore/simulate.hpp>
#include <phasecore/tile.hpp>
