#include "common/npy.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>

#include "common/diagnostics.hpp"
#include "common/files.hpp"

namespace phasecore::common {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kPreamble = 10;  // magic, version, header length
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
float convert(const char* bytes) {
  T value{};
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<float>(value);
}

struct ElementType {
  std::string_view name;
  std::size_t size;
  float (*convert)(const char*);
};

constexpr ElementType kElementTypes[] = {
    {"<f4", 4, convert<float>},        {"<f8", 8, convert<double>},       {"|i1", 1, convert<std::int8_t>},
    {"|u1", 1, convert<std::uint8_t>}, {"<i4", 4, convert<std::int32_t>}, {"<i8", 8, convert<std::int64_t>},
};

}  // namespace

NpyArray read_npy(const std::string& path) {
  const std::string file = read_file(path, {ReadLimits{}.most_bytes, kMagic});
  const auto refuse = [&](const std::string& why) { return InputError(fmt::format("'{}' {}", path, why)); };
  if (file.size() < kPreamble || std::string_view(file).substr(0, kMagic.size()) != kMagic)
    throw refuse("is not a .npy file");
  if (file[6] != 1 || file[7] != 0)
    throw refuse(fmt::format("is .npy version {}.{}; version 1.0 is read",
                             +static_cast<unsigned char>(file[6]), +static_cast<unsigned char>(file[7])));
  const std::size_t header_size = static_cast<unsigned char>(file[8]) | static_cast<unsigned char>(file[9])
                                                                            << 8;
  if (file.size() < kPreamble + header_size) throw refuse("is truncated in its header");

  const auto header = parse_dictionary(std::string_view(file).substr(kPreamble, header_size));
  NpyArray array;
  if (header.size() != 3 || header.count("descr") == 0 || header.count("fortran_order") == 0 ||
      header.count("shape") == 0 || !parse_shape(header.at("shape"), array.shape))
    throw refuse("has an unreadable .npy header");
  if (header.at("fortran_order") != "False")
    throw refuse("is in Fortran order; save it with numpy.ascontiguousarray");
  const ElementType* type = nullptr;
  for (const ElementType& known : kElementTypes)
    if (known.name == header.at("descr")) type = &known;
  if (type == nullptr)
    throw refuse(fmt::format("has elements of type '{}'; allowed are <f4, <f8, |i1, |u1, <i4, <i8",
                             header.at("descr")));

  std::size_t count = 1;
  for (const long long size : array.shape) count *= static_cast<std::size_t>(size);
  const std::size_t present = file.size() - kPreamble - header_size;
  if (present != count * type->size)
    throw refuse(fmt::format("holds {} bytes of values; its shape needs {}", present, count * type->size));
  array.values.resize(count);
  const char* const data = file.data() + kPreamble + header_size;
  for (std::size_t i = 0; i < count; ++i) array.values[i] = type->convert(data + i * type->size);
  if (type->name == "<f8") {
    for (std::size_t i = 0; i < count; ++i) {
      double exact = 0;
      std::memcpy(&exact, data + i * sizeof exact, sizeof exact);
      if (std::isfinite(exact) && !std::isfinite(array.values[i]))
        throw refuse(fmt::format("holds {} at index {}, which is beyond float32", exact, i));
    }
  }
  return array;
}

std::string npy_bytes(const NpyArray& array) {
  std::string shape;
  std::size_t count = 1;
  for (const long long size : array.shape) {
    ensure(size >= 0, "npy_bytes: negative size");
    count *= static_cast<std::size_t>(size);
    shape += fmt::format("{}{}", shape.empty() ? "" : ", ", size);
  }
  ensure(count == array.values.size(), "npy_bytes: the shape does not fit the values");
  if (array.shape.size() == 1) shape += ',';
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", shape);
  header.append(kAlignment - (kPreamble + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  ensure(header.size() <= std::numeric_limits<std::uint16_t>::max(), "npy_bytes: too many dimensions");

  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float));
  return bytes;
}

}  // namespace phasecore::common
