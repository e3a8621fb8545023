// Convolutions and Gemms: gathered vectors through the crossbars (or the digital unit), partial sums from
// chain position to chain position, then activations, added inputs, pool.
#include "sim/numerics/kernels/mvm.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/random.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::numerics {
namespace {

/// Bytes of counts and values of one block of vectors: they stay in the first-level cache.
constexpr int kBlockBytes = 24 * 1024;
/// Values of a pooled stage held at once.
constexpr int kPlaneValues = 1 << 16;

/// Where each value of an image with zeros between its pixels lies in the image, -1 for the zeros; both
/// pixel-major.
std::vector<int> spread_order(const mapping::Raster& image, const mapping::Spread& spread) {
  const mapping::Raster wide = spread.of(image);
  std::vector<int> order;
  for (int y = 0; y < wide.height; ++y)
    for (int x = 0; x < wide.width; ++x)
      for (int c = 0; c < image.channels; ++c) {
        const int pixel = y / spread.rows * image.width + x / spread.columns;
        const bool given = y % spread.rows == 0 && x % spread.columns == 0;
        order.push_back(given ? pixel * image.channels + c : -1);
      }
  return order;
}

/// Takes whatever a line can carry, in the finest steps that a float holds.
analog::Converter exact_converter(const config::Chip& chip) {
  analog::Converter converter;
  converter.max_count = (1 << 23) - 1;
  converter.full_scale = chip.crossbar.rows;
  return converter;
}

/// Where channel-major value `flat` of an image lies in pixel-major order.
int pixel_major(const mapping::Raster& image, int flat) {
  return flat % image.pixels() * image.channels + flat / image.pixels();
}

}  // namespace

MvmKernel::MvmKernel(const StageContext& context)
    : Kernel(context),
      mvm_(*stage().as<mapping::MvmWork>()),
      layer_(common::stable_hash(stage().name)),
      largest_weight_(analog::largest_magnitude(mvm_.weights.size(), mvm_.weights.data())),
      levels_(context.chip.numbers.conductance_levels),
      partial_max_(partial_max(context.chip)),
      positions_(mvm_.positions()),
      partial_step_(context.calibration.partial_step.at(context.stage)),
      first_activation_(mvm_.first_activation, mvm_.cols),
      activation_(mvm_.activation, mvm_.cols) {
  set_shapes();
  set_replicas();
  set_patches();
  if (mvm_.digital) {
    digital_ = DigitalProduct(mvm_, patches(0).order(), input_step(0));
    return;
  }
  const auto& range = context.calibration.line_range;
  converter_ = context.calibration.exact_lines
                   ? exact_converter(context.chip)
                   : analog::make_converter(context.chip, context.device, mvm_.adc_bits,
                                            range.empty() ? 0 : range.at(context.stage));
  ideal_converter_ = converter_;
  ideal_converter_.oscillator.reset();
  ideal_converter_.output_noise = 0;
}

void MvmKernel::set_shapes() {
  const auto& inputs = stage().inputs;
  const mapping::Raster given = mapping::raster_of(inputs.at(0).shape);
  read_volume_ = given.channels * given.pixels();
  plane_ = mapping::raster_of(mvm_.plane);
  if (mvm_.row_joints().empty()) {
    input_ = mvm_.window ? mvm_.spread.of(given) : mapping::Raster{mvm_.rows, 1, 1};
  } else {
    input_ = {mvm_.rows, 1, 1};  // vectors are put together step by step
    return;
  }
  common::ensure(read_volume_ == input_volume() || !mvm_.spread.is_one(),
                 "numerics: stage '" + stage().name + "' reads another size than its input delivers");
  if (!mvm_.spread.is_one())
    order_ = spread_order(given, mvm_.spread);
  else if (!(given == input_))
    for (int row = 0; row < mvm_.rows; ++row) order_.push_back(pixel_major(given, row));
  for (std::size_t i = 1; i < inputs.size(); ++i)
    common::ensure(mapping::raster_of(inputs[i].shape) == plane_,
                   "numerics: what is added in '" + stage().name + "' has another shape");
}

