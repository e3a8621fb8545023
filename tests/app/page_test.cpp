// report.html as a user sees and handles it, in headless Chromium.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "tests/app/browser.hpp"
#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Latency and energy only: no images.
std::string simulated(const std::string& directory, const std::string& more = "") {
  const CommandResult result =
      phasecore("simulate zoo:resnet8 --random-weights " + more + " --out '" + directory + "'");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return directory + "/report.html";
}

std::string searched(const std::string& directory) {
  const CommandResult result = phasecore(
      "search analognas-bench --set evaluator.table=" + data_file("tests/data/search/table.csv") +
      " --set budget.evaluations=60 --set population=6 --set surrogate.from_evaluations=40 --out '" +
      directory + "'");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return directory + "/report.html";
}

std::string swept(const std::string& directory, const std::string& more = "") {
  const CommandResult result = phasecore("sweep mesh-width --set engine=analytic --set over_networks=worst " +
                                         more + " --out '" + directory + "'");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return directory + "/report.html";
}

/// Every page loads itself and nothing else, and its console stays empty.
void expect_quiet(const Browser& browser, std::size_t pages) {
  EXPECT_EQ(browser.requests().size(), pages);
  EXPECT_TRUE(browser.complaints().empty()) << browser.complaints()[0];
}

std::string text_of(Browser& browser, const std::string& selector) {
  return browser.value("document.querySelector('" + selector + "').textContent");
}

/// Nothing sticks out of the window, every chart has drawn something, and no value is missing its words.
void expect_in_order(Browser& browser, int least_charts) {
  EXPECT_EQ(browser.value("document.documentElement.scrollWidth <= innerWidth"), true);
  EXPECT_GE(browser.value("document.querySelectorAll('.chart svg').length"), least_charts);
  EXPECT_EQ(
      browser.value(
          "[...document.querySelectorAll('.chart')].every((c) => c.querySelectorAll('svg path').length > 2)"),
      true);
  const std::string text = browser.value("document.body.innerText");
  for (const char* fault : {"[object", "undefined", "NaN", "Infinity"})
    EXPECT_THAT(text, testing::Not(HasSubstr(fault)));
}

TEST(SimulatePage, IsInOrderWideAndNarrowLightAndDark) {
  const TempDirectory place;
  const std::string page = simulated(place / "r");
  Browser browser;
  for (const int width : {1400, 400})
    for (const char* scheme : {"light", "dark"}) {
      browser.open(page, width, 900, scheme);
      expect_in_order(browser, 3);
    }
  const std::string dark = browser.value("getComputedStyle(document.body).backgroundColor");
  EXPECT_EQ(dark, "rgb(20, 23, 27)");
  EXPECT_THAT(text_of(browser, "h1"), HasSubstr("resnet8 on hermes-mesh"));
  for (const char* chapter :
       {"headline", "floorplan", "timeline", "energy", "accuracy", "mapping", "upkeep", "assumed", "repeat"})
    EXPECT_EQ(browser.value(std::string("document.getElementById('") + chapter + "') !== null"), true)
        << chapter;
  expect_quiet(browser, 4);
}

TEST(SimulatePage, ACoreIsChosenByTheMouseAndByKeysAlone) {
  const TempDirectory place;
  Browser browser;
  browser.open(simulated(place / "r"), 1400, 900);
  browser.click("[data-core=\"9\"]");
  EXPECT_THAT(text_of(browser, "#floorplan .panel"), HasSubstr("Core 9"));
  browser.press("ArrowRight");
  browser.press("ArrowDown");
  browser.press("Enter");
  EXPECT_THAT(text_of(browser, "#floorplan .panel"), HasSubstr("Core 18"));
  EXPECT_EQ(browser.value("document.activeElement.dataset.core"), "18");
  const std::string busy =
      browser.value("document.querySelector('#floorplan svg').getAttribute('aria-label')");
  browser.value(
      "(() => { const s = document.querySelector('#floorplan select'); s.value = 'energy'; "
      "s.dispatchEvent(new Event('change')); })()");
  EXPECT_NE(browser.value("document.querySelector('#floorplan svg').getAttribute('aria-label')"), busy);
  expect_quiet(browser, 1);
}

