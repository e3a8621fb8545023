// report.html as text: what it embeds, what it never holds, what is refused. How it looks and behaves:
// tests/app/page_test.cpp.
#include "sim/report/page.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/support.hpp"

namespace phasecore::report {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

ordered_json simulate_report(const std::string& model = "net") {
  ordered_json r = {
      {"schema", "phasecore.simulate/1"}, {"model", {{"name", model}}}, {"chip", {{"name", "chip"}}}};
  for (const char* key : {"mapping", "totals", "power", "upkeep"}) r[key] = ordered_json::object();
  for (const char* key : {"layers", "cores", "links", "warnings"}) r[key] = ordered_json::array();
  return r;
}

ordered_json search_report() {
  return {{"schema", "phasecore.search/1"},
          {"settings", {{"name", "demo"}}},
          {"knee", 2},
          {"front", {{{"id", 2}}, {{"id", 7}}}},
          {"infeasible_because", ordered_json::array()}};
}

PageResult of(const ordered_json& report) {
  return {"", "", report.dump(1), {}, {}};
}

/// What the page's element of that id holds, as JSON.
ordered_json embedded(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="results">)";
  const std::size_t at = page.find(begin) + begin.size();
  return ordered_json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(Page, EmbedsExactlyTheReport) {
  ordered_json report = simulate_report();
  report["totals"] = {
      {"latency_ns", 0.1}, {"energy_nj", 1e-300}, {"cycles", 9007199254740993}, {"area_mm2", nullptr}};
  const ordered_json data = embedded(html_page({of(report)}));
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0]["report"].dump(), report.dump());
}

TEST(Page, NamesCannotEndItsScriptsOrBecomeMarkup) {
  ordered_json report = simulate_report("</script><script>alert(1)</script>&<!--");
  report["warnings"] = {"@SCRIPT@ </title><img src=x>"};
  const std::string page = html_page({of(report)});
  EXPECT_EQ(embedded(page)[0]["report"].dump(), report.dump());
  EXPECT_THAT(page, testing::Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page,
              HasSubstr("<title>&lt;/script>&lt;script>alert(1)&lt;/script>&amp;&lt;!-- on chip</title>"));
  const std::regex script_end("</script");
  EXPECT_EQ(std::distance(std::sregex_iterator(page.begin(), page.end(), script_end), std::sregex_iterator()),
            3);
}

TEST(Page, LoadsNothingFromAnywhere) {
  const std::string page = html_page({of(simulate_report())});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  const std::regex load(
      R"((<(link|img|iframe|base)\b|<script[^>]*\bsrc=|@import|url\(\s*['"]?(https?:)?//|\bfetch\(|XMLHttpRequest|WebSocket|importScripts|sendBeacon))");
  std::smatch match;
  EXPECT_FALSE(std::regex_search(page, match, load)) << match.str();
  // Names of XML are no addresses.
  const std::regex address(R"(https?://[^\s"'<>)]*)");
  for (auto it = std::sregex_iterator(page.begin(), page.end(), address); it != std::sregex_iterator(); ++it)
    EXPECT_THAT(it->str(), testing::StartsWith("http://www.w3.org/"));
}

TEST(Page, IsTheSameForTheSameResult) {
  EXPECT_EQ(html_page({of(simulate_report())}), html_page({of(simulate_report())}));
}

TEST(Page, LeavesOutLinksThenCoresOfAChipThatWouldMakeItTooLarge) {
  ordered_json report = simulate_report();
  for (int i = 0; i < 20'000; ++i)
    report["links"].push_back({{"from", i}, {"to", i + 1}, {"busy_ns", 0.125 * i}});
  report["cores"].push_back({{"id", 1}});
  std::string page = html_page({of(report)});
  EXPECT_LE(page.size(), kMostPageBytes);
  ordered_json one = embedded(page)[0];
  EXPECT_EQ(one["left_out"].dump(), R"(["links"])");
  EXPECT_TRUE(one["report"]["links"].empty());
  EXPECT_EQ(one["report"]["cores"].size(), 1u);

  std::swap(report["links"], report["cores"]);
  page = html_page({of(report)});
  EXPECT_LE(page.size(), kMostPageBytes);
  EXPECT_EQ(embedded(page)[0]["left_out"].dump(), R"(["links","cores"])");
}

TEST(Page, ThinsTheCandidatesOfALongSearchButNeverItsFront) {
  PageResult result = of(search_report());
  std::string& table = result.tables["candidates.csv"] = "id,reason\n";
  const int all = 60'000;
  for (int i = 1; i <= all; ++i) table += std::to_string(i) + ",\"cores,\nis above 64\"\n";
  result.tables["hypervolume.csv"] = "round\n";
  const std::string page = html_page({result});
  EXPECT_LE(page.size(), kMostPageBytes);
  const ordered_json one = embedded(page)[0];
  const std::string kept = one["tables"]["candidates.csv"];
  EXPECT_THAT(kept, testing::StartsWith("id,reason\n2,"));
  EXPECT_THAT(kept, HasSubstr("\n7,\""));
  const auto rows = std::count(kept.begin(), kept.end(), '\n') / 2;
  EXPECT_EQ(rows + one["left_out"].get<int>(), all);
  EXPECT_GT(rows, 1000);
}

TEST(Page, RefusesWhatIsNoReport) {
  EXPECT_EQ(test::input_error([] {
              html_page({{"a", "", "{", {}, {}}});
            }),
            "error: 'a/report.json' is no JSON document");
  EXPECT_THAT(
      test::input_error([] {
        html_page({{"", "", R"({"schema": "phasecore.tile/1"})", {}, {}}});
      }),
      HasSubstr("its schema is \"phasecore.tile/1\"; allowed are phasecore.simulate/1, phasecore.search/1"));
  EXPECT_THAT(test::input_error([] {
                html_page({{"", "", "[1]", {}, {}}});
              }),
              HasSubstr("its schema is missing"));
  ordered_json old = simulate_report();
  old.erase("power");
  EXPECT_THAT(test::input_error([&] { html_page({of(old)}); }),
              HasSubstr("has no 'power': an older version of PhaseCore wrote it"));
  EXPECT_THAT(test::input_error([] { html_page({of(search_report())}); }),
              HasSubstr("there is no candidates.csv beside it"));
}

TEST(Page, RefusesPartsThatAreSomethingElseAllAtOnce) {
  ordered_json report = simulate_report();
  report["chip"] = nullptr;
  report["layers"] = "none";
  const std::string said = test::input_error([&] { html_page({of(report)}); });
  EXPECT_THAT(said, HasSubstr("'report.json': 'chip' is null; expected is an object"));
  EXPECT_THAT(said, HasSubstr("'report.json': 'layers' is string; expected is an array"));
  ordered_json search = search_report();
  search["knee"] = nullptr;  // of an empty front
  search["front"] = nullptr;
  PageResult result = of(search);
  result.tables = {{"candidates.csv", ""}, {"hypervolume.csv", ""}};
  EXPECT_THAT(test::input_error([&] { html_page({result}); }),
              testing::AllOf(HasSubstr("'front' is null"), testing::Not(HasSubstr("knee"))));
}

}  // namespace
}  // namespace phasecore::report