void MvmKernel::set_patches() {
  const graph::Window window = mvm_.window ? mvm_.tile_window() : graph::Window{};
  std::vector<Patches> patches;
  bool narrow = false;
  const auto add = [&](int begin, int end) {
    for (std::size_t i = 0; i < patches.size(); ++i)
      if (patches[i].row_begin() == begin && patches[i].rows() == end - begin)
        return patches_of_.push_back(static_cast<int>(i));
    patches_of_.push_back(static_cast<int>(patches.size()));
    patches.emplace_back(input_, window, tiles_.width, begin, end);
  };
  if (mvm_.digital) add(0, mvm_.rows);
  for (const mapping::SubMatrix& m : mvm_.submatrices) {
    add(m.row_begin, m.row_end);
    narrow = narrow || m.col_end - m.col_begin <= analog::PackedConductances::kNarrow;
  }
  const bool by_step = !mvm_.row_joints().empty();
  reader_ = VectorReader(input_, window, by_step ? mapping::Raster{mvm_.cols, 1, 1} : tiles_,
                         std::move(patches), narrow);
}

void MvmKernel::set_replicas() {
  tiles_ = mvm_.tiles();
  replica_of_.resize(tiles_.pixels());
  for (int replica = 0; replica < mvm_.sharing.replicas; ++replica) {
    tiles_of_.push_back(mvm_.tiles_of(replica));
    completes_.push_back(mvm_.emits_of(stage(), replica));
    for (const int tile : tiles_of_.back()) replica_of_.at(tile) = replica;
  }
}

int MvmKernel::column_group(int pixel) const {
  const mapping::Sharing& shared = mvm_.sharing;
  const int y = pixel / plane_.width, x = pixel % plane_.width;
  const int tile = y / shared.tile_h * tiles_.width + x / shared.tile_w;
  const int copy = y % shared.tile_h * shared.tile_w + x % shared.tile_w;
  return replica_of_[tile] * shared.copies() + copy;
}

/// The first pixel, counted over the images of a batch, of a vector that begins a row of tiles; without tiles
/// that of any.
std::ptrdiff_t MvmKernel::pixel_of(int vector) const {
  const mapping::Sharing& shared = mvm_.sharing;
  if (shared.copies() == 1) return vector;
  const int image = vector / tiles_.pixels(), row = vector % tiles_.pixels() / tiles_.width;
  return static_cast<std::ptrdiff_t>(image) * positions_ +
         static_cast<std::ptrdiff_t>(std::min(row * shared.tile_h, plane_.height)) * plane_.width;
}

/// Inputs as the rows need them: as they are, or put into `buffer` in their order: where a Gemm reads an
/// image, and with zeros between pixels.
const std::int8_t* MvmKernel::arrange(int images, const std::int8_t* input,
                                      std::vector<std::int8_t>& buffer) const {
  if (order_.empty()) return input;
  buffer.resize(order_.size() * images);
  for (int image = 0; image < images; ++image)
    for (std::size_t row = 0; row < order_.size(); ++row)
      buffer[image * order_.size() + row] =
          order_[row] < 0 ? std::int8_t{0}
                          : input[static_cast<std::ptrdiff_t>(image) * read_volume_ + order_[row]];
  return buffer.data();
}

int MvmKernel::block() const {
  // Per vector: counts, one chain's and all values of the columns. Tiles are taken in whole rows.
  const int vectors = std::clamp(kBlockBytes / (12 * mvm_.tile_cols()), 16, 2048);
  return mvm_.sharing.copies() == 1 ? vectors : std::max(vectors / tiles_.width, 1) * tiles_.width;
}

void MvmKernel::multiply_step(const Devices& devices, const Step& step, const std::int8_t* vectors,
                              Workspace& work, float* sums) const {
  reader_.load(step.images, vectors, work.vectors);
  reader_.read(0, step.images, vectors, work.vectors);
  work.images.resize(step.images);
  std::iota(work.images.begin(), work.images.end(), step.first_image);
  work.positions.assign(step.images, step.step);
  multiply_replica(0, devices, {0, step.images}, work, sums);
}

