// The shipped supernet: phasecore cut, and a search on it from the file to the report of the knee.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/onnx/onnx.hpp"
#include "tests/app/program.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kSmall[] =
    "stem_width=8 stem_kernel=3 stem_stride=2 stages=2 stage1.blocks=1 stage1.width=16 stage1.kernel=3 "
    "stage1.branches=1 stage1.type=bottleneck stage2.blocks=1 stage2.width=32 stage2.kernel=3 "
    "stage2.branches=1 stage2.type=bottleneck";

TEST(Cut, MakesANetworkThatSimulates) {
  const TempDirectory place;
  const std::string file = place / "small.onnx";
  const CommandResult cut =
      phasecore("cut zoo:supernet-fmnist --images 200 --genes '" + std::string(kSmall) + "' --out " + file);
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  EXPECT_THAT(cut.out, HasSubstr("5186"));
  EXPECT_EQ(onnx::read(file).metadata.at("phasecore.genes"), kSmall);
  // The data set comes from the supernet's recipe; trained weights are far better than chance.
  const CommandResult run =
      phasecore("simulate " + file + " --samples 200 --instances 1 --layer-samples 0 --times 1s");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto at = run.out.find("(float ");
  ASSERT_NE(at, std::string::npos) << run.out;
  EXPECT_GT(std::stod(run.out.substr(at + 7)), 70) << run.out;
}

TEST(Cut, SpreadsNetworksOverTheSizes) {
  const TempDirectory place;
  const std::string directory = place / "networks";
  const CommandResult cut = phasecore("cut zoo:supernet-fmnist --images 8 --spread 3 --out " + directory);
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  EXPECT_THAT(cut.out, HasSubstr("Written: " + directory + " (the genes are in networks.csv)\n"));
  EXPECT_THAT(cut.out, ::testing::Not(HasSubstr("stem_width")));
  const std::string table = read_text(directory + "/networks.csv");
  EXPECT_THAT(table, HasSubstr("stem_width="));
  for (const char* name : {"001.onnx", "002.onnx", "003.onnx"}) {
    EXPECT_THAT(table, HasSubstr(name));
    EXPECT_FALSE(onnx::read(directory + "/" + name).outputs.empty());
  }
}

TEST(Cut, RefusesWhatItCannotDo) {
  const auto refused = [](const std::string& arguments) {
    const CommandResult result = phasecore("cut " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    return result.err;
  };
  EXPECT_THAT(refused(""), HasSubstr("which supernet?"));
  EXPECT_THAT(refused("zoo:supernet-fmnist --out x.onnx"), HasSubstr("either --genes or --spread"));
  EXPECT_THAT(refused("zoo:supernet-fmnist --spread 0 --out nowhere"), HasSubstr("--spread is 0"));
  EXPECT_THAT(refused("zoo:supernet-fmnist --spread 1000 --out nowhere"),
              HasSubstr("--spread is 1000; allowed is at most 999"));
  EXPECT_THAT(refused("zoo:supernet-fmnist --spread 2 --seed -1 --out nowhere"), HasSubstr("--seed is -1"));
  EXPECT_THAT(refused("zoo:supernet-fmnist --genes stem_width=7 --out x.onnx"),
              HasSubstr("gene 'stem_width' is 7"));
  EXPECT_THAT(refused("nowhere.yaml --genes a=1 --out x.onnx"), HasSubstr("nowhere.yaml"));
  EXPECT_EQ(refused("zoo:resnet8-fmnist --spread 2 --out nowhere"),
            "error: no supernet 'zoo:resnet8-fmnist'; shipped: supernet-cifar10, supernet-fmnist\n");
  EXPECT_THAT(refused("mine.onnx --spread 2 --out nowhere"),
              HasSubstr("'mine.onnx' is an ONNX file; expected"));
}

TEST(Search, ASpaceOfAnotherKindThanTheSupernetsIsRefused) {
  const CommandResult result = phasecore("search demo --set space=analognas");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("error: 'space' is of kind analognas; the supernet "));
  EXPECT_THAT(result.err, HasSubstr(" has weights for networks of kind resnet-elastic alone\n"));
}

/// Small networks on a chip with two genes of its own.
constexpr char kSmallSearch[] =
    "search demo --set budget.evaluations=6 --set population=6 --set surrogate.enabled=false "
    "--set evaluator.calibration_images=32 --set evaluator.monte_carlo.images=32 "
    "--set evaluator.confirm.images=32 --set evaluator.final.images=32 "
    "--set 'space_set=[\"max_macs=3000000\"]' "
    "--set 'chip_genes=[{key: adc.bits, choices: [8, 7], ordered: true}, "
    "{key: crossbar.read_mode, choices: [4-phase, 1-phase], ordered: false}]' --workers 2 ";

