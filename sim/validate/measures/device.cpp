// The curves of a device's statistics at one conductance.
#include "sim/analog/devices.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

enum class Figure { ProgrammingSigma, DriftMean, DriftSigma, ReadNoise };

class DeviceMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    v.field({"device", "", "shipped PCM devices"}, device_);
    v.field({"x", "", "target conductance over the largest", 0, 1}, x_);
    v.choice({"figure", "", "programming_sigma_us, drift_mean, drift_sigma, or read_noise (Q)"}, figure_,
             {"programming_sigma_us", "drift_mean", "drift_sigma", "read_noise"});
  }

  double value(Shared&) const override {
    const config::Device device = config::load_device(device_);
    const double g_us = x_ * device.g_max_us;
    switch (figure_) {
      case Figure::ProgrammingSigma:
        return analog::programming_sigma(device, g_us);
      case Figure::DriftMean:
        return analog::drift_mean(device, g_us);
      case Figure::DriftSigma:
        return analog::drift_sigma(device, g_us);
      case Figure::ReadNoise:
        return analog::read_noise_q(device, g_us);
    }
    throw common::InternalError("a figure of no known kind");
  }

 private:
  std::string device_;
  double x_ = 0;
  Figure figure_ = Figure::ProgrammingSigma;
};

}  // namespace

void register_device(Measures& table) {
  table.add<DeviceMeasure>("device");
}

}  // namespace phasecore::validate