/// The vectors' rows, for a digital product.
const std::int8_t* MvmKernel::gather(const Vectors& vectors, const std::int8_t* arranged,
                                     Workspace& work) const {
  const Patches& p = patches(0);
  work.rows.resize(static_cast<std::size_t>(vectors.count) * p.rows());
  std::int8_t* out = work.rows.data();
  const int end = vectors.begin + vectors.count;
  for (int v = vectors.begin; v < end;) {
    const int image = v / positions_, position = v % positions_;
    const int count = std::min(positions_ - position, end - v);
    p.gather(arranged + static_cast<std::ptrdiff_t>(image) * input_volume(), position, count, out);
    out += static_cast<std::ptrdiff_t>(count) * p.rows();
    v += count;
  }
  return work.rows.data();
}

/// One core: vectors -> columns, with the codes received from the chain position before (null on the first).
void MvmKernel::multiply(int submatrix, const Devices& devices, const analog::InputVectors& vectors,
                         const analog::NoiseAddresses& addresses, const std::int8_t* received,
                         Workspace& work, float* values) const {
  const mapping::SubMatrix& m = mvm_.submatrices.at(submatrix);
  const int columns = m.col_end - m.col_begin;
  work.counts.resize(static_cast<std::size_t>(vectors.count) * columns);
  const auto& lines = devices.crossbars.lines;
  analog::multiply(
      {devices.crossbars.conductances.at(submatrix), lines.empty() ? nullptr : &lines.at(submatrix)},
      devices.analog ? converter_ : ideal_converter_, {max_code(), levels_}, vectors, addresses,
      {devices.seed, devices.instance, layer_, m.chain_position, m.col_begin,
       static_cast<std::uint32_t>(m.replica)},
      work.counts.data());
  analog::affine(vectors.count, columns, work.counts.data(), devices.crossbars.affine.at(submatrix), received,
                 received == nullptr ? 0.0f : partial_step_.at(m.chain_position - 1), values);
  if (work.lines != nullptr) work.lines->add_sizes(work.counts.data(), work.counts.size());
  if (work.health == nullptr) return;
  work.health->see_counts(work.counts.size(), work.counts.data());
  work.health->see_values(work.counts.size(), values);
  if (!mvm_.ends_chain(submatrix))
    work.health->partial.see(work.counts.size(), values, partial_step_.at(m.chain_position), partial_max_);
}

/// What a core that is not the last of its chain sends on.
void MvmKernel::encode_partial(int submatrix, std::size_t count, const float* values,
                               std::int8_t* codes) const {
  const float step = partial_step_.at(mvm_.submatrices.at(submatrix).chain_position);
  numerics::encode(count, values, 1.0f / step, partial_max_, codes);
}

/// Vectors -> the sums of their pixels, pixels x cols.
void MvmKernel::multiply_block(const Devices& devices, const Vectors& vectors, const Images& images,
                               Workspace& work, float* values) const {
  const int n = vectors.count;
  if (mvm_.digital) return digital_.multiply(n, gather(vectors, images.codes, work), work, values);
  reader_.read(vectors.begin, n, images.codes, work.vectors);
  work.images.resize(n);
  work.positions.resize(n);
  const int tiles = tiles_.pixels();
  for (int i = 0, image = images.first + vectors.begin / tiles, at = vectors.begin % tiles; i < n; ++i) {
    work.images[i] = image;
    work.positions[i] = at;
    if (++at == tiles) at = 0, ++image;
  }
  if (!mvm_.is_shared()) return multiply_replica(0, devices, {0, n}, work, values);
  group_by_replica(vectors, work);
  work.tiles.resize(static_cast<std::size_t>(n) * mvm_.tile_cols());
  for (int begin = 0; begin < n;) {
    const auto replica_at = [&](int i) { return replica_of_[work.positions[i]]; };
    int end = begin + 1;
    while (end < n && replica_at(end) == replica_at(begin)) ++end;
    multiply_replica(replica_at(begin), devices, {begin, end - begin}, work,
                     work.tiles.data() + static_cast<std::ptrdiff_t>(begin) * mvm_.tile_cols());
    begin = end;
  }
  place_tiles(vectors, work, values);
}