TEST(SimulatePage, TheTimelineZoomsAndShowsCores) {
  const TempDirectory place;
  Browser browser;
  browser.open(simulated(place / "r"), 1400, 900);
  const std::string shown = "document.querySelector('#timeline .chart').chart.getOption().dataZoom[0]";
  EXPECT_EQ(browser.value(shown + ".end - " + shown + ".start"), 100);
  browser.click("#timeline .controls > button:nth-of-type(1)");
  EXPECT_EQ(browser.value(shown + ".end - " + shown + ".start"), 50);
  EXPECT_THAT(text_of(browser, "#timeline-shown"), HasSubstr("shows "));
  const auto rows = [&] {
    return browser.value("document.querySelector('#timeline .chart').chart.getOption().yAxis[0].data.length")
        .get<int>();
  };
  const int layers = rows();
  browser.click("#timeline .controls span button:nth-of-type(2)");
  EXPECT_GT(rows(), layers);
  expect_quiet(browser, 1);
}

TEST(SimulatePage, IsPrinted) {
  const TempDirectory place;
  Browser browser;
  browser.open(simulated(place / "r"), 1400, 900, "dark");
  EXPECT_GT(browser.pages_on_paper(), 1);
  EXPECT_LT(browser.pages_on_paper(), 12);
}

