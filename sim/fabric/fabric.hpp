// From a chip's file to its platform: which links there are, and which way a packet goes between two places.
// Nobody else knows rows, rings or neighbours: a way is computed here once and stored on the stream.
// A topology is a file in topologies/ and a line in config::topologies().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sim/config/chip.hpp"
#include "sim/program/program.hpp"

namespace phasecore::fabric {

class Fabric {
 public:
  virtual ~Fabric() = default;
  const program::Platform& platform() const { return platform_; }
  /// The way from a core to another (kHost: the host); none from a place to itself. Throws InputError when
  /// no links lead there.
  virtual program::Route route(int from, int to) const = 0;

 protected:
  explicit Fabric(program::Platform platform) : platform_(std::move(platform)) {}
  program::Platform platform_;
};

using Builder = std::function<std::unique_ptr<const Fabric>(const config::Chip&)>;

/// Builders by the name that chip files give in network.topology.
class Topologies {
 public:
  /// Replaces a builder of the same name.
  void add(const std::string& name, Builder builder) { builders_[name] = std::move(builder); }
  const Builder* find(const std::string& name) const {
    const auto found = builders_.find(name);
    return found == builders_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Builder> builders_;
};

/// Those of topologies/*.cpp.
const Topologies& topologies();

std::unique_ptr<const Fabric> make(const config::Chip& chip, const Topologies& known = topologies());

/// Stores its way on every stream of a program whose tasks have their places.
void set_routes(program::Program& program, const Fabric& fabric);

}  // namespace phasecore::fabric
