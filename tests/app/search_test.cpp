// phasecore search and compare as a user runs them, on a synthetic table.
#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "common/random.hpp"
#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::vector<std::string> kFiles = {"front.csv", "candidates.csv", "hypervolume.csv",
                                         "config.resolved.yaml"};

std::vector<std::string> search_arguments(const std::string& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all = {"search", "analognas-bench", "--set",
                                  "evaluator.table=" + source_path("tests/data/search/table.csv")};
  for (const char* set : {"budget.evaluations=100", "surrogate.from_evaluations=40", "population=6"}) {
    all.emplace_back("--set");
    all.emplace_back(set);
  }
  all.insert(all.end(), {"--out", out});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += "'" + word + "' ";
  return text;
}

CommandResult search(const std::string& out, const std::vector<std::string>& more = {}) {
  return phasecore(joined(search_arguments(out, more)));
}

/// Until the search has stored some evaluations, of 100.
void wait_for_archive(const std::string& out) {
  for (int i = 0; i < 10000; ++i) {
    std::error_code none;
    if (fs::file_size(out + "/archive.sqlite-wal", none) > 400000 && !none) return;  // ~15 evaluations
    ::usleep(1000);
  }
}

void expect_equal_files(const std::string& a, const std::string& b) {
  for (const auto& file : kFiles) EXPECT_EQ(read_text(a + "/" + file), read_text(b + "/" + file)) << file;
}

TEST(SearchProgram, WritesItsFilesAndSaysWhatItFound) {
  const TempDirectory place;
  const CommandResult result = search(place / "r");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("accuracy@30d %"));
  EXPECT_THAT(result.out, HasSubstr("100 candidates, 100 evaluated in full"));
  EXPECT_THAT(result.out, HasSubstr("knee of the front: candidate"));
  EXPECT_THAT(result.err, HasSubstr("search: 100/100"));
  EXPECT_THAT(result.err, HasSubstr("hypervolume"));
  for (const auto& file : kFiles) EXPECT_TRUE(fs::exists((place / "r/") + file)) << file;
  EXPECT_FALSE(fs::exists(place / "r/archive.sqlite-wal")) << "the journal is merged";
  const std::string candidates = read_text(place / "r/candidates.csv");
  EXPECT_EQ(candidates.rfind("id,edge12", 0), 0u) << candidates.substr(0, 60);
  EXPECT_THAT(candidates.substr(0, candidates.find('\n')),
              HasSubstr(",cores,parameters,macs,fidelity,feasible,reason"));
  EXPECT_EQ(std::count(candidates.begin(), candidates.end(), '\n'), 101);
}

TEST(SearchProgram, OrdersAccuraciesWithoutATimeBeforeThoseInTime) {
  const TempDirectory place;
  const CommandResult result = phasecore(
      "search analognas-bench-spread --set evaluator.table=" + source_path("tests/data/search/table.csv") +
      " --set budget.evaluations=12 --set population=6 --out " + (place / "r"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(result.out.find("accuracy@digital"), result.out.find("accuracy@1d"));
}

TEST(SearchProgram, PrintsOneJsonDocument) {
  const TempDirectory place;
  const CommandResult result = search(place / "r", {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report.at("schema"), "phasecore.search/1");
  EXPECT_EQ(report.at("evaluations"), 100);
  EXPECT_EQ(report.at("ended_by"), "evaluations");
  ASSERT_FALSE(report.at("front").empty());
  EXPECT_EQ(report.at("front")[0].at("figures").at("cores").at("fidelity"), "table");
  EXPECT_EQ(result.out, read_text(place / "r/report.json"));
}

TEST(SearchProgram, WritesTheSameBytesForOneTwoAndFourWorkers) {
  const TempDirectory place;
  for (const char* workers : {"1", "2", "4"})
    ASSERT_EQ(search(place / workers, {"--workers", workers}).exit_code, 0);
  expect_equal_files(place / "1", place / "2");
  expect_equal_files(place / "1", place / "4");
}

TEST(SearchProgram, ItsResolvedConfigRepeatsIt) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "a", {"--seed", "5"}).exit_code, 0);
  const CommandResult again =
      phasecore("search " + (place / "a/config.resolved.yaml") + " --out " + (place / "b"));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  expect_equal_files(place / "a", place / "b");
}

