// How a figure of ours that a publication has, too, is obtained: a catalogue, one file per kind in measures/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/fields.hpp"
#include "models/graph/network.hpp"
#include "sim/config/chip.hpp"
#include "sim/tile/tile.hpp"

namespace phasecore::validate {

/// A row that cannot be measured here and now, and why: no error.
class NotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What only trained weights and real images can tell.
struct AccuracyQuestion {
  std::string network;  ///< shipped, as in zoo:NAME
  std::string data;     ///< name of the data set: the user's --data begins with it
  config::Chip chip;
  std::string compensation, time;
  int samples = 0, instances = 0;
};
/// Gives the mean accuracy in percent; throws NotRun where there are no weights or no images.
using Accuracies = std::function<double(const AccuracyQuestion&)>;

/// What measures need from outside, and what those of several rows share, computed once.
class Shared {
 public:
  explicit Shared(Accuracies accuracies) : accuracies_(std::move(accuracies)) {}
  double accuracy_pct(const AccuracyQuestion& question) const { return accuracies_(question); }
  /// `key`: all that the request depends on.
  const tile::Characterisation& characterisation(const std::string& key, const tile::Request& request);

 private:
  Accuracies accuracies_;
  std::map<std::string, tile::Characterisation> characterisations_;
};

/// One kind of figure, with what a row says of it under `of`.
class Measure {
 public:
  virtual ~Measure() = default;
  virtual void fields(common::FieldVisitor& v) = 0;
  /// In the unit that the row names. May throw NotRun.
  virtual double value(Shared& shared) const = 0;
};

/// Kinds by name.
class Measures {
 public:
  using Maker = std::unique_ptr<Measure> (*)();
  void add(const std::string& name, Maker maker) { makers_[name] = maker; }
  template <class M>
  void add(const std::string& name) {
    add(name, [] { return std::unique_ptr<Measure>(std::make_unique<M>()); });
  }
  std::vector<std::string> names() const;
  std::unique_ptr<Measure> make(const std::string& name) const { return makers_.at(name)(); }

 private:
  std::map<std::string, Maker> makers_;
};
const Measures& measures();

/// `chip` and `set` of a measure.
struct ChipChoice {
  std::string name;
  std::vector<std::string> assignments;
  void fields(common::FieldVisitor& v);
  config::Chip load() const;
};

/// `network`, and `input` where it is not built for the published size.
struct NetworkChoice {
  std::string name;
  std::vector<int> input;
  void fields(common::FieldVisitor& v);
  /// Throws InputError for a name that is no definition's.
  graph::Network build() const;
};

}  // namespace phasecore::validate