TEST(SimulatePage, ShowsEveryChipAndWhatCrossesBetweenThem) {
  const TempDirectory place;
  const CommandResult result = phasecore(
      "simulate zoo:resnet32 --random-weights --set mapping.objective=one-to-one --set 'chips={count: 2, "
      "row: 4, link_clock_ps: 1000, link_bytes_per_cycle: 16, link_latency_cycles: 20, link_pj_per_byte: 8}' "
      "--out '" +
      (place / "r") + "'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  Browser browser;
  browser.open(place / "r/report.html", 1400, 900);
  expect_in_order(browser, 3);
  EXPECT_EQ(browser.value("document.querySelectorAll('#floorplan [data-core]').length"), 128);
  EXPECT_THAT(text_of(browser, "#floorplan svg"), HasSubstr("chip 1"));
}

TEST(SearchPage, AMemberIsChosenAndItsGenesAreShown) {
  const TempDirectory place;
  Browser browser;
  browser.open(searched(place / "s"), 1400, 900);
  expect_in_order(browser, 3);
  browser.click("#members tbody tr:last-child button");
  const std::string id = browser.value("document.querySelector('#members tbody tr:last-child').dataset.id");
  EXPECT_THAT(text_of(browser, "#chosen"), HasSubstr("Candidate " + id));
  EXPECT_THAT(text_of(browser, "#chosen"), HasSubstr("Genes"));
  expect_quiet(browser, 1);
}

TEST(SearchPage, DraggingAlongAnAxisKeepsTheCandidatesThatCrossIt) {
  const TempDirectory place;
  Browser browser;
  browser.open(searched(place / "s"), 1400, 900);
  const std::string before = text_of(browser, "#brushed");
  browser.value(
      "document.querySelector('#parallel .chart').chart.dispatchAction({type: 'axisAreaSelect', "
      "parallelAxisIndex: 0, intervals: [[-1e9, 1e9]]})");
  EXPECT_NE(text_of(browser, "#brushed"), before);
  EXPECT_THAT(text_of(browser, "#brushed"), HasSubstr("candidates: "));
}

TEST(SweepPage, ShowsWhatMovesEachFigureAndThePointThatIsClicked) {
  const TempDirectory place;
  Browser browser;
  const std::string page = swept(place / "w");
  for (const int width : {1400, 400}) {
    browser.open(page, width, 900, width == 400 ? "dark" : "light");
    expect_in_order(browser, 5);  // three figures, the points, the parallel axes
  }
  EXPECT_THAT(text_of(browser, "#sensitivity"), HasSubstr("network.flit_bytes"));
  browser.click("#members tbody tr:last-child button");
  EXPECT_THAT(text_of(browser, "#chosen"), HasSubstr("network.flit_bytes"));
  expect_quiet(browser, 2);
}

TEST(ReportCommand, RebuildsTheSameBytes) {
  const TempDirectory place;
  for (const std::string& page : {simulated(place / "r"), searched(place / "s"), swept(place / "w")}) {
    const std::string before = read_text(page);
    fs::remove(page);
    const CommandResult result = phasecore("report '" + fs::path(page).parent_path().string() + "'");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(read_text(page), before);
    EXPECT_LE(before.size(), 1'500'000u);
  }
}

TEST(ReportCommand, LaysResultsSideBySide) {
  const TempDirectory place;
  simulated(place / "mesh");
  simulated(place / "hermes", "--chip hermes");
  searched(place / "s");
  const std::string page = place / "both.html";
  const CommandResult result = phasecore("report '" + (place / "mesh") + "' '" + (place / "hermes") + "' '" +
                                         (place / "s") + "' --out '" + page + "'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  Browser browser;
  for (const int width : {1400, 400}) {
    browser.open(page, width, 900);
    expect_in_order(browser, 3);
  }
  EXPECT_THAT(text_of(browser, "#figures table"), HasSubstr("hermes"));
  EXPECT_EQ(browser.value("document.querySelector('header a').getAttribute('href')"), "mesh/report.html");
  expect_quiet(browser, 2);
}

TEST(ReportCommand, LaysSweepsSideBySide) {
  const TempDirectory place;
  swept(place / "four", "--set chip_set='[crossbar.read_mode=4-phase]'");
  swept(place / "one", "--set chip_set='[crossbar.read_mode=1-phase]'");
  const std::string page = place / "both.html";
  const CommandResult result =
      phasecore("report '" + (place / "four") + "' '" + (place / "one") + "' --out '" + page + "'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  Browser browser;
  browser.open(page, 1400, 900);
  expect_in_order(browser, 1);
  EXPECT_THAT(text_of(browser, "#sweeps table"), HasSubstr("points"));
  EXPECT_THAT(text_of(browser, "#sensitivities table"), HasSubstr("network.flit_bytes"));
  expect_quiet(browser, 1);
}

TEST(ReportCommand, RefusesWhatIsNoResult) {
  const TempDirectory place;
  EXPECT_EQ(phasecore("report").exit_code, 2);
  EXPECT_EQ(phasecore("report '" + (place / "none") + "'").exit_code, 2);
  fs::create_directory(place / "empty");
  EXPECT_THAT(phasecore("report '" + (place / "empty") + "'").err, HasSubstr("report.json"));
  EXPECT_TRUE(fs::is_empty(place / "empty"));
  EXPECT_THAT(phasecore("report '" + (place / "empty") + "' --out x.html").err,
              HasSubstr("--out names the page of several results"));
}

TEST(ReportCommand, SaysWhatIsWrongWithEachOfSeveral) {
  const TempDirectory place;
  for (const char* name : {"a", "b"}) {
    fs::create_directory(place / name);
    write_text(place / name + "/report.json", name[0] == 'a' ? "{}" : "{\"schema\"");
  }
  const CommandResult result = phasecore("report '" + (place / "a") + "' '" + (place / "b") + "' '" +
                                         (place / "none") + "' --out '" + (place / "c.html") + "'");
  EXPECT_EQ(result.exit_code, 2);
  for (const char* name : {"a", "b", "none"})
    EXPECT_THAT(result.err, HasSubstr((place / name) + ": error: "));
  EXPECT_FALSE(fs::exists(place / "c.html"));
}

TEST(ReportCommand, NeverTakesThePlaceOfAResultsFile) {
  const TempDirectory place;
  fs::create_directory(place / "a");
  write_text(place / "a/report.json", "{}");
  const CommandResult result = phasecore("report '" + (place / "a") + "' '" + (place / "a") + "' --out '" +
                                         (place / "a/report.json") + "'");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("would replace a file of the result"));
  EXPECT_EQ(read_text(place / "a/report.json"), "{}");
}

}  // namespace
}  // namespace phasecore::test