TEST(SupernetSearch, EndsWithAFrontItsNetworksAndAReportOfTheKnee) {
  const TempDirectory place;
  const std::string out = place / "s";
  const CommandResult search = phasecore(std::string(kSmallSearch) + "--out " + out);
  ASSERT_EQ(search.exit_code, 0) << search.err;
  std::istringstream front(read_text(out + "/front.csv"));
  std::string line;
  std::getline(front, line);
  EXPECT_THAT(line, HasSubstr("accuracy@1d"));
  EXPECT_THAT(line, HasSubstr("stem_stride"));
  EXPECT_THAT(line, HasSubstr(",adc.bits,crossbar.read_mode,"));
  int members = 0;
  while (std::getline(front, line)) {
    ++members;
    const std::string network = out + "/front/" + line.substr(0, line.find(',')) + "/network.onnx";
    EXPECT_EQ(onnx::read(network).metadata.count("phasecore.genes"), 1u) << network;
  }
  EXPECT_GE(members, 1);
  EXPECT_THAT(read_text(out + "/candidates.csv"), HasSubstr(",confirmed,true,"));
  const auto trace = read_text(out + "/hypervolume.csv");
  EXPECT_EQ(std::count(trace.begin(), trace.end(), '\n'), 3) << "header, the round, the confirmed front\n"
                                                             << trace;
  const auto report = nlohmann::json::parse(read_text(out + "/knee/report.json"));
  EXPECT_EQ(report.at("schema"), "phasecore.simulate/1");
  EXPECT_LE(report.at("mapping").at("cores_used").get<int>(), 64);
  EXPECT_EQ(report.at("accuracy").at("samples"), 32);
  EXPECT_EQ(report.at("accuracy").at("compensation"), "gdc");
}

TEST(SupernetSearch, KilledAnywhereAndResumedEndsWithTheSameFiles) {
  const TempDirectory place;
  ASSERT_EQ(phasecore(std::string(kSmallSearch) + "--out " + (place / "whole")).exit_code, 0);
  int killed = 0, code = 137;
  for (double seconds = 0.5; code == 137; seconds += 0.25) {  // longer and longer: it must come to its end
    const std::string resume = fs::exists(place / "killed/archive.sqlite") ? "--resume " : "";
    code = run_command("timeout -s KILL " + std::to_string(seconds) + " " + PHASECORE_PROGRAM + " " +
                       kSmallSearch + resume + "--out " + (place / "killed"))
               .exit_code;
    killed += code == 137 ? 1 : 0;
  }
  EXPECT_EQ(code, 0);
  EXPECT_GE(killed, 2) << "it ended before it could be killed";
  for (const char* file : {"front.csv", "candidates.csv", "hypervolume.csv", "knee/layers.csv"})
    EXPECT_EQ(read_text((place / "killed/") + file), read_text((place / "whole/") + file)) << file;
}

/// Processes started by `parent`, oldest first.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (fs::directory_iterator entry("/proc", gone), end; !gone && entry != end; entry.increment(gone)) {
    const std::string name = entry->path().filename();
    std::ifstream file(entry->path() / "stat");
    std::string text;
    if (name.find_first_not_of("0123456789") != std::string::npos || !std::getline(file, text)) continue;
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string state;
    pid_t its_parent = 0;
    fields >> state >> its_parent;
    if (its_parent == parent) found.push_back(std::stoi(name));
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The template of the chip processes and the process that starts workers, once both are there.
std::vector<pid_t> helpers_of(pid_t search) {
  std::vector<pid_t> children;
  for (int i = 0; i < 20000 && (children = children_of(search)).size() < 2; ++i) ::usleep(1000);
  return children;
}

TEST(SupernetSearch, ReportsTheKneeAlthoughTheTemplateOfItsChipWasKilled) {
  const TempDirectory place;
  const pid_t search = start(std::string(kSmallSearch) + "--out " + (place / "s"), place / "errors");
  const auto helpers = helpers_of(search);
  ASSERT_EQ(helpers.size(), 2u);
  ::kill(helpers[0], SIGKILL);
  const int status = wait_for(search);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << read_text(place / "errors");
  EXPECT_TRUE(fs::exists(place / "s/knee/report.json"));
}

TEST(SupernetSearch, WritesTheFrontAlthoughEveryProcessOfTheKneesReportIsKilled) {
  const TempDirectory place;
  const pid_t search = start(std::string(kSmallSearch) + "--out " + (place / "s"), place / "errors");
  const auto helpers = helpers_of(search);
  ASSERT_EQ(helpers.size(), 2u);
  int status = 0;
  while (::waitpid(search, &status, WNOHANG) == 0)
    for (const pid_t child : children_of(search))
      if (child != helpers[1]) ::kill(child, SIGKILL);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_THAT(read_text(place / "errors"),
              HasSubstr("the front is written, but not the report about its knee"));
  EXPECT_TRUE(fs::exists(place / "s/front.csv"));
  EXPECT_FALSE(fs::exists(place / "s/knee"));
  EXPECT_EQ(phasecore(std::string(kSmallSearch) + "--resume --out " + (place / "s")).exit_code, 0);
  EXPECT_TRUE(fs::exists(place / "s/knee/report.json"));
}

TEST(SupernetSearch, RefusesASpaceWhoseNetworksTheSupernetDoesNotHave) {
  const CommandResult search = phasecore("search demo --set 'space_set=[\"bottleneck_divisor=1\"]'");
  EXPECT_EQ(search.exit_code, 2);
  EXPECT_THAT(search.err, HasSubstr("build different networks of the same genes"));
}

}  // namespace
}  // namespace phasecore::test
