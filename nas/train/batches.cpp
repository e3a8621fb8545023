#include "nas/train/batches.hpp"

#include <algorithm>
#include <numeric>

#include "nas/train/random.hpp"

namespace phasecore::train {

std::vector<int> epoch_order(int images, int seed, int epoch) {
  std::vector<int> order(images);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 engine(key_of(seed, Choice::ImageOrder, epoch));
  for (int i = images - 1; i > 0; --i) std::swap(order[i], order[below(engine, i + 1)]);
  return order;
}

graph::Shape as_image(graph::Shape shape) {
  while (shape.size() < 3) shape.insert(shape.begin(), 1);
  while (shape.size() > 3) {
    shape[1] *= shape[0];
    shape.erase(shape.begin());
  }
  return shape;
}

void shifted_copy(const float* image, const graph::Shape& shape, int dy, int dx, bool flip,
                  std::optional<float> fill, float* out) {
  const int channels = shape[0], height = shape[1], width = shape[2];
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int from_y = y + dy;
        const int from_x = (flip ? width - 1 - x : x) + dx;
        const int inside_y = std::clamp(from_y, 0, height - 1), inside_x = std::clamp(from_x, 0, width - 1);
        const bool outside = inside_y != from_y || inside_x != from_x;
        out[(c * height + y) * width + x] =
            outside && fill ? *fill : image[(c * height + inside_y) * width + inside_x];
      }
}

EpochBatches::EpochBatches(const data::Dataset& dataset, const Settings& settings, int epoch)
    : dataset_(dataset),
      augmentation_(settings.augmentation),
      batch_size_(settings.batch_size),
      seed_(settings.seed),
      epoch_(epoch),
      fill_(dataset.border_repeats
                ? std::nullopt
                : std::make_optional(*std::min_element(dataset.images.begin(), dataset.images.end()))),
      order_(epoch_order(dataset.size(), settings.seed, epoch)) {}

void EpochBatches::fill(int index, float* images, std::int64_t* labels) const {
  const auto volume = static_cast<std::size_t>(graph::volume(dataset_.shape));
  const graph::Shape image_shape = as_image(dataset_.shape);
  const int pad_h = augmentation_.crop_padding_h_px, pad_w = augmentation_.crop_padding_w_px;
  std::mt19937_64 engine(key_of(seed_, Choice::Augmentation, epoch_, index));
  for (int i = 0; i < batch_size_; ++i) {
    const int image = order_[static_cast<std::size_t>(index) * batch_size_ + i];
    const int dy = static_cast<int>(below(engine, 2 * pad_h + 1)) - pad_h;
    const int dx = static_cast<int>(below(engine, 2 * pad_w + 1)) - pad_w;
    const bool flip = below(engine, 2) == 1 && augmentation_.horizontal_flip;
    shifted_copy(&dataset_.images[image * volume], image_shape, dy, dx, flip, fill_, images + i * volume);
    labels[i] = dataset_.labels[image];
  }
}

}  // namespace phasecore::train
