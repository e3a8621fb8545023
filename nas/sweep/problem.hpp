// A sweep as it is posed: every point built and checked before the first one is evaluated.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "nas/archive/archive.hpp"
#include "nas/evaluate/report_figures.hpp"
#include "nas/sweep/points.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/config/device.hpp"
#include "sim/run/data.hpp"

namespace phasecore::sweep {

/// A network with the images it is measured on.
struct Loaded {
  graph::Network network;
  std::string sha256;
  std::optional<run::Data> data;  ///< absent: no accuracy
};

/// What a model and a data set's name stand for. `data` absent: the one that the network names.
/// Throws InputError, EnvironmentError.
using Loader =
    std::function<Loaded(const std::string& model, const std::optional<std::string>& data, const Settings&)>;

/// One network of a point.
struct Member {
  std::string name;  ///< unique within the sweep's point
  std::shared_ptr<const Loaded> loaded;
  double weight = 1;
};

struct Point {
  std::vector<std::string> words;  ///< the value of every key, the base's too
  std::shared_ptr<const config::Chip> chip;
  config::Device device;
  analog::Compensation compensation = analog::Compensation::Gdc;
  std::vector<Member> members;
};

struct Problem {
  Settings settings;
  figures::Catalogue catalogue{{}};
  std::vector<evaluate::Measure> measures;
  Points points;
  std::vector<Point> built;  ///< in the order of points.choices
  std::vector<double> times_s;
  archive::Identity identity;
};

/// What a sweep measures with; those of the library, or a caller's own.
struct Instruments {
  figures::Catalogue catalogue = figures::catalogue();
  std::vector<evaluate::Measure> measures = evaluate::report_measures();
};

/// Throws InputError with every point that is wrong by itself, each reason once and at the value to blame.
/// Whether a network fits the chip of a point is found out later, and is a result.
Problem pose(const LoadedSettings& loaded, const Loader& load, const Instruments& instruments = {});

}  // namespace phasecore::sweep
