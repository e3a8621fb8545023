#include "common/npy.hpp"

#include <fmt/format.h>
#include <immintrin.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "common/diagnostics.hpp"
#include "common/files.hpp"

namespace phasecore::common {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kVersions = 8;     // magic and version
constexpr std::size_t kPreamble = 10;    // ... and the length of version 1.0's header
constexpr std::size_t kChunk = 1 << 20;  // bytes read at once
constexpr std::size_t kAlignment = 64;

/// The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
/// -> key -> the value's text, without quotes or outer parentheses. Empty if it is not of that form.
std::map<std::string, std::string> parse_dictionary(std::string_view text) {
  std::map<std::string, std::string> entries;
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n')) ++at;
  };
  const auto take = [&](char c) {
    skip_blanks();
    const bool found = at < text.size() && text[at] == c;
    at += found ? 1 : 0;
    return found;
  };
  const auto until = [&](std::string_view stops) {
    const std::size_t begin = at;
    at = std::min(text.find_first_of(stops, at), text.size());
    return std::string(text.substr(begin, at - begin));
  };
  if (!take('{')) return {};
  while (!take('}')) {
    if (!take('\'')) return {};
    const std::string key = until("'");
    if (!take('\'') || !take(':')) return {};
    std::string value;
    if (take('\'')) {
      value = until("'");
      if (!take('\'')) return {};
    } else if (take('(')) {
      value = until(")");
      if (!take(')')) return {};
    } else {
      value = until(",}");
    }
    if (!entries.emplace(key, value).second) return {};
    if (!take(',')) {
      if (!take('}')) return {};
      break;
    }
  }
  skip_blanks();
  return at == text.size() ? entries : std::map<std::string, std::string>{};
}

/// "3, 4" -> {3, 4}; false for anything else, for negative sizes and for products beyond 2^40.
bool parse_shape(const std::string& text, std::vector<long long>& shape) {
  constexpr long long kMostValues = 1LL << 40;
  long long product = 1;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && text[at] == ' ') ++at;
    if (at == text.size()) return true;
    long long size = 0;
    const std::size_t begin = at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 && size <= kMostValues)
      size = size * 10 + (text[at++] - '0');
    if (at == begin || size > kMostValues || (product != 0 && size > kMostValues / product)) return false;
    product *= size;
    shape.push_back(size);
    if (at < text.size() && text[at++] != ',') return false;
  }
}

template <class T>
T load(const char* bytes) {
  T value{};
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <class T>
float to_float(const char* bytes) {
  return static_cast<float>(load<T>(bytes));
}
float half_to_float(const char* bytes) {
  return _cvtsh_ss(load<std::uint16_t>(bytes));
}

template <class T>
std::optional<std::int64_t> to_integer(const char* bytes) {
  const T value = load<T>(bytes);
  if constexpr (std::is_floating_point_v<T>) {
    constexpr double kExact = 9007199254740992;  // 2^53: above it a double is no single integer
    if (!(std::abs(value) <= kExact) || std::trunc(value) != value) return std::nullopt;
  } else if constexpr (std::is_unsigned_v<T>) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}
std::optional<std::int64_t> half_to_integer(const char* bytes) {
  const float value = half_to_float(bytes);
  return to_integer<float>(reinterpret_cast<const char*>(&value));
}

}  // namespace

struct NpyReader::ElementType {
  std::string_view name;
  std::size_t size;
  float (*to_float)(const char*);
  std::optional<std::int64_t> (*to_integer)(const char*);
};

