#include "common/text.hpp"

#include <gtest/gtest.h>

#include "common/table.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

TEST(Printable, LeavesTextOfEveryLanguageAlone) {
  for (const std::string text : {"", "layer1.0/conv", "größer als π", "層", "🙂", "a\\b"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsWhatWouldActOnATerminal) {
  EXPECT_EQ(printable("\x1b[2Jred"), "\\x1b[2Jred");
  EXPECT_EQ(printable("a\nb\tc\r\x07"), "a\\nb\\tc\\x0d\\x07");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"), "\\x9b")
      << "a control character of Latin-1, which opens sequences as ESC [ does";
  EXPECT_EQ(printable("gnp\xE2\x80\xAE.exe"), "gnp\\u202e.exe");
  EXPECT_EQ(printable("\xEF\xBB\xBFx\xE2\x80\x8By"), "\\ufeffx\\u200by");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
  EXPECT_EQ(printable("Gr\xF6\xDF"
                      "e"),
            "Gr\\xf6\\xdfe");
}

TEST(IsUtf8, RefusesEveryByteThatIsNone) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("ö π 🙂"));
  for (const char* bad : {"\xff", "a\xf6", "\xC0\xAF", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
    EXPECT_FALSE(is_utf8(bad)) << printable(bad);
}

TEST(Table, ShowsNamesEscapedAndWritesThemExactly) {
  Table table({{"name", "name"}, {"n", "n"}});
  table.add_row({std::string("a\n\x1b[31m"), 1LL});
  EXPECT_EQ(table.text(), "name         n\n-----------  -\na\\n\\x1b[31m  1\n");
  EXPECT_EQ(table.csv(), "name,n\n\"a\n\x1b[31m\",1\n");
}

TEST(Diagnostics, ShowNamesEscapedAndDetailsAsTheyAre) {
  const InputError error({{{"x\x1b.yaml", 1, 2}, "layer 'a\nb' is wrong", "one\ntwo\n"}});
  EXPECT_STREQ(error.what(), "x\\x1b.yaml:1:2: error: layer 'a\\nb' is wrong\none\ntwo\n");
  EXPECT_EQ(error.diagnostics()[0].message, "layer 'a\nb' is wrong");
}

TEST(Diagnostics, ShowTheFirstTwentyAndCountTheRest) {
  Diagnostics many;
  for (int i = 0; i < 20; ++i) many.add({}, std::to_string(i));
  EXPECT_EQ(InputError(many.list()).what(), test::input_error([&] { many.raise_if_any(); }));
  EXPECT_EQ(test::input_error([&] { many.raise_if_any(); }).find("more"), std::string::npos);
  for (int i = 20; i < 150000; ++i) many.add({}, std::to_string(i));
  const std::string text = test::input_error([&] { many.raise_if_any(); });
  EXPECT_NE(text.find("error: 19\nand 149980 more"), std::string::npos) << text.substr(0, 1000);
}

TEST(Diagnostics, PassThroughAPipeWhateverTheyHold) {
  const std::vector<Diagnostic> sent = {{{"a\tb 7\nc", 3, 4}, "x\ty", std::string("z\0", 2)}, {{}, "", ""}};
  const auto got = unpack_diagnostics(pack(sent));
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].where.file, "a\tb 7\nc");
  EXPECT_EQ(got[0].where.line, 3);
  EXPECT_EQ(got[0].where.column, 4);
  EXPECT_EQ(got[0].message, "x\ty");
  EXPECT_EQ(got[0].details, std::string("z\0", 2));
  EXPECT_EQ(got[1].message, "");
  const std::string bytes = pack(sent);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(test::internal_error([&] { unpack_diagnostics(bytes.substr(0, size)); }), "") << size;
  for (const char* broken : {"x", "3 ab", "99999999999999999999999 a"})
    EXPECT_NE(test::internal_error([&] { unpack_diagnostics(broken); }), "") << broken;
}

}  // namespace
}  // namespace phasecore::common
