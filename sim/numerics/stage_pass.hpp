// One stage's arithmetic with everything in place that does not depend on the devices. The batched executor
// and the functional chip call the same functions, so their results are equal bit for bit.
//
// Layout: codes of a stage are pixel-major, codes[pixel][channel]; a *vector* is what one core multiplies at
// once, for one output pixel. Values between the functions are FP16 numbers held as float.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/numerics/executor.hpp"
#include "sim/numerics/patches.hpp"

namespace phasecore::numerics {

/// Largest |code| of activations: the crossbar's input range. Throws InputError for more than 8 input bits.
int code_max(const config::Chip& chip);
/// Largest |code| of a partial sum. Throws InputError for more than 8 bits.
int partial_max(const config::Chip& chip);
/// {C, H, W}; a vector {F} is an image {F, 1, 1}.
graph::Shape as_image(const graph::Shape& shape);
/// Shape of the codes that a stage reads, kNetworkInput: the image's.
const graph::Shape& output_shape(const mapping::Mapping& mapping, int stage);

/// Where the random numbers of a run come from, and whether there are any.
struct Draws {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
  bool analog = false;
};

struct StageHealth;

/// Buffers that are reused from call to call.
struct Workspace {
  StageHealth* health = nullptr;  ///< notes what the stage's numbers show, if anybody wants to know
  std::vector<std::int8_t> rows, received, input;
  std::vector<float> floats, counts, values, chain, plane;
  std::vector<std::int32_t> images, positions;
};

class StagePass {
 public:
  /// Keeps a reference to the mapping.
  StagePass(const mapping::Mapping& mapping, int stage, const config::Chip& chip,
            const config::Device& device, const Calibration& calibration);

  const mapping::Stage& stage() const { return *stage_; }
  bool analog() const { return stage_->kind == mapping::StageKind::Mvm && !stage_->digital; }
  const analog::Converter& converter() const { return converter_; }
  int levels() const { return levels_; }
  int max_code() const { return max_code_; }
  float input_step() const { return input_step_; }
  float output_step() const { return output_step_; }
  /// The last stage of a chip whose logits leave as FP16: its values are never rounded to codes.
  bool fp16_output() const { return fp16_output_; }
  /// Values per image: what the stage reads, what it computes before its pool, what it delivers.
  int input_volume() const { return input_volume_; }
  int plane_volume() const { return plane_[0] * positions_; }
  int volume() const { return output_volume_; }
  int positions() const { return positions_; }

  /// Is a sub-matrix the last chain position of its chain of partial sums?
  bool ends_chain(int submatrix) const;
  /// What the rows of a sub-matrix (digital layers: of the whole matrix, submatrix 0) read.
  const Patches& patches(int submatrix) const { return patches_.at(patches_of_.at(submatrix)); }
  /// Inputs as the rows need them: as they are, or reordered into `buffer` where the network reshapes
  /// between the stages.
  const std::int8_t* arrange(int samples, const std::int8_t* input, std::vector<std::int8_t>& buffer) const;

  /// One core: n vectors of patches -> n x columns values, with the codes received from the chain position
  /// before (null on the first).
  void multiply(int submatrix, const StageState& state, const Draws& draws, int n, const std::int8_t* rows,
                const std::int32_t* images, const std::int32_t* positions, const std::int8_t* received,
                Workspace& work, float* values) const;
  /// What a core that is not the last of its chain sends on.
  void encode_partial(int submatrix, int n, const float* values, std::int8_t* codes) const;
  /// A layer in the digital unit: exact integer sums of INT8 weights, the same affine. n x columns.
  void multiply_digital(int n, const std::int8_t* rows, Workspace& work, float* values) const;
  /// A digital stage's values before its activation: input, + skip if there is one.
  void start_digital(std::size_t count, const std::int8_t* input, const std::int8_t* skip,
                     float* values) const;
  /// First activation, skip connection (codes of the same places, or null), activation; in place.
  void combine(std::size_t count, const std::int8_t* skip, float* values) const;
  bool has_pool() const { return stage_->pool.has_value(); }
  /// Output pixel of the pool from values of all positions: plane[position * pitch + channel].
  void pool_pixel(int pixel, const float* plane, std::ptrdiff_t pitch, int channels, float* out) const;
  void encode(std::size_t count, const float* values, std::int8_t* codes) const;

  /// The stage on a batch: samples x volume() codes, or values (not rounded to codes) - the other is null.
  void run(const StageState& state, const Draws& draws, int samples, int first_image,
           const std::int8_t* input, const std::int8_t* skip, Workspace& work, std::int8_t* codes,
           float* values) const;
  /// Only the multiplication: samples x plane_volume() values before any activation.
  void run_sums(const StageState& state, const Draws& draws, int samples, int first_image,
                const std::int8_t* input, Workspace& work, float* values) const;

 private:
  void set_shapes(const mapping::Mapping& mapping);
  void set_patches();
  void quantise_weights();
  int block() const;
  /// Values that leave the stage, as codes unless `codes` is null.
  void deliver(std::size_t count, const float* values, StageHealth* health, std::int8_t* codes) const;
  void sums(const StageState& state, const Draws& draws, int first_image, int begin, int n,
            const std::int8_t* arranged, Workspace& work, float* values) const;
  const std::int8_t* gather(int begin, int n, const std::int8_t* arranged, Workspace& work) const;

  const mapping::Stage* stage_;
  std::uint32_t layer_;  ///< address of random numbers
  analog::Converter converter_, ideal_converter_;
  int levels_, max_code_, partial_max_;
  float input_step_ = 0, skip_step_ = 0, output_step_ = 0;
  bool fp16_output_;
  std::vector<float> partial_step_;
  int positions_ = 1, input_volume_ = 0, output_volume_ = 0, output_pixels_ = 1, output_width_ = 1;
  graph::Shape input_, plane_;          ///< {C, H, W} read, and computed before the pool
  std::vector<int> order_;              ///< arranged[i] = input[order_[i]]; empty: as it is
  std::vector<Patches> patches_;        ///< the different row ranges
  std::vector<int> patches_of_;         ///< per sub-matrix
  std::vector<float> integer_weights_;  ///< digital layer: rows in patch order x columns
  analog::Affine integer_affine_;
};

}  // namespace phasecore::numerics
