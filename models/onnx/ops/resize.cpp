// Resize, and Upsample, which it replaced.
#include "models/graph/ops/resize.hpp"

#include <cmath>
#include <map>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

using graph::Resize;

const std::map<std::string, Resize::Mode> kModes{{"nearest", Resize::Mode::Nearest},
                                                 {"linear", Resize::Mode::Linear}};
const std::map<std::string, Resize::Place> kPlaces{{"half_pixel", Resize::Place::HalfPixel},
                                                   {"pytorch_half_pixel", Resize::Place::PytorchHalfPixel},
                                                   {"align_corners", Resize::Place::AlignCorners},
                                                   {"asymmetric", Resize::Place::Asymmetric},
                                                   {"tf_half_pixel_for_nn", Resize::Place::TfHalfPixelForNn}};
const std::map<std::string, Resize::Rounding> kRoundings{
    {"round_prefer_floor", Resize::Rounding::PreferFloor},
    {"round_prefer_ceil", Resize::Rounding::PreferCeil},
    {"floor", Resize::Rounding::Floor},
    {"ceil", Resize::Rounding::Ceil}};

/// What the attribute says, one of the names of `known`.
template <class T>
T read_choice(NodeReader& reader, const std::string& attribute, const std::string& otherwise,
              const std::map<std::string, T>& known) {
  const std::string text = reader.attributes().text(attribute, otherwise);
  const auto found = known.find(text);
  if (found != known.end()) return found->second;
  std::string names;
  for (const auto& [name, value] : known) names += (names.empty() ? "" : ", ") + name;
  reader.problem("attribute '" + attribute + "' is '" + text + "'; supported are " + names);
  return known.begin()->second;
}

template <class T>
std::string name_of(T value, const std::map<std::string, T>& known) {
  for (const auto& [name, v] : known)
    if (v == value) return name;
  return "";
}

/// The factors, or the sizes that they come to; with the batch.
struct Sizes {
  std::vector<float> scales;
  std::vector<std::int64_t> sizes;
};

Sizes read_sizes(NodeReader& reader, bool upsample) {
  Sizes given;
  if (upsample && reader.opset() < 9) {
    given.scales = reader.attributes().reals("scales");
    return given;
  }
  const int scales = upsample || reader.opset() < 11 ? 1 : 2;
  if (!upsample && reader.has_input(3)) {
    given.sizes = reader.ints(3, "sizes").value_or(given.sizes);
    if (!given.sizes.empty()) return given;
  }
  given.scales = reader.floats(scales, "scales").values;
  return given;
}

void set_sizes(NodeReader& reader, const Operand& x, const Sizes& given, Resize& resize) {
  const std::size_t count = given.sizes.empty() ? given.scales.size() : given.sizes.size();
  if (static_cast<int>(count) != x.rank())
    return reader.problem("has " + std::to_string(count) + " sizes or scales for " +
                          std::to_string(x.rank()) + " dimensions");
  int own = 0;
  for (int d = 0; d < x.rank(); ++d) {
    if (d == x.batch) {
      if (given.sizes.empty() ? given.scales[d] != 1 : given.sizes[d] != reader.batch())
        reader.problem("resizes the batch");
      continue;
    }
    const int in = x.shape[own++];
    const double size = given.sizes.empty()
                            ? std::floor(static_cast<double>(in) * static_cast<double>(given.scales[d]))
                            : static_cast<double>(given.sizes[d]);
    if (!(size >= 1 && size <= static_cast<double>(graph::kMaxValues)))
      return reader.problem("makes " + std::to_string(size) + " of " + std::to_string(in) + " values");
    resize.target.push_back(static_cast<int>(size));
    resize.scales.push_back(given.sizes.empty() ? given.scales[d]
                                                : static_cast<float>(size / static_cast<double>(in)));
  }
}

void read(NodeReader& reader, bool upsample) {
  reader.expect_inputs(1, upsample ? 2 : 4);
  const Operand x = reader.operand(0);
  Resize resize;
  resize.mode = read_choice(reader, "mode", "nearest", kModes);
  if (upsample || reader.opset() < 11) {
    resize.place = Resize::Place::Asymmetric;
    resize.rounding = Resize::Rounding::Floor;
  } else {
    resize.place = read_choice(reader, "coordinate_transformation_mode", "half_pixel", kPlaces);
    resize.rounding = read_choice(reader, "nearest_mode", "round_prefer_floor", kRoundings);
    for (const char* other_modes : {"cubic_coeff_a", "extrapolation_value"})
      reader.attributes().ignore(other_modes);
    if (reader.attributes().integer("exclude_outside", 0) != 0) reader.problem("exclude_outside must be 0");
    if (reader.attributes().integer("antialias", 0) != 0) reader.problem("antialias must be 0");
    if (reader.attributes().find("axes") != nullptr) reader.problem("attribute 'axes' is not supported");
    if (reader.attributes().text("keep_aspect_ratio_policy", "stretch") != "stretch")
      reader.problem("attribute 'keep_aspect_ratio_policy' must be stretch");
  }
  const Sizes given = read_sizes(reader, upsample);
  if (!reader.ok() || !x.known) return reader.give_up();
  set_sizes(reader, x, given, resize);
  reader.emit(std::move(resize), {x.layer}, x.batch);
}

void write(const Resize& resize, NodeWriter& writer) {
  writer.text("mode", name_of(resize.mode, kModes));
  writer.text("coordinate_transformation_mode", name_of(resize.place, kPlaces));
  writer.text("nearest_mode", name_of(resize.rounding, kRoundings));
  graph::Tensor scales{{static_cast<int>(resize.scales.size()) + 1}, {1}};
  scales.values.insert(scales.values.end(), resize.scales.begin(), resize.scales.end());
  writer.absent_input();
  writer.input(".scales", scales);
}

}  // namespace

void register_resize(Registry& registry) {
  registry.reads("Resize", [](NodeReader& reader) { read(reader, false); });
  registry.reads("Upsample", [](NodeReader& reader) { read(reader, true); });
  registry.writes<Resize>(write);
}

}  // namespace phasecore::onnx