TEST(SearchProgram, KilledTenTimesAndResumedEndsWithTheSameBytes) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "whole", {"--workers", "1"}).exit_code, 0);
  const common::RandomKey key{20, common::Purpose::Test};
  int killed = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    std::vector<std::string> more = {"--workers", i % 2 ? "1" : "2"};
    if (fs::exists(place / "r/archive.sqlite")) more.emplace_back("--resume");
    const pid_t child = start(joined(search_arguments(place / "r", more)));
    if (i == 0) wait_for_archive(place / "r");  // else, on a busy machine, no wait may be long enough for one
    ::usleep(20000 + common::uniform_index(key, i, 150000));
    ::kill(child, SIGKILL);
    const int status = wait_for(child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_GE(killed, 3) << "most ended before they could be killed";
  ASSERT_TRUE(fs::exists(place / "r/archive.sqlite"));
  const CommandResult result = search(place / "r", {"--resume", "--workers", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_equal_files(place / "whole", place / "r");
}

TEST(SearchProgram, TheFirstCtrlCEndsWithTheFrontSoFarAndTheSearchCanGoOn) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "whole", {"--workers", "1"}).exit_code, 0);
  const pid_t child = start(joined(search_arguments(place / "r", {"--workers", "1"})));
  wait_for_archive(place / "r");
  ::kill(child, SIGINT);
  const int status = wait_for(child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const auto report = nlohmann::json::parse(read_text(place / "r/report.json"));
  EXPECT_EQ(report.at("ended_by"), "interrupted");
  EXPECT_GT(report.at("candidates"), 0);
  EXPECT_LT(report.at("candidates"), 100);
  EXPECT_FALSE(report.at("front").empty());
  const CommandResult rest = search(place / "r", {"--resume"});
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  expect_equal_files(place / "whole", place / "r");
}

TEST(SearchProgram, TheSecondCtrlCEndsAtOnceAndLosesNothing) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "whole", {"--workers", "1"}).exit_code, 0);
  const pid_t child = start(joined(search_arguments(place / "r", {"--workers", "2"})));
  wait_for_archive(place / "r");
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    ::kill(child, SIGINT);
    ::usleep(2000);  // far less than a clean end takes
  }
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(fs::exists(place / "r/front.csv"));
  ASSERT_EQ(search(place / "r", {"--resume"}).exit_code, 0);
  expect_equal_files(place / "whole", place / "r");
}

TEST(SearchProgram, LosesNoEvaluationWhenItsDirectoryIsMovedOrRemovedMeanwhile) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "whole", {"--workers", "1"}).exit_code, 0);
  for (const char* now : {"moved", "r", "r.saved"}) {
    const pid_t child = start(joined(search_arguments(place / "r", {"--workers", "1"})), place / "errors");
    wait_for_archive(place / "r");
    std::string resumed = place / now;
    if (resumed == place / "moved") {
      fs::rename(place / "r", place / "moved");
    } else {
      fs::remove_all(place / "r");
      if (resumed == place / "r.saved") write_text(place / "r", "something else");
    }
    const int status = wait_for(child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 3);
    if (resumed == place / "r.saved") {
      resumed += "-" + std::to_string(child);
      EXPECT_EQ(read_text(place / "r"), "something else");
    }
    EXPECT_THAT(read_text(place / "errors"), HasSubstr("--resume --out '" + resumed + "'"));
    const CommandResult rest = search(resumed, {"--resume"});
    ASSERT_EQ(rest.exit_code, 0) << rest.err;
    EXPECT_EQ(nlohmann::json::parse(read_text(resumed + "/report.json")).at("evaluations"), 100);
    expect_equal_files(place / "whole", resumed);
    fs::remove_all(resumed);
  }
}

TEST(SearchProgram, RefusesToResumeWithOtherSettingsAndShowsTheDifference) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "r").exit_code, 0);
  const CommandResult result =
      search(place / "r", {"--resume", "--seed", "2", "--set", "chip_set=[mapping.tiling=equal]"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("seed: 1 -> 2"));
  EXPECT_THAT(result.err, HasSubstr("chip.mapping.tiling: ceil -> equal"));
  const CommandResult fresh = search(place / "r");
  EXPECT_EQ(fresh.exit_code, 2);
  EXPECT_THAT(fresh.err, HasSubstr("already holds evaluations; give --resume"));
  EXPECT_EQ(search(place / "r", {"--resume"}).exit_code, 0) << "unchanged, it repeats its results";
}

