// MVM stages: what those who program crossbars, measure them or carry input vectors need to know of them.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/digital_product.hpp"
#include "sim/numerics/kernel.hpp"
#include "sim/numerics/patches.hpp"

namespace phasecore::numerics {

/// A *vector* is what one core multiplies at once, for one tile of output pixels (its position). Vectors of a
/// batch are counted over its images.
class MvmKernel : public Kernel {
 public:
  explicit MvmKernel(const StageContext& context);

  void run(const Devices& devices, const ImageBatch& images, Workspace& work,
           const Results& results) const override;
  Delivery fire(const Devices& devices, const Firing& firing, Held& held, Workspace& work) const override;

  const mapping::MvmWork& mvm() const { return mvm_; }
  const analog::Converter& converter() const { return converter_; }
  int levels() const { return levels_; }
  std::uint32_t layer() const { return layer_; }  ///< address of random numbers
  float largest_weight() const { return largest_weight_; }
  /// Pixels of the plane.
  int positions() const { return positions_; }
  /// The columns of a replica's tile whose affine a pixel's values go through, as a number below
  /// column_groups(): replicas, and in each the copies.
  int column_group(int pixel) const;
  int column_groups() const { return mvm_.sharing.replicas * mvm_.sharing.copies(); }
  /// Values per image that the stage reads, and that it computes before its pool.
  int read_volume() const { return read_volume_; }
  int plane_volume() const { return mvm_.cols * positions_; }
  /// What the rows of a sub-matrix (digital layers: of the whole matrix, submatrix 0) read.
  const Patches& patches(int submatrix) const { return reader_.patches(patches_of_.at(submatrix)); }
  /// How a sub-matrix' rows stand in its vectors.
  analog::RowLayout layout(int submatrix) const { return reader_.layout(patches_of_.at(submatrix)); }

  /// Only the multiplication: count x plane_volume() values before any activation.
  void sums(const Devices& devices, const ImageBatch& images, Workspace& work, float* values) const;
  /// The rows of the input vector that a sub-matrix takes at a firing of its task: as the host sent them, or
  /// from the pixels that have arrived.
  virtual std::vector<std::int8_t> rows(int submatrix, int firing, Held& held, Workspace& work) const;
  /// Real value of a code that a sub-matrix multiplies.
  virtual float row_step(int /*submatrix*/) const { return input_step(0); }

 protected:
  /// One vector of each image, all of the same step of a sequence.
  struct Step {
    int images = 0, first_image = 0, step = 0;
  };
  /// Only the multiplication: images x cols sums.
  void multiply_step(const Devices& devices, const Step& step, const std::int8_t* vectors, Workspace& work,
                     float* sums) const;
  /// The sums of a firing that ends a chain -> what it delivers.
  virtual Delivery finish(const Firing& firing, Held& held, const std::vector<float>& values) const;
  /// Where sums leave the chain as codes: real value of one, and the largest.
  float end_step() const { return partial_step_.back(); }
  int largest_partial() const { return partial_max_; }

 private:
  /// Vectors [begin, begin + count).
  struct Vectors {
    int begin = 0, count = 0;
  };

  /// Images as the rows need them, loaded for reading.
  struct Images {
    int first = 0;  ///< address of image 0's output noise
    const std::int8_t* codes = nullptr;
  };

  /// Values per image as the rows need them.
  int input_volume() const { return input_.channels * input_.pixels(); }
  void set_shapes();
  void set_patches();
  int block() const;
  int images_at_once(int all) const;
  std::ptrdiff_t pixel_of(int vector) const;
  void set_replicas();
  const std::int8_t* arrange(int images, const std::int8_t* input, std::vector<std::int8_t>& buffer) const;
  const std::int8_t* gather(const Vectors& vectors, const std::int8_t* arranged, Workspace& work) const;
  void multiply(int submatrix, const Devices& devices, const analog::InputVectors& vectors,
                const analog::NoiseAddresses& addresses, const std::int8_t* received, Workspace& work,
                float* values) const;
  void encode_partial(int submatrix, std::size_t count, const float* values, std::int8_t* codes) const;
  void multiply_block(const Devices& devices, const Vectors& vectors, const Images& images, Workspace& work,
                      float* values) const;
  void multiply_replica(int replica, const Devices& devices, const Vectors& grouped, Workspace& work,
                        float* values) const;
  void group_by_replica(const Vectors& vectors, Workspace& work) const;
  void place_tiles(const Vectors& vectors, const Workspace& work, float* values) const;
  void combine(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values) const;
  void complete(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
                Workspace& work, const Results& results) const;
  void pool_images(int first, int count, Workspace& work, const Results& results) const;
  int replica_of(const Firing& firing) const;
  int tile_of(const Firing& firing) const;
  Delivery pool(const Firing& firing, int columns, Held& held) const;

  const mapping::MvmWork& mvm_;
  std::uint32_t layer_;
  float largest_weight_;
  int levels_, partial_max_, positions_;
  std::vector<float> partial_step_;
  ActivationUnit first_activation_, activation_;
  mapping::Raster input_, plane_;  ///< read, and computed before the pool
  int read_volume_ = 0;
  std::vector<int> order_;       ///< arranged[i] = input[order_[i]], 0 for -1; empty: as it is
  VectorReader reader_;          ///< of the different row ranges
  std::vector<int> patches_of_;  ///< per sub-matrix
  mapping::Raster tiles_;
  std::vector<int> replica_of_;             ///< per tile
  std::vector<std::vector<int>> tiles_of_;  ///< per replica, in the order of its firings
  /// Per replica, which of its firings complete what a fused pool delivers.
  std::vector<std::vector<std::uint8_t>> completes_;
  analog::Converter converter_, ideal_converter_;
  DigitalProduct digital_;
};

}  // namespace phasecore::numerics
