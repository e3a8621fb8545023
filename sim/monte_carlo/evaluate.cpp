// The Monte Carlo: which jobs there are, and what their results mean together.
#include <algorithm>
#include <cmath>
#include <optional>

#include "common/bytes.hpp"
#include "common/process/jobs.hpp"
#include "models/graph/fold.hpp"
#include "sim/monte_carlo/answers.hpp"
#include "sim/monte_carlo/layer_figures.hpp"
#include "sim/monte_carlo/statistics.hpp"
#include "sim/numerics/adabs.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::monte_carlo {
namespace {

/// Images of one job where a part of them can be done alone.
constexpr int kJobImages = 250;
constexpr double kSecond = 1, kMonth = 2592000;

/// Images of one job of an instance at all times, which programs it.
constexpr int kInstanceImages = 500;

enum class Kind { Float, Quantised, Points, Layers };

/// Independent of all others; its result does not depend on who does it.
struct Job {
  Kind kind = Kind::Float;
  int instance = 0;
  int begin = 0, end = 0;  ///< images
};

class Evaluation {
 public:
  Evaluation(const graph::FoldedNetwork& network, const mapping::Mapping& mapping, const config::Chip& chip,
             const config::Device& device, const numerics::Calibration& calibration,
             const data::Dataset& test, const graph::Batch& calibration_images, const Request& request)
      : network_(network),
        test_(test),
        request_(request),
        executor_(mapping, chip, device, calibration),
        ideal_(executor_.ideal()),
        answers_(static_cast<std::size_t>(graph::volume(network->layers[network->outputs.front()].shape))),
        layer_samples_(std::min(request.layer_samples, test.size())),
        layer_instances_(std::min(request.layer_instances, request.instances)) {
    if (test.size() < 1) throw common::InputError("accuracy needs at least one labelled image");
    if (request.instances < 1) throw common::InputError("accuracy needs at least one instance");
    if (request.layer_figures && (layer_samples_ < 1 || layer_instances_ < 1))
      throw common::InputError("the figures per layer need at least one image and one instance");
    common::ensure(request.reference.empty() || static_cast<int>(request.reference.size()) == test.size(),
                   "monte_carlo: a reference for other images");
    if (request.compensation == analog::Compensation::AdaBs)
      statistics_.emplace(network, executor_, calibration_images);
    for (int s = 0; s < static_cast<int>(mapping.stages.size()); ++s)
      if (executor_.crossbars(s) != nullptr) analog_stages_.push_back(s);
  }

  Result run() {
    plan();
    const std::size_t total = jobs_.size();
    const std::vector<std::string> results = process::run_jobs(
        total, request_.workers, [this](std::size_t j) { return run_job(jobs_[j]); },
        [&](std::size_t done) {
          if (request_.on_progress) request_.on_progress(done, total);
        });
    return merge(results);
  }

 private:
  void plan() {
    const auto add = [this](Kind kind, int instance, int images, int together) {
      for (int begin = 0; begin < images; begin += together)
        jobs_.push_back({kind, instance, begin, std::min(begin + together, images)});
    };
    add(Kind::Float, 0, test_.size(), kJobImages);
    add(Kind::Quantised, 0, test_.size(), kJobImages);
    // AdaBS has its own images to look at, once per job and time.
    for (int i = 0; i < request_.instances; ++i)
      add(Kind::Points, i, test_.size(), statistics_ ? test_.size() : kInstanceImages);
    if (!request_.layer_figures) return;
    for (int i = 0; i < layer_instances_; ++i) add(Kind::Layers, i, layer_samples_, kJobImages);
  }

  std::vector<numerics::State> analog_states(int instance, const std::vector<double>& times_s) const {
    auto states = executor_.programmed(request_.seed, instance, times_s, request_.compensation);
    for (numerics::State& state : states)
      if (statistics_) executor_.recalibrate(state, *statistics_);
    return states;
  }

