// Accuracy of a shipped network on real images, as the mapped chip computes it.
#include "sim/analog/compensation.hpp"
#include "sim/validate/measure.hpp"

namespace phasecore::validate {
namespace {

class AccuracyMeasure final : public Measure {
 public:
  void fields(common::FieldVisitor& v) override {
    v.field({"network", "", "a shipped network, as in zoo:NAME"}, network_);
    v.field({"data", "", "name of the data set, as --data begins"}, data_);
    chip_.fields(v);
    v.field({"device", "", "shipped PCM devices"}, device_);
    v.choice({"compensation", "", "as --compensation"}, compensation_,
             {"none", "gdc", "gdc-column", "adabs"});
    v.field({"time", "", "from the end of programming, as 1d"}, time_);
    v.field({"samples", "", "test images", 1, 1e9}, samples_);
    v.field({"instances", "", "programmings", 1, 10000}, instances_);
  }

  double value(Shared& shared) const override {
    AccuracyQuestion question{network_, data_,    chip_.load(), analog::name_of(compensation_),
                              time_,    samples_, instances_};
    question.chip.use_device(device_);
    return shared.accuracy_pct(question);
  }

 private:
  std::string network_, data_, device_, time_;
  ChipChoice chip_;
  analog::Compensation compensation_ = analog::Compensation::None;
  int samples_ = 0, instances_ = 0;
};

}  // namespace

void register_accuracy(Measures& table) {
  table.add<AccuracyMeasure>("accuracy");
}

}  // namespace phasecore::validate