/// Puts the vectors of each replica next to each other: addresses, images and positions.
void MvmKernel::group_by_replica(const Vectors& vectors, Workspace& work) const {
  const int n = vectors.count;
  work.order.resize(n);
  for (int i = 0; i < n; ++i) work.order[i] = i;
  std::stable_sort(work.order.begin(), work.order.end(), [&](int a, int b) {
    return replica_of_[work.positions[a]] < replica_of_[work.positions[b]];
  });
  work.addresses.resize(work.vectors.vectors.size() * n);
  const std::int16_t** address = work.addresses.data();
  for (analog::InputVectors& read : work.vectors.vectors) {
    for (int i = 0; i < n; ++i) address[i] = read.addresses[work.order[i]];
    read.addresses = address;
    address += n;
  }
  for (int i = 0; i < n; ++i) {
    const int vector = vectors.begin + work.order[i];
    work.images[i] += vector / tiles_.pixels() - (vectors.begin + i) / tiles_.pixels();
    work.positions[i] = vector % tiles_.pixels();
  }
}

/// Grouped vectors of one replica -> count x tile_cols sums.
void MvmKernel::multiply_replica(int replica, const Devices& devices, const Vectors& grouped, Workspace& work,
                                 float* values) const {
  const int n = grouped.count, first = replica * mvm_.per_replica();
  for (int m = first; m < first + mvm_.per_replica(); ++m) {
    const mapping::SubMatrix& sub = mvm_.submatrices[m];
    const int columns = sub.col_end - sub.col_begin;
    const std::size_t count = static_cast<std::size_t>(n) * columns;
    const bool whole = columns == mvm_.tile_cols();
    work.chain.resize(count);
    float* out = whole ? values : work.chain.data();
    const analog::InputVectors& read = work.vectors.vectors[patches_of_[m]];
    multiply(m, devices, {n, read.addresses + grouped.begin, read.offsets},
             {work.images.data() + grouped.begin, work.positions.data() + grouped.begin, work.drawn},
             sub.chain_position == 0 ? nullptr : work.received.data(), work, out);
    if (!mvm_.ends_chain(m)) {
      work.received.resize(count);
      encode_partial(m, count, out, work.received.data());
    } else if (!whole) {
      for (int i = 0; i < n; ++i)
        std::copy_n(out + static_cast<std::ptrdiff_t>(i) * columns, columns,
                    values + static_cast<std::ptrdiff_t>(i) * mvm_.tile_cols() + sub.col_begin);
    }
  }
}

/// The sums of grouped tiles, in work.tiles, to their pixels.
void MvmKernel::place_tiles(const Vectors& vectors, const Workspace& work, float* values) const {
  const mapping::Sharing& shared = mvm_.sharing;
  const std::ptrdiff_t begin = pixel_of(vectors.begin);
  const float* from = work.tiles.data();
  const int in_group = mvm_.cols / mvm_.groups;
  for (const int i : work.order) {
    const int vector = vectors.begin + i, tile = vector % tiles_.pixels();
    const int top = tile / tiles_.width * shared.tile_h, left = tile % tiles_.width * shared.tile_w;
    const std::ptrdiff_t image = static_cast<std::ptrdiff_t>(vector / tiles_.pixels()) * positions_ - begin;
    for (int y = top; y < top + shared.tile_h; ++y)
      for (int x = left; x < left + shared.tile_w; ++x) {
        if (y >= plane_.height || x >= plane_.width) continue;
        const int copy = (y - top) * shared.tile_w + x - left;
        float* to = values + (image + y * plane_.width + x) * mvm_.cols;
        for (int channel = 0; channel < mvm_.cols; channel += in_group)
          std::copy_n(from + mvm_.column_of({copy, channel}), in_group, to + channel);
      }
    from += mvm_.tile_cols();
  }
}

/// How many images of a batch are taken together: a pool needs whole images before it can start.
int MvmKernel::images_at_once(int all) const {
  int group = std::max(1, all);
  if (mvm_.pool) group = std::min(group, std::max(1, kPlaneValues / plane_volume()));
  return mvm_.digital ? group : std::min(group, reader_.images_at_once());
}

void MvmKernel::sums(const Devices& devices, const ImageBatch& images, Workspace& work, float* values) const {
  const std::int8_t* arranged = arrange(images.count, images.inputs.at(0), work.input);
  const int group = reader_.images_at_once();
  for (int first = 0; first < images.count; first += group) {
    const int count = std::min(group, images.count - first), all = count * tiles_.pixels();
    const Images loaded{images.first + first, arranged + static_cast<std::ptrdiff_t>(first) * input_volume()};
    reader_.load(count, loaded.codes, work.vectors);
    for (int begin = 0, step = block(); begin < all; begin += step)
      multiply_block(
          devices, {begin, std::min(step, all - begin)}, loaded, work,
          values + (static_cast<std::ptrdiff_t>(first) * positions_ + pixel_of(begin)) * mvm_.cols);
  }
}

