// Values as bytes and back, for the way between processes of one program: the format of all that messages and
// jobs carry (decision 083). It is no format for files.
//
// cereal walks through the values; of a type of ours it has to be told by
//   template <class A> void serialize(A& a, Type& v) { a(v.one, v.other); }
// in the type's namespace. Numbers travel as they lie in memory, so that a NaN keeps its bits. Include this
// in .cpp files only: it costs half a second in each.
#pragma once

#include <cereal/cereal.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/diagnostics.hpp"

namespace phasecore::common {

class ByteWriter : public cereal::OutputArchive<ByteWriter, cereal::AllowEmptyClassElision> {
 public:
  ByteWriter() : OutputArchive<ByteWriter, cereal::AllowEmptyClassElision>(this) {}
  void put(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Sizes, truths and the end are checked, so that reading ends with values or with InternalError whatever the
/// bytes are; that an enum is one of its enumerators is not.
class ByteReader : public cereal::InputArchive<ByteReader, cereal::AllowEmptyClassElision> {
 public:
  /// what: "a program", say. Both have to outlive the reader.
  ByteReader(std::string_view bytes, std::string_view what)
      : InputArchive<ByteReader, cereal::AllowEmptyClassElision>(this), bytes_(bytes), what_(what) {}

  void get(void* to, std::size_t size) {
    check(size <= left(), "they end too soon");
    if (size > 0) std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }
  std::size_t left() const { return bytes_.size() - at_; }
  void check(bool condition, const char* why) const {
    if (!condition) throw InternalError("cannot read " + std::string(what_) + " from its bytes: " + why);
  }

 private:
  std::string_view bytes_, what_;
  std::size_t at_ = 0;
};

// What cereal asks of an archive, found by its names.

template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
void save(ByteWriter& out, const T& number) {
  out.put(&number, sizeof number);
}
template <class T, std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, int> = 0>
void load(ByteReader& in, T& number) {
  in.get(&number, sizeof number);
}
inline void load(ByteReader& in, bool& truth) {
  unsigned char byte = 0;
  static_assert(sizeof byte == sizeof truth);
  in.get(&byte, sizeof byte);
  in.check(byte <= 1, "a truth is neither true nor false");
  truth = byte == 1;
}

template <class T>
void save(ByteWriter& out, const cereal::BinaryData<T>& block) {
  out.put(block.data, static_cast<std::size_t>(block.size));
}
template <class T>
void load(ByteReader& in, cereal::BinaryData<T>& block) {
  in.get(block.data, static_cast<std::size_t>(block.size));
}

template <class T>
void save(ByteWriter& out, const cereal::SizeTag<T>& tag) {
  out(tag.size);
}
/// No element takes less than a byte, so a size is refused before memory is taken for it.
template <class T>
void load(ByteReader& in, cereal::SizeTag<T>& tag) {
  in(tag.size);
  in.check(tag.size <= in.left(), "there are fewer bytes than elements");
}

template <class T>
void save(ByteWriter& out, const cereal::NameValuePair<T>& named) {
  out(named.value);
}
template <class T>
void load(ByteReader& in, cereal::NameValuePair<T>& named) {
  in(named.value);
}

template <class... T>
std::string to_bytes(const T&... values) {
  ByteWriter out;
  out(values...);
  return out.take();
}

/// Reads what to_bytes() made of values of the same types, in the same order. Throws InternalError, naming
/// `what` ("a program"), if the bytes end too soon, go on, or say what cannot be; the values are then
/// unspecified.
template <class... T>
void from_bytes(std::string_view bytes, std::string_view what, T&... values) {
  ByteReader in(bytes, what);
  in(values...);
  in.check(in.left() == 0, "some are left over");
}

}  // namespace phasecore::common

CEREAL_SETUP_ARCHIVE_TRAITS(phasecore::common::ByteReader, phasecore::common::ByteWriter)
