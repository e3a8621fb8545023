// Settings -> report, without the program.
#include "sim/session/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "models/graph/init.hpp"
#include "sim/report/json.hpp"

namespace phasecore::session {
namespace {

Request request_of(const std::string& model) {
  Request request;
  request.settings = default_settings();
  request.settings.model = model;
  request.settings.chip = config::load_chip("hermes-mesh");
  request.settings.device = config::device_of(request.settings.chip);
  request.settings.engine = run::Engine::Analytic;
  return request;
}

std::string refusal(const Request& request) {
  try {
    Session(request).load_images();
  } catch (const common::InputError& e) {
    return e.diagnostics().front().message;
  }
  return "";
}

nlohmann::ordered_json figures(const run::Report& report) {
  nlohmann::ordered_json json = report::to_json(report, {0});
  json.erase("provenance");
  return json;
}

TEST(Session, ItsDefaultsAreThoseOfTheMonteCarlo) {
  const Settings s = default_settings();
  const monte_carlo::Request usual;
  const run::Options options = to_options(s);
  EXPECT_EQ(options.accuracy.times_s, usual.times_s);
  EXPECT_EQ(options.accuracy.layer_time_s, usual.layer_time_s);
  EXPECT_EQ(options.accuracy.compensation, usual.compensation);
  EXPECT_EQ(s.instances, usual.instances);
  EXPECT_EQ(s.times, (std::vector<std::string>{"1s", "1h", "1d", "30d"}));
}

TEST(Session, ReportsWhatSimulateReportsOfTheNetworkWithRandomWeights) {
  Request request = request_of("zoo:resnet20");
  request.settings.random_weights = true;
  request.settings.seed = 5;
  Session session(request);
  session.load_images();
  EXPECT_FALSE(session.has_images());
  EXPECT_EQ(session.settings().model_sha256.size(), 64u);
  run::ChipRunner chips;
  const run::Report ours = session.simulate(to_options(session.settings()), chips);
  run::Options options;
  options.seed = 5;
  options.engine = run::Engine::Analytic;
  run::Report direct = run::simulate(graph::with_random_weights(load_model("zoo:resnet20").network, 5),
                                     request.settings.chip, request.settings.device, nullptr, options, chips);
  direct.model_sha256 = session.settings().model_sha256;
  EXPECT_EQ(figures(ours), figures(direct));
}

TEST(Session, TakesTheDataSetThatTheNetworkNamesAndAllOfASmallOne) {
  Request request = request_of("zoo:resnet8-fmnist");
  request.names_data = false;
  request.counts_samples = false;
  request.settings.samples = 20000;
  request.calibration_images = 10;
  Session session(request);
  session.load_images();
  EXPECT_TRUE(session.has_images());
  EXPECT_EQ(session.settings().data, "fashion-mnist");
  EXPECT_EQ(session.settings().samples, 10000);
  request.counts_samples = true;
  EXPECT_EQ(refusal(request), "--samples is 20000; the test part of fashion-mnist has 10000 images");
}

TEST(Session, RefusesAnotherModelThanItsSettingsAreOf) {
  Request request = request_of("zoo:resnet8-fmnist");
  request.repeats = "old.yaml";
  request.settings.model_sha256 = "0123";
  EXPECT_THAT(refusal(request), testing::StartsWith("zoo:resnet8-fmnist is not the model of old.yaml"));
}

TEST(Session, RefusesWeightsThatNobodyTrainedAndSettingsThatNeedImages) {
  Request request = request_of("zoo:resnet20");
  EXPECT_EQ(refusal(request), "zoo:resnet20 is a definition without trained weights; give --random-weights");
  request.settings.random_weights = request.settings.functional = true;
  EXPECT_THAT(refusal(request), testing::StartsWith("--random-weights has no accuracy"));
  request = request_of("zoo:resnet8-fmnist");
  request.settings.normalise = "0:1";
  EXPECT_THAT(refusal(request), testing::StartsWith("--normalise says how the images"));
}

}  // namespace
}  // namespace phasecore::session
