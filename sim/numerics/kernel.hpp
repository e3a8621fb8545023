// One stage's arithmetic with everything in place that does not depend on the devices, in two forms: for a
// batch of images (the executor) and for one firing of a task (the functional chip). Both forms of a kind of
// work stand in one file of kernels/ and share their steps, so their results are equal bit for bit.
//
// Layout: codes of a stage are pixel-major, [image][pixel][channel]. Values between the functions are FP16
// numbers held as float.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <typeindex>
#include <vector>

#include "common/quantile.hpp"
#include "sim/analog/core_pass.hpp"
#include "sim/config/device.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/numerics/calibrate.hpp"
#include "sim/numerics/vector_reader.hpp"

namespace phasecore::numerics {

/// Largest |code| of activations: the crossbar's input range. Throws InputError for more than 8 input bits.
int code_max(const config::Chip& chip);
/// Largest |code| of a partial sum. Throws InputError for more than 8 bits.
int partial_max(const config::Chip& chip);

/// One stage's crossbars at one time: conductances and affine per sub-matrix (as MvmWork::submatrices). The
/// rows of the conductances stand as MvmKernel::layout() says.
struct StageState {
  std::vector<analog::PackedConductances> conductances;
  std::vector<analog::LineCodes> lines;  ///< as the conductances; empty: lines only add currents up
  std::vector<analog::Affine> affine;
};

/// The devices that a stage computes with, and where the random numbers of a run come from.
struct Devices {
  const StageState& crossbars;
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
  bool analog = false;  ///< false: no output noise, and linear converters
};

/// What a stage reads of a batch of images: per input, codes of all images.
struct ImageBatch {
  int count = 0;
  int first = 0;  ///< index of image 0: address of its output noise
  std::vector<const std::int8_t*> inputs;
};

/// Where the results of a batch go: codes, or values that are not rounded to codes. The other is null.
struct Results {
  std::int8_t* codes = nullptr;
  float* values = nullptr;
};

struct StageHealth;

/// Buffers that are reused from call to call.
struct Workspace {
  StageHealth* health = nullptr;        ///< notes what the stage's numbers show, if anybody wants to know
  common::Quantile* lines = nullptr;    ///< takes the sizes of all counts, if anybody wants to know
  analog::DrawnNoise* drawn = nullptr;  ///< the stage's output noise, where it is kept
  std::vector<std::int8_t> rows, received, input;
  VectorBuffers vectors;
  std::vector<float> floats, counts, values, chain, plane, tiles;
  std::vector<std::int32_t> images, positions;
  std::vector<int> order;
  std::vector<const std::int16_t*> addresses;
  analog::AddedCodes added;
  std::vector<graph::Sample> samples;  ///< for operators that compute as in float
  graph::Scratch scratch;
};

/// What a task holds of one image between its firings.
struct Held {
  std::vector<std::vector<std::int8_t>> inputs;      ///< pixel-major; zeros where nothing has arrived yet
  std::map<int, std::vector<std::int8_t>> rows;      ///< of the input vector, by firing (interlayer host)
  std::map<int, std::vector<std::int8_t>> received;  ///< codes of partial sums, by firing
  std::vector<float> plane;                          ///< of a stage that pools: values of the firings so far
  std::map<int, std::vector<std::int8_t>> state;     ///< of a recurrent stage, by the firing that reads it
  std::vector<float> cells;                          ///< what its gates keep from step to step
  int delivered = 0;                                 ///< pixels
};

struct Firing {
  int submatrix = -1;      ///< -1: the whole stage is one task
  int index = 0;           ///< of its task, in its image
  std::int32_t image = 0;  ///< address of output noise
};

/// What a firing delivers: the values of its channels of each pixel of a token, or codes of a partial sum, or
/// nothing.
struct Delivery {
  std::vector<float> values;
  std::vector<std::int8_t> partial;
};

/// What a kernel is made from.
struct StageContext {
  const mapping::Mapping& mapping;  ///< kept as a reference
  int stage;
  const config::Chip& chip;
  const config::Device& device;
  const Calibration& calibration;
};

class Kernel {
 public:
  explicit Kernel(const StageContext& context);
  virtual ~Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// The stage on a batch: count x volume() results.
  virtual void run(const Devices& devices, const ImageBatch& images, Workspace& work,
                   const Results& results) const = 0;
  /// One firing of one of the stage's tasks, whose inputs up to this firing have arrived.
  virtual Delivery fire(const Devices& devices, const Firing& firing, Held& held, Workspace& work) const = 0;

  const mapping::Stage& stage() const { return *stage_; }
  /// Real value of a code.
  float input_step(int input) const { return input_steps_.at(input); }
  float output_step() const { return output_step_; }
  int max_code() const { return max_code_; }
  /// The last stage of a chip whose logits leave as FP16: its values are never rounded to codes.
  bool fp16_output() const { return fp16_output_; }
  /// What the stage delivers: channels of a pixel, pixels and values of an image.
  int channels() const { return channels_; }
  int pixels() const { return pixels_; }
  int volume() const { return channels_ * pixels_; }
  void encode(std::size_t count, const float* values, std::int8_t* codes) const;

 protected:
  /// Adds inputs[first], ... of a batch, `count` codes from `at` on, to values.
  void add_inputs(const ImageBatch& images, std::size_t first, std::ptrdiff_t at, std::size_t count,
                  float* values) const;
  /// Those as finish() takes them.
  void added_inputs(const ImageBatch& images, std::size_t first, std::ptrdiff_t at,
                    analog::AddedCodes& added) const;
  /// Where `count` values are computed that belong at `at` of the results.
  static float* place(const Results& results, std::ptrdiff_t at, std::size_t count, Workspace& work);
  /// Rounds them to codes, if codes are asked for.
  void deliver(const float* values, std::size_t count, std::ptrdiff_t at, const Results& results,
               StageHealth* health) const;
  /// What has arrived of a task's inputs, as a batch of one image.
  static ImageBatch arrived(const Held& held);

 private:
  const mapping::Stage* stage_;
  std::vector<float> input_steps_;
  float output_step_;
  int max_code_;
  bool fp16_output_;
  int channels_, pixels_;
};

/// Kernels by the kind of a stage's work.
class Kernels {
 public:
  /// Replaces a kernel for the same kind of work.
  template <class WorkType, class KernelType>
  void add() {
    makers_[typeid(WorkType)] = [](const StageContext& c) { return std::make_unique<KernelType>(c); };
  }
  std::unique_ptr<Kernel> make(const StageContext& context) const;

 private:
  std::map<std::type_index, std::function<std::unique_ptr<Kernel>(const StageContext&)>> makers_;
};

/// Those of kernels/*.cpp.
const Kernels& stage_kernels();

}  // namespace phasecore::numerics
