#include "sim/monte_carlo/evaluate.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "models/graph/fold.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::monte_carlo {
namespace {

constexpr double kMonth = 2592000;

struct Task {
  explicit Task(config::Chip c, config::Device d = config::load_device("hermes-2"), int images = 300)
      : network(test::toy_network()),
        chip(std::move(c)),
        device(std::move(d)),
        test(test::toy_data(network, images, 3)),
        calibration(test::toy_data(network, 60, 4)),
        map(mapping::map(graph::fold(network), chip)),
        codes(numerics::calibrate(graph::fold(network), map, chip, calibration.batch(0, 60))) {}

  Result evaluate(const Request& request) const {
    return monte_carlo::evaluate(graph::fold(network), map, chip, device, codes, test,
                                 calibration.batch(0, 60), request);
  }

  graph::Network network;
  config::Chip chip;
  config::Device device;
  data::Dataset test, calibration;
  mapping::Mapping map;
  numerics::Calibration codes;
};

Request small() {
  Request r;
  r.instances = 3;
  r.layer_instances = 2;
  r.layer_samples = 280;
  return r;
}

/// Every number of a result, for comparison bit by bit.
std::vector<double> flat(const Result& r) {
  std::vector<double> v{static_cast<double>(r.samples), r.float_accuracy, r.quantized_accuracy};
  const auto add = [&v](const Interval& i) { v.insert(v.end(), {i.mean, i.low, i.high}); };
  for (const Point& p : r.points) {
    v.insert(v.end(), {p.time_s, p.std});
    add(p.accuracy);
  }
  v.push_back(r.avm_pp ? r.avm_pp->mean : -1);
  if (r.top_five) {
    v.insert(v.end(), {r.top_five->float_accuracy, r.top_five->quantized_accuracy});
    for (const Point& p : r.top_five->points) add(p.accuracy);
  }
  for (const LayerDegradation& l : r.layers) {
    add(l.alone_pp);
    add(l.recovered_pp);
    v.push_back(l.output_snr_db.value_or(-1));
  }
  return v;
}

TEST(Evaluate, ResultsDoNotDependOnTheNumberOfWorkers) {
  const Task task(test::toy_chip(64));
  Request request = small();
  const std::vector<double> one = flat(task.evaluate(request));
  request.workers = 2;
  std::size_t calls = 0, last_total = 0;
  request.on_progress = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, ++calls);
    last_total = total;
  };
  const std::vector<double> two = flat(task.evaluate(request));
  ASSERT_EQ(one.size(), two.size());
  EXPECT_EQ(0, std::memcmp(one.data(), two.data(), one.size() * sizeof(double)));
  EXPECT_EQ(calls, last_total);
  EXPECT_GE(calls, 10u);
}

TEST(Evaluate, WithoutNoiseNoLayerLosesAnything) {
  config::Chip chip = test::toy_chip(64);
  chip.adc.output_noise = 0;
  const Task task(chip, test::perfect_device());
  const Result r = task.evaluate(small());
  EXPECT_EQ(r.float_accuracy, 1) << "labels are the network's own answers";
  EXPECT_GT(r.quantized_accuracy, 0.97);
  for (const Point& p : r.points) {
    EXPECT_EQ(p.accuracy.mean, r.quantized_accuracy);
    EXPECT_EQ(p.std, 0);
  }
  ASSERT_EQ(r.layers.size(), task.map.stages.size());
  for (const LayerDegradation& l : r.layers) {
    for (const Interval& i : {l.alone_pp, l.recovered_pp}) {
      EXPECT_EQ(i.mean, 0) << l.name;
      EXPECT_NEAR(i.high, 100 * 3.8415 / (280 + 3.8415), 1e-3) << l.name;  // Wilson, 280 images
      EXPECT_EQ(i.low, -i.high) << l.name;
    }
    EXPECT_FALSE(l.output_snr_db.has_value()) << l.name;
  }
  EXPECT_EQ(r.avm_pp.value().mean, 0);
}

TEST(Evaluate, TheLabelIsMoreOftenAmongFiveAnswersThanTheFirst) {
  const Task task(test::toy_chip(64));
  Request request = small();
  request.layer_figures = false;
  const Result r = task.evaluate(request);
  ASSERT_TRUE(r.top_five.has_value()) << "of ten classes";
  EXPECT_EQ(r.top_five->float_accuracy, 1);
  EXPECT_GE(r.top_five->quantized_accuracy, r.quantized_accuracy);
  ASSERT_EQ(r.top_five->points.size(), r.points.size());
  for (std::size_t t = 0; t < r.points.size(); ++t) {
    const Point& five = r.top_five->points[t];
    EXPECT_EQ(five.time_s, r.points[t].time_s);
    EXPECT_GT(five.accuracy.mean, r.points[t].accuracy.mean);
    EXPECT_LE(five.accuracy.mean, 1);
    EXPECT_LE(five.accuracy.low, five.accuracy.mean);
  }
}