namespace {

template <class T>
constexpr NpyReader::ElementType element(std::string_view name) {
  return {name, sizeof(T), to_float<T>, to_integer<T>};
}

constexpr NpyReader::ElementType kElementTypes[] = {
    {"<f2", 2, half_to_float, half_to_integer},
    element<float>("<f4"),
    element<double>("<f8"),
    element<std::uint8_t>("|b1"),
    element<std::int8_t>("|i1"),
    element<std::uint8_t>("|u1"),
    element<std::int16_t>("<i2"),
    element<std::uint16_t>("<u2"),
    element<std::int32_t>("<i4"),
    element<std::uint32_t>("<u4"),
    element<std::int64_t>("<i8"),
    element<std::uint64_t>("<u8"),
};

std::string element_types() {
  std::string names;
  for (const auto& type : kElementTypes) names += (names.empty() ? "" : ", ") + std::string(type.name);
  return names;
}

/// Why elements of a type that is none of ours cannot be read.
std::string refusal_of_type(const std::string& descr) {
  if (descr.substr(0, 1) == ">")
    return fmt::format(
        "is big-endian ('{}'); little-endian is read: save it with x.astype(x.dtype.newbyteorder('<'))",
        descr);
  if (descr == "|O") return "holds Python objects ('|O'); save it as an array of numbers";
  return fmt::format("has elements of type '{}'; allowed are {}", descr, element_types());
}

long long values_in(const std::vector<long long>& shape, std::size_t first_axis) {
  long long count = 1;
  for (std::size_t d = first_axis; d < shape.size(); ++d) count *= shape[d];
  return count;
}

/// Calls `visit(c_place, f_place)` for each value of an array, in C order.
void visit_fortran(const std::vector<long long>& shape,
                   const std::function<void(std::size_t, std::size_t)>& visit) {
  std::vector<long long> at(shape.size(), 0), stride(shape.size(), 1);
  for (std::size_t d = 1; d < shape.size(); ++d) stride[d] = stride[d - 1] * shape[d - 1];
  const auto count = static_cast<std::size_t>(values_in(shape, 0));
  long long place = 0;
  for (std::size_t c = 0; c < count; ++c) {
    visit(c, static_cast<std::size_t>(place));
    for (std::size_t d = shape.size(); d-- > 0;) {
      place += stride[d];
      if (++at[d] < shape[d]) break;
      place -= stride[d] * shape[d];
      at[d] = 0;
    }
  }
}

}  // namespace

NpyReader::NpyReader(ByteStream stream) : stream_(std::move(stream)) {
  std::string start = take(kVersions);
  if (start.size() < kVersions || std::string_view(start).substr(0, kMagic.size()) != kMagic)
    refuse("is not a .npy file");
  const int major = static_cast<unsigned char>(start[6]), minor = static_cast<unsigned char>(start[7]);
  if (major < 1 || major > 3 || minor != 0)
    refuse(fmt::format("is .npy version {}.{}; versions 1.0, 2.0 and 3.0 are read", major, minor));
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::string length = take(length_bytes);
  std::size_t header_size = 0;
  for (std::size_t i = length.size(); i-- > 0;)
    header_size = header_size << 8 | static_cast<unsigned char>(length[i]);
  if (length.size() < length_bytes || header_size > stream_.size) refuse("is truncated in its header");
  const std::string text = take(header_size);
  if (text.size() < header_size) refuse("is truncated in its header");

  const auto header = parse_dictionary(text);
  if (header.size() != 3 || header.count("descr") == 0 || header.count("fortran_order") == 0 ||
      header.count("shape") == 0 || !parse_shape(header.at("shape"), shape_))
    refuse("has an unreadable .npy header");
  const std::string& order = header.at("fortran_order");
  if (order != "False" && order != "True") refuse("has an unreadable .npy header");
  fortran_ = order == "True" && shape_.size() > 1;
  for (const ElementType& known : kElementTypes)
    if (known.name == header.at("descr")) type_ = &known;
  if (type_ == nullptr) refuse(refusal_of_type(header.at("descr")));

  const std::uint64_t present = stream_.size - kVersions - length_bytes - header_size;
  const std::uint64_t needed = static_cast<std::uint64_t>(values_in(shape_, 0)) * type_->size;
  if (present != needed) refuse(fmt::format("holds {} bytes of values; its shape needs {}", present, needed));
}

bool NpyReader::holds_integers() const {
  return type_->name[1] != 'f';
}

std::vector<float> NpyReader::values() {
  std::vector<float> all(static_cast<std::size_t>(values_in(shape_, 0)));
  read_all([&](std::size_t place, const char* bytes) { all[place] = float_at(place, bytes); });
  return all;
}

std::vector<std::int64_t> NpyReader::integers() {
  std::vector<std::int64_t> all(static_cast<std::size_t>(values_in(shape_, 0)));
  read_all([&](std::size_t place, const char* bytes) {
    const auto value = type_->to_integer(bytes);
    if (!value)
      refuse(fmt::format("holds {} at index {}; expected whole numbers", type_->to_float(bytes), place));
    all[place] = *value;
  });
  return all;
}