TEST(SearchProgram, WithoutAFeasibleCandidateEndsWithOneAndSaysWhyNothingFits) {
  const TempDirectory place;
  const std::vector<std::string> more = {
      "--set", "budget.evaluations=20", "--set",
      "constraints=[{figure: cores, at_most: 1},{figure: macs, at_most: 2}]"};
  const CommandResult result = search(place / "r", more);
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("No candidate meets the constraints. What they break:\n"
                                    "      20 of 20: cores is above 1\n      20 of 20: macs is above 2\n"));
  EXPECT_THAT(read_text(place / "r/report.txt"), HasSubstr("20 of 20: cores is above 1"));
  const auto report = nlohmann::json::parse(read_text(place / "r/report.json"));
  ASSERT_EQ(report.at("infeasible_because").size(), 2u);
  EXPECT_EQ(report.at("infeasible_because")[0].at("reason"), "cores is above 1");
  EXPECT_EQ(report.at("infeasible_because")[0].at("candidates"), 20);
  EXPECT_TRUE(fs::exists(place / "r/archive.sqlite"));
  std::vector<std::string> again = more;
  again.emplace_back("--resume");
  EXPECT_EQ(search(place / "r", again).exit_code, 1) << "as before";
}

TEST(SearchProgram, ChipGenesThatDoNotGoTogetherMakeInfeasibleCandidates) {
  const TempDirectory place;
  const CommandResult result = search(place / "r", {"--set", "budget.evaluations=40", "--set",
                                                    "chip_genes=[{key: crossbar.rows, choices: [2, 256]},"
                                                    "{key: mapping.margin, choices: [2, 0]}]"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string candidates = read_text(place / "r/candidates.csv");
  EXPECT_THAT(candidates, HasSubstr(",false,\"no chip has crossbar.rows=2, mapping.margin=2: "));
  EXPECT_THAT(candidates, HasSubstr(",256,2,"));
  const CommandResult wrong = search(place / "w", {"--set", "chip_genes=[{key: adc.bots, choices: [2, 8]}]"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--set: error: "));
  EXPECT_THAT(wrong.err, HasSubstr("chip gene adc.bots=2: unknown key 'adc.bots'"));
}

TEST(SearchProgram, RefusesToResumeWhereNoSearchIs) {
  const TempDirectory place;
  fs::create_directory(place / "empty");
  for (const char* name : {"none", "empty", "no/such/place"}) {
    const CommandResult result = search(place / name, {"--resume"});
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_THAT(result.err, HasSubstr("there is nothing to resume in '" + (place / name) + "'"));
    EXPECT_THAT(result.err, HasSubstr("leave --resume away"));
  }
  EXPECT_FALSE(fs::exists(place / "none"));
  EXPECT_TRUE(fs::is_empty(place / "empty"));
  // Killed before it could write anything: that was a search.
  write_text(place / "empty/archive.sqlite", "");
  const std::vector<std::string> resume = {"--resume", "--set", "budget.evaluations=6"};
  EXPECT_EQ(search(place / "empty", resume).exit_code, 0);
  // There are results now, so an archive without anything has lost it.
  write_text(place / "empty/archive.sqlite", "");
  const CommandResult damaged = search(place / "empty", resume);
  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_THAT(damaged.err, HasSubstr("archive.sqlite' is damaged: it is empty, but"));
  EXPECT_EQ(read_text(place / "empty/archive.sqlite"), "");
}

TEST(SearchProgram, SaysWhatIsWrongWithASearch) {
  const auto refused = [](const std::string& arguments) {
    const CommandResult result = phasecore("search " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_EQ(result.out, "") << arguments;
    return result.err;
  };
  const std::string table = "--set evaluator.table=" + source_path("tests/data/search/table.csv");
  EXPECT_THAT(refused(""), HasSubstr("no search given"));
  EXPECT_THAT(refused("analognas-bench"), HasSubstr("--set evaluator.table=PATH"));
  EXPECT_THAT(refused("analognas-bench --set evaluator.table=no-such-file.csv"),
              HasSubstr("no-such-file.csv"));
  EXPECT_THAT(refused("analognas-bench --resume " + table), HasSubstr("--resume needs --out"));
  EXPECT_THAT(refused("analognas-bench --workers 0 " + table), HasSubstr("--workers is 0"));
  EXPECT_THAT(refused("analognas-bench --seed -1 " + table), HasSubstr("'seed' is -1"));
  EXPECT_THAT(refused("analognas-bench --set objectives.0.figure=acuracy@30d " + table),
              HasSubstr("did you mean 'accuracy@30d'?"));
  EXPECT_THAT(
      refused("analognas-bench --set objectives.0.reference=40 " + table),
      HasSubstr("'reference' is 40; accuracy@30d lies between 0 and 1 (it is a fraction: 40 % are 0.4)"));
  EXPECT_THAT(refused("analognas-bench --set space=resnet-elastic " + table),
              HasSubstr("knows networks of the space nasbench201"));
  EXPECT_THAT(refused("analognas-bench --set chip_set=[adc.bots=8] " + table), HasSubstr("adc.bots"));
}

TEST(SearchProgram, WhatAFileNamesIsRefusedThere) {
  const TempDirectory place;
  const auto refused = [&](const std::string& text) {
    write_text(place / "s.yaml", "base: demo\nname: s\n" + text + "\n");
    const CommandResult result =
        run_command("cd '" + place.path() + "' && " + PHASECORE_PROGRAM + " search ./s.yaml");
    EXPECT_EQ(result.exit_code, 2) << text;
    return result.err;
  };
  const auto starts = [](const std::string& text) { return ::testing::StartsWith("s.yaml:3:" + text); };
  EXPECT_THAT(refused("chip_set: [adc.bits=8, adc.bots=8]"), starts("11: error: unknown key 'adc.bots'"));
  EXPECT_THAT(refused("space_set: [max_macs=1000000000, x=1]"), starts("34: error: unknown key 'x'"));
  EXPECT_THAT(refused("evaluator: {kind: train, recipe: alone-fmnist, recipe_set: [foo=1]}"),
              starts("60: error: unknown key 'foo'"));
  EXPECT_THAT(refused("chip: nix"), starts("7: error: there is no chip 'nix'"));
  EXPECT_THAT(refused("space: nix"), starts("8: error: there is no space 'nix'"));
  EXPECT_THAT(refused("device: ./nix.yaml"), starts("9: error: no such file: 'nix.yaml'"));
  EXPECT_THAT(refused("data: nix"), starts("7: error: data set 'nix' is not known"));
  EXPECT_THAT(refused("compensation: foo"), starts("15: error: unknown compensation 'foo'"));
  EXPECT_THAT(refused("evaluator: {times: [1x]}"), starts("20: error: '1x' is not a time"));
  EXPECT_THAT(refused("evaluator: {supernet: ./nix.yaml}"), starts("23: error: no such file"));
  EXPECT_THAT(refused("evaluator: {kind: train, recipe: nix}"), starts("34: error: there is no training"));
  EXPECT_THAT(refused("space: nasbench201\nevaluator: {kind: table, table: nix.csv}"),
              HasSubstr("s.yaml:4:33: error: no such file: 'nix.csv'"));
  // A shipped search is right: what it names may be missing where it runs.
  const CommandResult shipped =
      run_command(std::string("PHASECORE_ZOO=/nowhere ") + PHASECORE_PROGRAM + " search demo");
  EXPECT_THAT(shipped.err, ::testing::StartsWith("error: no such file: '/nowhere/supernet-fmnist.yaml'"));
}

TEST(CompareProgram, ComparesTwoSearchesByTheirOwnObjectives) {
  const TempDirectory place;
  ASSERT_EQ(search(place / "a").exit_code, 0);
  ASSERT_EQ(search(place / "b", {"--set", "algorithm=random"}).exit_code, 0);
  const std::string files = (place / "a/front.csv") + " " + (place / "b/front.csv");
  const auto json = phasecore_json("compare " + files);
  EXPECT_EQ(json.at("objectives")[0].at("figure"), "accuracy@30d");
  EXPECT_GT(json.at("a").at("hypervolume"), 0);
  EXPECT_GE(json.at("a").at("coverage"), 0);
  const auto self = phasecore_json("compare " + (place / "a/front.csv") + " " + (place / "a/front.csv"));
  EXPECT_EQ(self.at("a").at("coverage"), 1);
  EXPECT_EQ(self.at("b").at("epsilon"), 0);
  const auto directories = phasecore_json("compare " + (place / "a") + " " + (place / "b"));
  EXPECT_EQ(directories.at("a"), json.at("a"));
  EXPECT_EQ(directories.at("b"), json.at("b"));
  const auto report = nlohmann::json::parse(read_text(place / "a/report.json"));
  EXPECT_DOUBLE_EQ(json.at("a").at("hypervolume"), report.at("hypervolume"));
  const CommandResult text = phasecore("compare " + files + " --objective cores:minimise:66");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("least cores"));
  const CommandResult percent = phasecore("compare " + files + " --objective accuracy@30d:maximise:80");
  EXPECT_EQ(percent.exit_code, 0) << percent.err;
  EXPECT_THAT(percent.out, HasSubstr("is better than the reference of accuracy@30d"));
}

TEST(CompareProgram, LeavesOutAHypervolumeThatWouldTakeTooLongAndSaysSo) {
  const TempDirectory place;
  const int objectives = 14, points = 90;
  std::string header, rows, options;
  for (int o = 0; o < objectives; ++o) {
    header += (o == 0 ? "f" : ",f") + std::to_string(o);
    options += " --objective f" + std::to_string(o) + ":minimize:2";
  }
  const common::RandomKey key{20, common::Purpose::Test};
  for (int p = 0; p < points; ++p) {
    std::vector<double> shares;
    double sum = 0;
    for (int o = 0; o < objectives; ++o) {
      const auto number = static_cast<std::uint64_t>(objectives) * static_cast<std::uint64_t>(p) +
                          static_cast<std::uint64_t>(o);
      shares.push_back(1 + common::uniform_index(key, number, 1000));
      sum += shares.back();
    }
    for (int o = 0; o < objectives; ++o) rows += (o == 0 ? "\n" : ",") + std::to_string(shares[o] / sum);
  }
  write_text(place / "a.csv", header + rows + "\n");
  write_text(place / "b.csv", header + rows.substr(0, rows.find('\n', 1)) + "\n");
  const auto json = phasecore_json("compare " + (place / "a.csv") + " " + (place / "b.csv") + options);
  EXPECT_TRUE(json.at("a").at("hypervolume").is_null());
  EXPECT_GT(json.at("b").at("hypervolume"), 0);
  EXPECT_EQ(json.at("a").at("coverage"), 1);
}

TEST(CompareProgram, NeedsToKnowTheObjectives) {
  const TempDirectory place;
  write_text(place / "a.csv", "cores\n3\n");
  const CommandResult result = phasecore("compare " + (place / "a.csv") + " " + (place / "a.csv"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("name the objectives: --objective"));
}

TEST(DescribeProgram, ListsTheKeysOfSearchesAndTheGenesOfSpaces) {
  const CommandResult search = phasecore("describe search");
  EXPECT_EQ(search.exit_code, 0) << search.err;
  EXPECT_THAT(search.out, HasSubstr("surrogate.minimum_tau"));
  const CommandResult space = phasecore("describe space nasbench201");
  EXPECT_EQ(space.exit_code, 0) << space.err;
  EXPECT_THAT(space.out, HasSubstr("edge12"));
}

/// The published table is no part of this repository; where it lies beside it, the figures of docs/search.md
/// are checked.
std::optional<std::string> published_table() {
  const std::string path = source_path("../shared/reference/analognas-bench/benchmark_data.csv");
  if (fs::exists(path)) return path;
  std::cout << "NOT CHECKED: the AnalogNAS-Bench table is not there: " << path << "\n";
  return std::nullopt;
}

nlohmann::json table_report(const std::string& search, const std::string& table, int seed) {
  return phasecore_json("search " + search + " --set evaluator.table=" + table + " --seed " +
                        std::to_string(seed));
}

TEST(PublishedTable, TheBestNetworkThatFitsIsFoundByMostSeeds) {
  const auto table = published_table();
  if (!table) return;
  constexpr double kTrueFront = 23.6859;  // hypervolume over all networks that fit
  double share = 0;
  int found = 0;
  for (int seed = 1; seed <= 4; ++seed) {
    const auto result = table_report("analognas-bench", *table, seed);
    double best = 0;
    for (const auto& member : result.at("front"))
      best = std::max(best, member.at("figures").at("accuracy@30d").at("value").get<double>());
    found += best > 0.8830 ? 1 : 0;
    share += result.at("hypervolume").get<double>() / kTrueFront / 4;
  }
  EXPECT_GE(found, 3) << "of 4 seeds";
  EXPECT_GE(share, 0.985);
  EXPECT_LE(share, 1 + 1e-5);
}

TEST(PublishedTable, MostOfAFrontOfFifteenPointsIsFound) {
  const auto table = published_table();
  if (!table) return;
  constexpr double kTrueFront = 0.0024245468;  // hypervolume over all networks of the table
  for (int seed = 1; seed <= 2; ++seed) {
    const double share =
        table_report("analognas-bench-spread", *table, seed).at("hypervolume").get<double>() / kTrueFront;
    EXPECT_GE(share, 0.97);
    EXPECT_LE(share, 1 + 1e-6);
  }
}

}  // namespace
}  // namespace phasecore::test