  std::string run_job(const Job& job) const {
    const graph::Batch images = test_.batch(job.begin, job.end);
    const int* labels = test_.labels.data() + job.begin;
    switch (job.kind) {
      case Kind::Float:
        return common::to_bytes(
            answers(graph::infer(network_.unfolded(), images).front().values, labels, images.samples));
      case Kind::Quantised: {
        numerics::Health health(executor_.mapping().stages.size());
        const std::string result =
            answers(executor_.logits(ideal_, images, job.begin, &health), labels, images.samples);
        return common::to_bytes(result, health.to_bytes());
      }
      case Kind::Points: {
        std::vector<std::string> by_time;
        for (const auto& logits :
             executor_.logits(analog_states(job.instance, request_.times_s), images, job.begin))
          by_time.push_back(answers(logits, labels, images.samples));
        return common::to_bytes(by_time);
      }
      case Kind::Layers:
        return layer_figures(executor_, ideal_, analog_states(job.instance, {request_.layer_time_s}).front(),
                             analog_stages_, images, job.begin, labels)
            .to_bytes();
    }
    throw common::InternalError("monte_carlo: a job of no kind");
  }

  Result merge(const std::vector<std::string>& results) const {
    std::string floats, quantised;
    numerics::Health health(executor_.mapping().stages.size());
    std::vector<Outcomes> points(request_.times_s.size(), {request_.instances, test_.size(), {}});
    std::vector<Outcomes> five = points;
    std::vector<LayerFigures> layers;
    std::int64_t overflows = 0;
    for (std::size_t j = 0; j < jobs_.size(); ++j) {
      const std::string& bytes = results[j];
      switch (jobs_[j].kind) {
        case Kind::Float: {
          std::string of_job;
          common::from_bytes(bytes, "answers", of_job);
          floats += whole(of_job, jobs_[j]);
          break;
        }
        case Kind::Quantised: {
          std::string of_job, health_bytes;
          common::from_bytes(bytes, "answers and their health", of_job, health_bytes);
          quantised += whole(of_job, jobs_[j]);
          health.add(numerics::Health::from_bytes(health_bytes, executor_.mapping().stages.size()));
          break;
        }
        case Kind::Points: {
          std::vector<std::string> by_time;
          common::from_bytes(bytes, "answers by time", by_time);
          common::ensure(by_time.size() == points.size(), "monte_carlo: answers at other times");
          for (std::size_t t = 0; t < points.size(); ++t) {
            append(points[t], whole(by_time[t], jobs_[j]), kCorrect);
            append(five[t], by_time[t], kAmongFive);
            overflows += count(by_time[t], kOverflow);
          }
          break;
        }
        case Kind::Layers:
          layers.push_back(
              LayerFigures::from_bytes(bytes, analog_stages_.size(), jobs_[j].end - jobs_[j].begin));
          break;
      }
    }
    Result result;
    result.samples = test_.size();
    result.warnings = warnings(floats, health);
    overflows += count(quantised, kOverflow);
    if (overflows > 0)
      result.warnings.push_back(
          std::to_string(overflows) +
          " inferences on the chip ended with logits that are infinite or NaN; their answers "
          "count as they came");
    result.float_accuracy = share(floats, kCorrect);
    result.quantized_accuracy = share(quantised, kCorrect);
    const Bootstrap bootstrap(request_.seed, request_.instances, test_.size());
    result.points = intervals(points, bootstrap);
    result.quantized_right = with_bit(quantised, kCorrect);
    if (!request_.reference.empty()) add_losses(result.points, points, bootstrap);
    result.avm_pp = avm_pp(points, bootstrap);
    if (answers_ > kFive)
      result.top_five =
          TopFive{share(floats, kAmongFive), share(quantised, kAmongFive), intervals(five, bootstrap)};
    if (request_.layer_figures) add_layers(result, layers);
    return result;
  }

  /// floats: answers() of the float network.
  std::vector<std::string> warnings(const std::string& floats, const numerics::Health& health) const {
    std::vector<std::string> all = numerics::warnings(health, executor_);
    const auto marked = [](char a) { return (a & kOverflow) != 0; };
    const auto first = std::find_if(floats.begin(), floats.end(), marked);
    if (first == floats.end()) return all;
    const int image = static_cast<int>(first - floats.begin());
    all.insert(all.begin(), numerics::float_overflow_warning(
                                network_.unfolded(), test_.batch(image, image + 1),
                                std::count_if(floats.begin(), floats.end(), marked), test_.size()));
    return all;
  }

