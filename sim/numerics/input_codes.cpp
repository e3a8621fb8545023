#include "sim/numerics/input_codes.hpp"

#include <algorithm>

namespace phasecore::numerics {

ImageBatch InputCodes::of(int stage, int count, int first_image, const CodesOf& codes_of) {
  const auto& inputs = mapping_.stages.at(stage).inputs;
  ImageBatch batch{count, first_image, {}};
  joined_.resize(std::max(joined_.size(), inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    batch.inputs.push_back(inputs[i].stage == mapping::kParts ? join(inputs[i], count, codes_of, joined_[i])
                                                              : codes_of(inputs[i].stage));
  return batch;
}

const std::int8_t* InputCodes::join(const mapping::StageInput& input, int count, const CodesOf& codes_of,
                                    std::vector<std::int8_t>& to) const {
  const mapping::Raster raster = mapping::raster_of(input.shape);
  const std::ptrdiff_t pixels = static_cast<std::ptrdiff_t>(count) * raster.pixels();
  to.resize(static_cast<std::size_t>(pixels) * raster.channels);
  std::ptrdiff_t place = 0;
  for (const mapping::ChannelPart& part : input.parts) {
    const bool image = part.stage == mapping::kNetworkInput;
    const std::ptrdiff_t pitch =
        mapping::raster_of(image ? mapping_.input_shape : mapping_.stages.at(part.stage).out_shape).channels;
    const std::int8_t* from = codes_of(part.stage) + part.begin;
    std::int8_t* out = to.data() + place;
    for (std::ptrdiff_t pixel = 0; pixel < pixels; ++pixel, from += pitch, out += raster.channels)
      std::copy_n(from, part.end - part.begin, out);
    place += part.end - part.begin;
  }
  return to.data();
}

}  // namespace phasecore::numerics