/// First activation, added inputs, activation; `count` values in place, `at` their place in the plane.
void MvmKernel::combine(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values) const {
  first_activation_.run(at, count, values);
  add_inputs(images, 1, at, count, values);
  activation_.run(at, count, values);
}

/// The sums of pixels -> the stage's results, or what its pool reads; `count` values, `at` their place.
void MvmKernel::complete(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
                         Workspace& work, const Results& results) const {
  const bool functions = first_activation_.has_functions() || activation_.has_functions();
  if (results.codes != nullptr && work.health == nullptr && !mvm_.pool && !functions) {
    added_inputs(images, 1, at, work.added);
    const analog::Finish all{first_activation_.limits(), activation_.limits(), 1.0f / output_step(),
                             max_code()};
    return analog::finish(all, work.added, count, values, results.codes + at);
  }
  combine(images, at, count, values);
  if (work.health != nullptr && (images.inputs.size() > 1 || activation_.has_functions()))
    work.health->see_values(count, values);
  if (!mvm_.pool) deliver(values, count, at, results, work.health);
}

/// Pools the planes of images [first, first + count), which lie in work.plane.
void MvmKernel::pool_images(int first, int count, Workspace& work, const Results& results) const {
  const int width = mapping::raster_of(stage().out_shape).width;
  const auto columns = static_cast<std::size_t>(mvm_.cols);
  for (int image = 0; image < count; ++image) {
    const Plane plane{work.plane.data() + static_cast<std::ptrdiff_t>(image) * plane_volume(), plane_};
    for (int pixel = 0; pixel < pixels(); ++pixel) {
      const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(first + image) * pixels() + pixel) * mvm_.cols;
      float* values = place(results, at, columns, work);
      pool_pixel(*mvm_.pool, plane, pixel / width, pixel % width, values);
      deliver(values, columns, at, results, work.health);
    }
  }
}

void MvmKernel::run(const Devices& devices, const ImageBatch& images, Workspace& work,
                    const Results& results) const {
  const std::int8_t* arranged = arrange(images.count, images.inputs.at(0), work.input);
  const int group = images_at_once(images.count);
  for (int first = 0; first < images.count; first += group) {
    const int group_images = std::min(group, images.count - first), all = group_images * tiles_.pixels();
    const Images loaded{images.first + first, arranged + static_cast<std::ptrdiff_t>(first) * input_volume()};
    if (!mvm_.digital) reader_.load(group_images, loaded.codes, work.vectors);
    if (mvm_.pool) work.plane.resize(static_cast<std::size_t>(group_images) * plane_volume());
    for (int begin = 0, step = block(); begin < all; begin += step) {
      const Vectors vectors{begin, std::min(step, all - begin)};
      const std::ptrdiff_t here = pixel_of(begin) * mvm_.cols;
      const auto count = static_cast<std::size_t>(pixel_of(begin + vectors.count) * mvm_.cols - here);
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(first) * plane_volume() + here;
      float* values = mvm_.pool ? work.plane.data() + here : place(results, at, count, work);
      multiply_block(devices, vectors, loaded, work, values);
      complete(images, at, count, values, work, results);
    }
    if (mvm_.pool) pool_images(first, group_images, work, results);
  }
}

std::vector<std::int8_t> MvmKernel::rows(int submatrix, int firing, Held& held, Workspace& work) const {
  const auto sent = held.rows.find(firing);
  if (sent != held.rows.end()) {
    std::vector<std::int8_t> rows = std::move(sent->second);
    held.rows.erase(sent);
    return rows;
  }
  const Patches& taken = patches(submatrix);
  std::vector<std::int8_t> rows(taken.rows());
  const int replica = mvm_.digital ? 0 : mvm_.submatrices.at(submatrix).replica;
  taken.gather(arrange(1, held.inputs.at(0).data(), work.input), tiles_of_[replica].at(firing), 1,
               rows.data());
  return rows;
}