TEST(Evaluate, WithoutCompensationAccuracyFallsWithTimeAndCompensationHelps) {
  const Task task(test::toy_chip(64));
  Request request = small();
  request.layer_figures = false;
  request.times_s = {1, 86400, 31536000};
  request.compensation = analog::Compensation::None;
  const Result none = task.evaluate(request);
  EXPECT_TRUE(none.layers.empty());
  EXPECT_FALSE(none.avm_pp.has_value()) << "30 days are missing";
  EXPECT_LT(none.points[1].accuracy.mean, none.points[0].accuracy.mean - 0.02);
  EXPECT_LT(none.points[2].accuracy.mean, none.points[1].accuracy.mean - 0.01);
  request.compensation = analog::Compensation::Gdc;
  const Result gdc = task.evaluate(request);
  EXPECT_GT(gdc.points[2].accuracy.mean, none.points[2].accuracy.mean + 0.05);
  for (const Result* r : {&none, &gdc})
    for (const Point& p : r->points) {
      EXPECT_LE(p.accuracy.low, p.accuracy.mean);
      EXPECT_GE(p.accuracy.high, p.accuracy.mean);
      EXPECT_GT(p.accuracy.high, p.accuracy.low);
      EXPECT_GE(p.accuracy.low, 0);
      EXPECT_LE(p.accuracy.high, 1);
    }
}

TEST(Evaluate, AvmIsTheLossFromASecondToAMonth) {
  const Task task(test::toy_chip(64), config::load_device("hermes-2"), 100);
  Request request = small();
  request.layer_figures = false;
  request.times_s = {kMonth, 1};
  const Result r = task.evaluate(request);
  EXPECT_NEAR(r.avm_pp.value().mean, 100 * (r.points[1].accuracy.mean - r.points[0].accuracy.mean), 1e-12);
  EXPECT_LT(r.avm_pp->low, r.avm_pp->mean);
  EXPECT_GT(r.avm_pp->high, r.avm_pp->mean);
}

// With one analog layer, "only this one analog" is the whole chip, and "all but this one" is quantised.
TEST(Evaluate, AloneAndRecoveredAgreeWhereOnlyOneLayerIsAnalog) {
  config::Chip chip = test::toy_chip(64);
  config::LayerOverride digital, analog;
  digital.digital = true;
  analog.digital = false;
  chip.layers = {{"*", digital}, {"block.conv2", analog}};
  const Task task(chip);
  Request request = small();
  request.instances = request.layer_instances = 2;
  request.layer_samples = 300;
  request.times_s = {2592000};
  request.layer_time_s = 2592000;
  request.compensation = analog::Compensation::None;
  const Result r = task.evaluate(request);
  ASSERT_EQ(r.layers.size(), 1u);
  EXPECT_EQ(r.layers[0].name, "block.conv2");
  EXPECT_GT(r.layers[0].alone_pp.mean, 1);
  EXPECT_NEAR(r.layers[0].alone_pp.mean, 100 * (r.quantized_accuracy - r.points[0].accuracy.mean), 1e-9);
  EXPECT_EQ(r.layers[0].alone_pp.mean, r.layers[0].recovered_pp.mean);
  EXPECT_EQ(r.layers[0].alone_pp.low, r.layers[0].recovered_pp.low);
  EXPECT_EQ(r.layers[0].alone_pp.high, r.layers[0].recovered_pp.high);
}

TEST(Evaluate, NoisierLayersHaveALowerSignalToNoiseRatio) {
  const Task fresh(test::toy_chip(64));
  Request early = small(), late = small();
  early.layer_time_s = 1;
  late.layer_time_s = 31536000;
  early.compensation = late.compensation = analog::Compensation::None;
  early.times_s = late.times_s = {1};
  const Result a = fresh.evaluate(early), b = fresh.evaluate(late);
  ASSERT_EQ(a.layers.size(), fresh.map.stages.size());
  double alone = 0;
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    const double early_db = a.layers[l].output_snr_db.value(), late_db = b.layers[l].output_snr_db.value();
    EXPECT_GT(early_db, late_db + 1) << a.layers[l].name;
    EXPECT_GT(early_db, 5) << a.layers[l].name;
    EXPECT_LT(early_db, 40) << a.layers[l].name;
    alone += b.layers[l].alone_pp.mean;
  }
  EXPECT_GT(alone, 2);
}

TEST(Evaluate, RefusesEmptyRequests) {
  const Task task(test::toy_chip(64), test::perfect_device(), 20);
  Request request = small();
  request.instances = 0;
  test::expect_input_error([&] { task.evaluate(request); }, "error: accuracy needs at least one instance");
  request = small();
  request.layer_samples = 0;
  test::expect_input_error([&] { task.evaluate(request); },
                           "error: the figures per layer need at least one image and one instance");
  Task empty = task;
  empty.test = {};
  empty.test.shape = {2, 12, 12};
  test::expect_input_error([&] { empty.evaluate(small()); },
                           "error: accuracy needs at least one labelled image");
}

}  // namespace
}  // namespace phasecore::monte_carlo