  /// One answer for each of the job's images, or InternalError.
  static const std::string& whole(const std::string& answers, const Job& job) {
    common::ensure(static_cast<int>(answers.size()) == job.end - job.begin,
                   "monte_carlo: answers to other images");
    return answers;
  }
  static void append(Outcomes& outcomes, const std::string& answers, char bit) {
    const std::string marked = with_bit(answers, bit);
    outcomes.values.insert(outcomes.values.end(), marked.begin(), marked.end());
  }
  static std::int64_t count(const std::string& answers, char bit) {
    return std::count_if(answers.begin(), answers.end(), [bit](char a) { return (a & bit) != 0; });
  }
  static double share(const std::string& answers, char bit) {
    return static_cast<double>(count(answers, bit)) / static_cast<double>(answers.size());
  }

  std::vector<Point> intervals(const std::vector<Outcomes>& outcomes, const Bootstrap& bootstrap) const {
    std::vector<Point> points;
    for (std::size_t t = 0; t < outcomes.size(); ++t)
      points.push_back({request_.times_s[t], bootstrap.interval(outcomes[t], 0, 1, 1), deviation(outcomes[t]),
                        std::nullopt});
    return points;
  }

  void add_losses(std::vector<Point>& points, const std::vector<Outcomes>& outcomes,
                  const Bootstrap& bootstrap) const {
    const std::string& reference = request_.reference;
    for (std::size_t t = 0; t < points.size(); ++t) {
      Outcomes lost = outcomes[t];
      for (std::size_t n = 0; n < lost.values.size(); ++n)
        lost.values[n] = static_cast<std::int8_t>(reference[n % reference.size()] - lost.values[n]);
      points[t].lost_pp = bootstrap.interval(lost, -1, 1, 100);
    }
  }

  /// outcomes: by time, of the same instances and images, so their differences are paired.
  std::optional<Interval> avm_pp(const std::vector<Outcomes>& outcomes, const Bootstrap& bootstrap) const {
    const auto& times = request_.times_s;
    const auto second = std::find(times.begin(), times.end(), kSecond);
    const auto month = std::find(times.begin(), times.end(), kMonth);
    if (second == times.end() || month == times.end()) return std::nullopt;
    Outcomes lost = outcomes[second - times.begin()];
    const Outcomes& later = outcomes[month - times.begin()];
    for (std::size_t n = 0; n < lost.values.size(); ++n)
      lost.values[n] = static_cast<std::int8_t>(lost.values[n] - later.values[n]);
    return bootstrap.interval(lost, -1, 1, 100);
  }

  /// parts: by instance, then by images.
  void add_layers(Result& result, const std::vector<LayerFigures>& parts) const {
    const Bootstrap bootstrap(request_.seed, layer_instances_, layer_samples_);
    for (std::size_t l = 0; l < analog_stages_.size(); ++l) {
      Outcomes alone{layer_instances_, layer_samples_, {}}, recovered = alone;
      double signal = 0, noise = 0;
      for (const LayerFigures& part : parts) {
        const LayerFigures::Layer& layer = part.layers[l];
        for (std::size_t n = 0; n < part.quantised.size(); ++n) {
          alone.values.push_back(static_cast<std::int8_t>(part.quantised[n] - layer.alone[n]));
          recovered.values.push_back(static_cast<std::int8_t>(layer.recovered[n] - part.analog[n]));
        }
        signal += layer.signal;
        noise += layer.noise;
      }
      LayerDegradation figures;
      figures.name = executor_.kernel(analog_stages_[l]).stage().name;
      figures.alone_pp = bootstrap.interval(alone, -1, 1, 100);
      figures.recovered_pp = bootstrap.interval(recovered, -1, 1, 100);
      if (noise > 0 && signal > 0) figures.output_snr_db = 10 * std::log10(signal / noise);
      result.layers.push_back(std::move(figures));
    }
  }

  const graph::FoldedNetwork& network_;
  const data::Dataset& test_;
  const Request& request_;
  numerics::Executor executor_;
  numerics::State ideal_;
  std::size_t answers_;  ///< values that the network answers with
  int layer_samples_, layer_instances_;
  std::optional<numerics::FloatStatistics> statistics_;
  std::vector<int> analog_stages_;
  std::vector<Job> jobs_;
};

}  // namespace

Result evaluate(const graph::FoldedNetwork& network, const mapping::Mapping& mapping,
                const config::Chip& chip, const config::Device& device,
                const numerics::Calibration& calibration, const data::Dataset& test,
                const graph::Batch& calibration_images, const Request& request) {
  return Evaluation(network, mapping, chip, device, calibration, test, calibration_images, request).run();
}

}  // namespace phasecore::monte_carlo
