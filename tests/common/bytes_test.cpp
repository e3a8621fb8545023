#include "common/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "tests/support/support.hpp"

namespace phasecore::common {

/// A member of every kind that messages and jobs have.
struct Everything {
  enum class Kind { Small, Large };
  struct Inner {
    std::string text;
    double number = 0;
  };
  bool truth = false;
  Kind kind = Kind::Small;
  std::int64_t whole = 0;
  float single = 0;
  std::string text;
  std::array<double, 2> pair{};
  std::vector<int> numbers;
  std::vector<bool> truths;
  std::vector<Inner> inners;
  std::map<std::string, Inner> named;
  std::optional<std::pair<Inner, double>> some, none;
};

template <class A>
void serialize(A& a, Everything::Inner& v) {
  a(v.text, v.number);
}
template <class A>
void serialize(A& a, Everything& v) {
  a(v.truth, v.kind, v.whole, v.single, v.text, v.pair, v.numbers, v.truths, v.inners, v.named, v.some,
    v.none);
}

namespace {

template <class T>
T read(const std::string& bytes) {
  T value{};
  from_bytes(bytes, "a value", value);
  return value;
}

template <class T>
std::string refusal(const std::string& bytes) {
  return test::internal_error([&] { read<T>(bytes); });
}

Everything filled() {
  Everything e;
  e.truth = true;
  e.kind = Everything::Kind::Large;
  e.whole = std::numeric_limits<std::int64_t>::min();
  e.single = -0.0f;
  e.text = std::string("zero \0 inside", 13);
  e.pair = {std::numeric_limits<double>::denorm_min(), -std::numeric_limits<double>::infinity()};
  e.numbers = {3, -1, 4};
  e.truths = {true, false, true};
  e.inners = {{"one", 1}, {"", 2}};
  e.named = {{"a", {"x", 0.5}}, {"b", {"y", 0.25}}};
  e.some = {{"some", 7}, 8};
  return e;
}

TEST(Bytes, GiveEveryKindOfMemberBack) {
  const Everything sent = filled();
  const std::string bytes = to_bytes(sent);
  const auto got = read<Everything>(bytes);
  EXPECT_EQ(to_bytes(got), bytes);
  EXPECT_TRUE(got.truth);
  EXPECT_EQ(got.kind, sent.kind);
  EXPECT_EQ(got.whole, sent.whole);
  EXPECT_TRUE(std::signbit(got.single));
  EXPECT_EQ(got.text, sent.text);
  EXPECT_EQ(got.pair, sent.pair);
  EXPECT_EQ(got.numbers, sent.numbers);
  EXPECT_EQ(got.truths, sent.truths);
  ASSERT_EQ(got.inners.size(), 2u);
  EXPECT_EQ(got.inners[1].number, 2);
  ASSERT_EQ(got.named.size(), 2u);
  EXPECT_EQ(got.named.at("b").text, "y");
  ASSERT_TRUE(got.some.has_value());
  EXPECT_EQ(got.some->first.text, "some");
  EXPECT_EQ(got.some->second, 8);
  EXPECT_FALSE(got.none.has_value());
}

TEST(Bytes, KeepTheBitsOfEveryNumber) {
  constexpr std::array<std::uint64_t, 7> kBits = {0x7ff8000000000000,
                                                  0xfff8000000000123,
                                                  0x7ff0000000000001,
                                                  0x7ff0000000000000,
                                                  0xfff0000000000000,
                                                  0x8000000000000000,
                                                  1};
  for (const std::uint64_t bits : kBits) {
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    const auto got = read<double>(to_bytes(number));
    EXPECT_EQ(std::memcmp(&got, &number, sizeof number), 0) << bits;
  }
}

TEST(Bytes, HoldSeveralValuesOneAfterTheOther) {
  const std::string bytes = to_bytes(std::string("one"), 2, std::vector<std::string>{"three", ""});
  std::string text;
  int number = 0;
  std::vector<std::string> texts;
  from_bytes(bytes, "three values", text, number, texts);
  EXPECT_EQ(text, "one");
  EXPECT_EQ(number, 2);
  EXPECT_EQ(texts, (std::vector<std::string>{"three", ""}));
}

TEST(Bytes, AreRefusedWhereverTheyAreCut) {
  const std::string bytes = to_bytes(filled());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(refusal<Everything>(bytes.substr(0, size)).find("cannot read a value from its bytes"),
              std::string::npos)
        << size;
  EXPECT_EQ(refusal<Everything>(bytes + '\0'), "cannot read a value from its bytes: some are left over");
}

TEST(Bytes, ThatWereDamagedAreReadOrRefused) {
  const std::string bytes = to_bytes(filled());
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      try {
        const auto got = read<Everything>(damaged);
        EXPECT_LE(to_bytes(got).size(), bytes.size());
      } catch (const InternalError&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, 100);
}

TEST(Bytes, WithImpossibleSizesTakeNoMemory) {
  for (const std::uint64_t size :
       {std::uint64_t{9}, std::uint64_t{1} << 40, std::uint64_t{1} << 61, ~std::uint64_t{0}}) {
    const std::string bytes = to_bytes(size) + std::string(8, '\0');
    for (const std::string& error :
         {refusal<std::string>(bytes), refusal<std::vector<double>>(bytes), refusal<std::vector<bool>>(bytes),
          refusal<std::vector<std::string>>(bytes), refusal<std::map<std::string, double>>(bytes)})
      EXPECT_EQ(error, "cannot read a value from its bytes: there are fewer bytes than elements") << size;
  }
  // As many bytes as elements, but fewer than the elements take.
  EXPECT_EQ(refusal<std::vector<double>>(to_bytes(std::uint64_t{8}) + std::string(8, '\0')),
            "cannot read a value from its bytes: they end too soon");
}

TEST(Bytes, OfATruthAreZeroOrOne) {
  EXPECT_FALSE(read<bool>(std::string(1, '\0')));
  EXPECT_TRUE(read<bool>("\x01"));
  EXPECT_EQ(refusal<bool>("\x02"), "cannot read a value from its bytes: a truth is neither true nor false");
}

}  // namespace
}  // namespace phasecore::common
