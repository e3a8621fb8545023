// What the shipped networks show on hermes-mesh with hermes-2 devices (README's table, smaller).
#include <cmath>

#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

using nlohmann::json;

json accuracy(const std::string& network, const std::string& options) {
  return phasecore_json("simulate zoo:" + network + " --device hermes-2 --layer-samples 0 --workers 2 " +
                        options)["accuracy"];
}

TEST(Claims, WithoutCompensationAccuracyDoesNotRiseWithTime) {
  for (const char* network : {"resnet8-fmnist", "resnet8-fmnist-hwa"}) {
    const json points = accuracy(network, "--compensation none --samples 500 --instances 4")["points"];
    ASSERT_EQ(points.size(), 4u);
    for (std::size_t i = 1; i < points.size(); ++i)
      EXPECT_LE(points[i]["mean"].get<double>(), points[i - 1]["ci95_high"].get<double>())
          << network << " " << i;
    EXPECT_LT(points[3]["mean"].get<double>(), points[0]["mean"].get<double>() - 0.3) << network;
  }
}

TEST(Claims, HardwareAwareTrainingBeatsPlainAtOneDay) {
  const json plain = accuracy("resnet8-fmnist", "--times 1d")["points"][0],
             aware = accuracy("resnet8-fmnist-hwa", "--times 1d")["points"][0];
  EXPECT_GT(aware["ci95_low"].get<double>(), plain["ci95_high"].get<double>());  // both intervals hold 95 %
}

/// Lower end of the 95 % interval of how much more the hardware-aware network of a pair classifies correctly
/// after 30 days: over programmings, which are drawn for each network apart, on the same images for both.
double least_advantage_at_thirty_days(const std::string& network, int instances) {
  const std::string options = "--times 30d --samples 150 --instances " + std::to_string(instances);
  const json plain = accuracy(network, options)["points"][0],
             aware = accuracy(network + "-hwa", options)["points"][0];
  const double a = plain["std"], b = aware["std"];
  return aware["mean"].get<double>() - plain["mean"].get<double>() -
         1.96 * std::sqrt((a * a + b * b) / instances);
}

TEST(Claims, HardwareAwareTrainingBeatsPlainAtThirtyDays) {
  EXPECT_GT(least_advantage_at_thirty_days("resnet8-fmnist", 24), 0);
  EXPECT_GT(least_advantage_at_thirty_days("ds-cnn-fmnist", 12), 0);
  EXPECT_GT(least_advantage_at_thirty_days("resnet20-fmnist", 6), 0);
}

TEST(Claims, DriftCompensationWinsBackWhatDriftCosts) {
  const std::string sizes = "--times 1d --samples 500 --instances 4 --compensation ";
  EXPECT_GT(accuracy("resnet8-fmnist-hwa", sizes + "gdc")["points"][0]["ci95_low"].get<double>(),
            accuracy("resnet8-fmnist-hwa", sizes + "none")["points"][0]["ci95_high"].get<double>());
}

TEST(Claims, TheShippedPlainNetworkReachesNinetyTwoPercentInFloat) {
  const json a = accuracy("resnet8-fmnist", "--times 1s --samples 10000 --instances 1");
  EXPECT_EQ(a["samples"], 10000);
  EXPECT_GE(a["float"].get<double>(), 0.92);
}

}  // namespace
}  // namespace phasecore::test