Delivery MvmKernel::fire(const Devices& devices, const Firing& firing, Held& held, Workspace& work) const {
  if (mvm_.digital) {
    std::vector<float> values(mvm_.cols);
    digital_.multiply(1, rows(0, firing.index, held, work).data(), work, values.data());
    return finish(firing, held, values);
  }
  const mapping::SubMatrix& m = mvm_.submatrices.at(firing.submatrix);
  const std::vector<std::int8_t> vector = rows(firing.submatrix, firing.index, held, work);
  const auto received = held.received.find(firing.index);
  common::ensure((m.chain_position > 0) == (received != held.received.end()),
                 "numerics: a partial sum of '" + stage().name + "' is missing");
  const std::int32_t position = tile_of(firing);
  std::vector<float> values(m.col_end - m.col_begin);
  const analog::WidenedRows wide(devices.crossbars.conductances.at(firing.submatrix), 1, vector.data());
  multiply(firing.submatrix, devices, wide.vectors(), {&firing.image, &position},
           m.chain_position > 0 ? received->second.data() : nullptr, work, values.data());
  if (m.chain_position > 0) held.received.erase(received);
  if (mvm_.ends_chain(firing.submatrix)) return finish(firing, held, values);
  Delivery partial;
  partial.partial.resize(values.size());
  encode_partial(firing.submatrix, values.size(), values.data(), partial.partial.data());
  return partial;
}

int MvmKernel::replica_of(const Firing& firing) const {
  return mvm_.digital ? 0 : mvm_.submatrices.at(firing.submatrix).replica;
}

int MvmKernel::tile_of(const Firing& firing) const {
  return tiles_of_[replica_of(firing)].at(firing.index);
}

/// The sums of one tile -> activations, added inputs, pool.
Delivery MvmKernel::finish(const Firing& firing, Held& held, const std::vector<float>& values) const {
  const mapping::SubMatrix all{0, mvm_.rows, 0, mvm_.cols};
  const mapping::SubMatrix& part = mvm_.digital ? all : mvm_.submatrices.at(firing.submatrix);
  const auto [first, end] = mvm_.channels_of(part);
  const int columns = end - first;
  const mapping::Blocks tiles{plane_, mvm_.sharing.tile_h, mvm_.sharing.tile_w};
  const int tile = tile_of(firing), left = tile % tiles_.width * mvm_.sharing.tile_w;
  Delivery delivery;
  for (const int pixel : tiles.pixels_of(tile)) {
    const int y = pixel / plane_.width % mvm_.sharing.tile_h, x = pixel % plane_.width - left;
    std::vector<float> at;
    for (int channel = first; channel < end; ++channel)
      at.push_back(values[mvm_.column_of({y * mvm_.sharing.tile_w + x, channel}) - part.col_begin]);
    combine(arrived(held), static_cast<std::ptrdiff_t>(pixel) * mvm_.cols + first, at.size(), at.data());
    if (mvm_.pool) {
      held.plane.resize(static_cast<std::size_t>(positions_) * columns);
      std::copy(at.begin(), at.end(), held.plane.begin() + static_cast<std::ptrdiff_t>(pixel) * columns);
    } else {
      delivery.values.insert(delivery.values.end(), at.begin(), at.end());
    }
  }
  const std::vector<std::uint8_t>& completes = completes_[replica_of(firing)];
  const bool pools = mvm_.pool && (completes.empty() || completes[firing.index] != 0);
  return pools ? pool(firing, columns, held) : delivery;
}

/// The pixels that the pool delivers at a firing that completes them.
Delivery MvmKernel::pool(const Firing& firing, int columns, Held& held) const {
  const mapping::Blocks blocks = mvm_.out_blocks(stage());
  const int replica = replica_of(firing), width = blocks.plane.width;
  Delivery delivery;
  for (const int pixel : blocks.pixels_of(replica + held.delivered++ * blocks.senders)) {
    std::vector<float> values(static_cast<std::size_t>(columns));
    pool_pixel(*mvm_.pool, {held.plane.data(), {columns, plane_.height, plane_.width}}, pixel / width,
               pixel % width, values.data());
    delivery.values.insert(delivery.values.end(), values.begin(), values.end());
  }
  return delivery;
}

void register_mvm(Kernels& kernels) {
  kernels.add<mapping::MvmWork, MvmKernel>();
}

}  // namespace phasecore::numerics