std::vector<float> NpyReader::rows(const std::vector<long long>& wanted) {
  ensure(!shape_.empty(), "NpyReader: rows of an array without axes");
  const auto per_row = static_cast<std::size_t>(values_in(shape_, 1));
  std::vector<float> chosen;
  if (fortran_) {
    const std::vector<float> all = values();
    for (const long long row : wanted) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(row * per_row);
      chosen.insert(chosen.end(), begin, begin + static_cast<std::ptrdiff_t>(per_row));
    }
    return chosen;
  }
  chosen.reserve(wanted.size() * per_row);
  const std::size_t row_bytes = per_row * type_->size;
  const long long group =
      std::max<long long>(1, static_cast<long long>(kChunk / std::max<std::size_t>(1, row_bytes)));
  auto next = wanted.begin();
  for (long long first = 0; next != wanted.end(); first += group) {
    const long long end = std::min(first + group, shape_[0]);
    ensure(*next >= first && *next < shape_[0], "NpyReader: rows are not in order, or there is no such row");
    const std::string bytes = take_all(static_cast<std::size_t>(end - first) * row_bytes);
    for (; next != wanted.end() && *next < end; ++next)
      for (std::size_t i = 0; i < per_row; ++i)
        chosen.push_back(
            float_at(static_cast<std::size_t>(*next) * per_row + i,
                     bytes.data() + static_cast<std::size_t>(*next - first) * row_bytes + i * type_->size));
  }
  return chosen;
}

void NpyReader::read_all(const std::function<void(std::size_t, const char*)>& visit) {
  const auto count = static_cast<std::size_t>(values_in(shape_, 0));
  if (fortran_) {
    const std::string bytes = take_all(count * type_->size);
    visit_fortran(shape_, [&](std::size_t c, std::size_t f) { visit(c, bytes.data() + f * type_->size); });
    return;
  }
  const std::size_t group = kChunk / type_->size;
  for (std::size_t first = 0; first < count; first += group) {
    const std::size_t n = std::min(group, count - first);
    const std::string bytes = take_all(n * type_->size);
    for (std::size_t i = 0; i < n; ++i) visit(first + i, bytes.data() + i * type_->size);
  }
}

float NpyReader::float_at(std::size_t index, const char* bytes) const {
  const float value = type_->to_float(bytes);
  if (type_->name == "<f8" && !std::isfinite(value) && std::isfinite(load<double>(bytes)))
    refuse(fmt::format("holds {} at index {}, which is beyond float32", load<double>(bytes), index));
  return value;
}

std::string NpyReader::take(std::size_t bytes) {
  std::string taken(bytes, '\0');
  taken.resize(stream_.read(taken.data(), bytes));
  return taken;
}

std::string NpyReader::take_all(std::size_t bytes) {
  std::string taken = take(bytes);
  if (taken.size() != bytes) refuse("ends too early");
  return taken;
}

void NpyReader::refuse(const std::string& why) const {
  throw InputError(stream_.name + " " + why);
}

NpyReader open_npy(const std::string& path) {
  return NpyReader(file_stream(path, {ReadLimits{}.most_bytes, kMagic}));
}

NpyArray read_npy(const std::string& path) {
  NpyReader reader = open_npy(path);
  return {reader.shape(), reader.values()};
}

namespace {

/// Everything before the values.
std::string header_of(const std::string& type, const std::vector<long long>& sizes) {
  std::string shape;
  for (const long long size : sizes) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", size);
  if (sizes.size() == 1) shape += ',';
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  header.append(kAlignment - (kPreamble + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  ensure(header.size() <= std::numeric_limits<std::uint16_t>::max(), "npy_bytes: too many dimensions");
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return bytes + header;
}

}  // namespace

std::string npy_bytes(const NpyArray& array) {
  std::size_t count = 1;
  for (const long long size : array.shape) {
    ensure(size >= 0, "npy_bytes: negative size");
    count *= static_cast<std::size_t>(size);
  }
  ensure(count == array.values.size(), "npy_bytes: the shape does not fit the values");
  std::string bytes = header_of("<f4", array.shape);
  bytes.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float));
  return bytes;
}

std::string npy_int64_bytes(const std::vector<std::int64_t>& numbers) {
  std::string bytes = header_of("<i8", {static_cast<long long>(numbers.size())});
  bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::int64_t));
  return bytes;
}

}  // namespace phasecore::common
