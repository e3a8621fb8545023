// A stage: what one group of cores (or the host) does together. All stages have the same outside; what they
// compute is their work, of which there may be any kind.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/diagnostics.hpp"
#include "common/units.hpp"
#include "models/graph/network.hpp"
#include "sim/mapping/windows.hpp"

namespace phasecore::mapping {

constexpr int kNetworkInput = -1;  ///< as StageInput::stage: the image itself
constexpr int kParts = -2;         ///< as StageInput::stage: see StageInput::parts

struct Stage;
struct Activation;

/// What one firing asks of a digital unit, on average over an image.
struct DigitalDemand {
  int loaded_bytes = 0;   ///< of the first input, from memory into the registers
  double pooled = 0;      ///< values that enter a pool
  double combined = 0;    ///< values that are added up or clamped
  double piecewise = 0;   ///< values of which a function of few straight lines is computed
  double normalised = 0;  ///< values that enter statistics and are scaled with them
  double curved = 0;      ///< values of which any other function is computed
  long long macs = 0;
  long long products = 0;  ///< multiply-adds of two activations
};

/// What a firing does at a unit of another kind, behind the digital unit.
struct UnitWork {
  std::string unit;  ///< cores have one of each kind, in the order in which a network first asks for them
  common::Picoseconds duration_ps = 0;
  common::Picoseconds pipeline_ps = 0;  ///< of which until the first output
  common::Attojoules energy = 0;
};

/// What a stage computes, as far as mapping and timing see it. The arithmetic is in sim/numerics (Kernel).
/// Every kind of work but MvmWork is one task: of a core's digital unit, or of the host.
class StageWork {
 public:
  virtual ~StageWork() = default;
  /// Firings per image of each of the stage's tasks.
  virtual int firings(const Stage& stage) const = 0;
  /// What these firings read of an input. The first input is loaded, all others are read by the digital unit.
  virtual Reads reads(const Stage& stage, int input) const = 0;
  /// 1 for the firings that deliver a pixel; empty: all do.
  virtual std::vector<std::uint8_t> emits(const Stage& /*stage*/) const { return {}; }
  virtual DigitalDemand demand(const Stage& stage) const = 0;
  /// Where a further function of each output goes that joins the stage; none where no such can. `next`: that
  /// function.
  virtual Activation* joined_activation(const Activation& /*next*/) { return nullptr; }
  /// Units of what it delivers, each of which depends on its share of every input's channels alone: channels,
  /// heads; 1: all depends on all.
  virtual int channel_units(const Stage& /*stage*/) const { return 1; }
  /// Of all units, what cores hold at once to fire at all, in bytes; 0: a few pixels.
  virtual std::int64_t held_bytes(const Stage& /*stage*/) const { return 0; }
  /// What a core holds for it all the time beside what arrives, in its activation memory.
  virtual std::int64_t constant_bytes() const { return 0; }
  /// What firings that deliver outputs do behind the digital unit.
  virtual std::vector<UnitWork> further_units(const Stage& /*stage*/) const { return {}; }
};

/// A value of any type derived from StageWork.
class Work {
 public:
  Work() = default;
  template <class T>
  Work(T work)  // NOLINT(google-explicit-constructor): a stage's work is written as what it is
      : work_(std::make_unique<T>(std::move(work))), copy_([](const StageWork& from) {
          return std::unique_ptr<StageWork>(std::make_unique<T>(static_cast<const T&>(from)));
        }) {}
  Work(const Work& o) : work_(o.work_ ? o.copy_(*o.work_) : nullptr), copy_(o.copy_) {}
  Work(Work&&) noexcept = default;
  Work& operator=(Work o) noexcept {
    work_ = std::move(o.work_);
    copy_ = o.copy_;
    return *this;
  }
  ~Work() = default;

  const StageWork& operator*() const {
    common::ensure(work_ != nullptr, "mapping: a stage without work");
    return *work_;
  }
  const StageWork* operator->() const { return &**this; }
  Activation* activation_for(const Activation& next) {
    return work_ ? work_->joined_activation(next) : nullptr;
  }
  /// The work as a T, or null when it is of another kind.
  template <class T>
  const T* as() const {
    return dynamic_cast<const T*>(work_.get());
  }
  template <class T>
  T* as() {
    return dynamic_cast<T*>(work_.get());
  }

 private:
  std::unique_ptr<StageWork> work_;
  std::unique_ptr<StageWork> (*copy_)(const StageWork&) = nullptr;
};

/// Channels [begin, end) of what a stage (or the image) delivers.
struct ChannelPart {
  int stage = kNetworkInput;
  int begin = 0, end = 0;
};

/// What a stage reads: all that another one delivers, or channels of several side by side, each from where it
/// is. Nothing is copied for that; all parts have one code step.
struct StageInput {
  int stage = kNetworkInput;            ///< stage index
  graph::Shape shape;                   ///< {C,H,W}, {C,L} or {F}, as it is delivered
  std::vector<ChannelPart> parts = {};  ///< with `stage` kParts
};

/// The parts that it consists of: one if it is all that a stage delivers.
std::vector<ChannelPart> parts_of(const StageInput& input);

/// Values between stages are INT8 codes.
struct Stage {
  std::string name;  ///< the network layer it is reported as (the one that started it)
  std::string op;    ///< that layer's operator, for reports
  std::vector<StageInput> inputs;
  graph::Shape out_shape;
  Work work;
  int core = -1;            ///< of a stage that is one task; kHost (-1) when the host does it
  int part = 0, parts = 1;  ///< of the layer's channels, where several stages compute it
  int beside = -1;          ///< a stage in crossbars whose first core such a stage shares; -1: it has its own
  /// Network layer (batch norms folded) whose output range describes this stage's output codes.
  std::string range_name;
  long long macs = 0;  ///< logical MACs per image; none where the host does them

  template <class T>
  const T* as() const {
    return work.as<T>();
  }
  template <class T>
  T* as() {
    return work.as<T>();
  }
  int firings() const { return work->firings(*this); }
  Reads reads(int input) const { return work->reads(*this, input); }
};

}  // namespace phasecore::mapping
