// Names, files, `base:` chains, assignments, where shipped files are.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "sim/config/chip.hpp"
#include "sim/config/chip_checks.hpp"
#include "sim/config/device.hpp"
#include "tests/support/support.hpp"

namespace phasecore::config {
namespace {

using test::TempDirectory;
using test::write_text;

TEST(LoadChip, PutsAFileOnItsBaseAndAssignmentsOnTop) {
  TempDirectory folder;
  write_text(folder / "wide.yaml",
             "base: hermes-mesh\nname: wide\nnetwork:\n  flit_bytes: 32\nadc:\n  bits: 10\n");
  const Chip base = load_chip("hermes-mesh"), wide = load_chip(folder / "wide.yaml", {"adc.bits=9"});
  EXPECT_EQ(wide.name, "wide");
  EXPECT_EQ(wide.network.flit_bytes, 32);
  EXPECT_EQ(wide.adc.bits, 9);
  EXPECT_EQ(wide.network.buffer_flits, base.network.buffer_flits);
  EXPECT_EQ(wide.energy.mvm_fixed_pj, base.energy.mvm_fixed_pj);
}

TEST(LoadChip, FindsBasesBesideTheFileThatNamesThem) {
  TempDirectory folder;
  write_text(folder / "a.yaml", "base: ./b.yaml\nname: a\n");
  write_text(folder / "b.yaml", "base: c.yaml\nadc:\n  bits: 7\n");
  write_text(folder / "c.yaml", "base: hermes\nname: c\nadc:\n  bits: 5\n");
  const Chip chip = load_chip(folder / "a.yaml");
  EXPECT_EQ(chip.name, "a");
  EXPECT_EQ(chip.adc.bits, 7);
  EXPECT_EQ(chip.network.topology, "dedicated");
}

TEST(LoadChip, RefusesBasesThatLeadBackToThemselves) {
  TempDirectory folder;
  write_text(folder / "a.yaml", "base: b.yaml\n");
  write_text(folder / "b.yaml", "name: b\nbase: a.yaml\n");
  test::expect_input_error(
      [&] { load_chip(folder / "a.yaml"); },
      (folder / "b.yaml") + ":2:7: error: base: '" + (folder / "a.yaml") + "' leads back to itself");
  write_text(folder / "self.yaml",
             "base: ../" + folder.path().substr(folder.path().rfind('/') + 1) + "/self.yaml\n");
  EXPECT_NE(test::input_error([&] { load_chip(folder / "self.yaml"); }).find("leads back to itself"),
            std::string::npos);
}

TEST(LoadChip, RefusesABaseThatIsNoName) {
  TempDirectory folder;
  for (const char* base : {"[]", "{name: hermes}", "[hermes, [hermes-mesh]]"}) {
    write_text(folder / "a.yaml", std::string("base: ") + base + "\n");
    test::expect_input_error(
        [&] { load_chip(folder / "a.yaml"); },
        (folder / "a.yaml") + ":1:7: error: base must be a shipped name or a file, or a list of these");
  }
  write_text(folder / "b.yaml", "name: b\nbase: hermess\n");
  const std::string text = test::input_error([&] { load_chip(folder / "b.yaml"); });
  EXPECT_EQ(text.find((folder / "b.yaml") + ":2:7: error: there is no chip 'hermess'"), 0u) << text;
  EXPECT_NE(text.find("did you mean 'hermes'?"), std::string::npos) << text;
}

TEST(LoadChip, SaysOnceThatABaseFillsInWhatAFileLeavesOut) {
  TempDirectory folder;
  write_text(folder / "own.yaml", "name: own\ngrid: {columns: 4, rows: 4}\nadc: {bits: 8, kind: sar}\n");
  const std::string place = (folder / "own.yaml") + ":1:1: error: ";
  const std::string text = test::input_error([&] { load_chip(folder / "own.yaml"); });
  const std::string hint =
      " keys are missing; a line 'base: NAME' in a chip's file takes what the file leaves out from another: "
      "analog-fabric-48, bruschi-512, garofalo-34, hermes, hermes-mesh or a file of your own\n";
  EXPECT_EQ(text.find(place), 0u) << text;
  EXPECT_EQ(text.find(hint), text.find('\n') + 1 - hint.size()) << text;
  EXPECT_EQ(text.rfind("'base: NAME'"), text.find("'base: NAME'")) << text;
  EXPECT_NE(text.find(place + "missing key 'what_if'"), std::string::npos) << text;
  write_text(folder / "based.yaml", "base: hermes-mesh\nname: own\nadc: {bit: 8, a: 1, b: 2, c: 3, d: 4}\n");
  const std::string unknown = test::input_error([&] { load_chip(folder / "based.yaml"); });
  EXPECT_EQ(unknown.find("base: NAME"), std::string::npos) << unknown;
}

TEST(LoadDevice, SaysThatABaseFillsInWhatAFileLeavesOut) {
  TempDirectory folder;
  write_text(folder / "own.yaml", "name: own\n");
  const std::string text = test::input_error([&] { load_device(folder / "own.yaml"); });
  EXPECT_NE(text.find("a line 'base: NAME' in a device's file takes what the file leaves out from another: "
                      "hermes-1, hermes-2, pcm-90nm or a file of your own\n"),
            std::string::npos)
      << text;
}

TEST(LoadChip, LaysTheLaterOfSeveralBasesOnTheEarlier) {
  TempDirectory folder;
  write_text(folder / "fast.yaml", "adc: {bits: 7}\ndigital: {clock_ps: 500}\n");
  write_text(folder / "a.yaml",
             "base: [hermes-mesh, digital_units/int8, ./fast.yaml]\nname: a\nadc: {law: linear}\n");
  const Chip chip = load_chip(folder / "a.yaml", {"digital.pipeline_cycles=3"});
  EXPECT_EQ(chip.name, "a");
  EXPECT_EQ(chip.adc.bits, 7);
  EXPECT_EQ(chip.digital.clock_ps, 500);
  EXPECT_EQ(chip.digital.outputs_per_cycle, 16);
  EXPECT_EQ(chip.digital.pipeline_cycles, 3);
  EXPECT_EQ(chip.energy.digital_pj_per_output, 0.075);
  EXPECT_EQ(chip.energy.mvm_fixed_pj, load_chip("hermes-mesh").energy.mvm_fixed_pj);
  EXPECT_EQ(common::settings_chain(chip_files, folder / "a.yaml").size(), 4u);
}

TEST(LoadChip, ReadsEveryBaseOnce) {
  TempDirectory folder;
  write_text(folder / "b.yaml", "base: hermes-mesh\nname: b\n");
  write_text(folder / "a.yaml", "base: [hermes-mesh, b.yaml]\n");
  EXPECT_NE(test::input_error([&] { load_chip(folder / "a.yaml"); }).find("b.yaml:1:7: error: base: '"),
            std::string::npos);
  EXPECT_NE(
      test::input_error([&] { load_chip(folder / "a.yaml"); }).find("hermes-mesh.yaml' is a base twice"),
      std::string::npos);
}

TEST(LoadChip, NamesTheShippedPartsWhenItKnowsNone) {
  TempDirectory folder;
  write_text(folder / "a.yaml", "name: a\nbase: [hermes-mesh, digital_units/int9]\n");
  test::expect_input_error(
      [&] { load_chip(folder / "a.yaml"); },
      (folder / "a.yaml") +
          ":2:21: error: there is no 'digital_units/int9'; shipped in digital_units: int8, ldpu, "
          "ldpu-depthwise; did you mean 'int8'?");
}

TEST(LoadChip, NamesTheShippedOnesWhenItKnowsNone) {
  test::expect_input_error([] { load_chip("hermes-mush"); },
                           "error: there is no chip 'hermes-mush'; shipped: analog-fabric-48, bruschi-512, "
                           "garofalo-34, hermes, hermes-mesh; a "
                           "file's name ends in .yaml or has a slash; did you mean 'hermes-mesh'?");
  EXPECT_NE(test::input_error([] {
              load_device("pcm");
            }).find("there is no device 'pcm'; shipped: hermes-1, hermes-2, pcm-90nm"),
            std::string::npos);
  EXPECT_THROW(load_chip("absent.yaml"), common::InputError);
}

TEST(LoadChip, RefusesAssignmentsItDoesNotKnow) {
  const std::string text = test::input_error([] { load_chip("hermes-mesh", {"adc.bitz=8", "grid.rows=x"}); });
  EXPECT_NE(text.find("adc.bitz"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean 'bits'?"), std::string::npos) << text;
  EXPECT_NE(text.find("grid.rows"), std::string::npos) << text;
}

TEST(LoadChip, BlamesTheUsersFileWhereItContradictsItsBase) {
  TempDirectory folder;
  const std::string shipped = test::source_path("configs/chips/hermes-mesh.yaml");
  write_text(folder / "wide.yaml", "name: u\nbase: hermes-mesh\ngrid: {columns: 64, rows: 64}\n");
  test::expect_input_error(
      [&] { load_chip(folder / "wide.yaml"); },
      (folder / "wide.yaml") + ":3:17: error: grid.columns * grid.rows is 4096; allowed: at most 1024 cores");
  write_text(folder / "schema.yaml", "schema: phasecore.chip/2\nbase: hermes-mesh\n");
  test::expect_input_error(
      [&] { load_chip(folder / "schema.yaml"); },
      (folder / "schema.yaml") +
          ":1:9: error: schema 'phasecore.chip/2' is not known; allowed: phasecore.chip/1");
  write_text(folder / "small.yaml", "base: hermes-mesh\ncrossbar:\n  rows: 16\n");
  const std::string text =
      test::input_error([&] { load_chip(folder / "small.yaml", {"mapping.margin=16"}); });
  const std::string expected =
      "--set: error: mapping.margin = 16 leaves nothing of a crossbar of 16 x 256\n"
      "  with crossbar.rows = 16 from " +
      (folder / "small.yaml") + ":3\n  with crossbar.columns = 256 from " + shipped + ":";
  EXPECT_EQ(text.find(expected), 0u) << text;
}

/// Every message must begin with "--set:", whatever joint rule the assignments break. Lines below it say what
/// they meet.
template <class S>
void expect_blame_on_set(S (*load)(const std::string&, const std::vector<std::string>&), const char* name,
                         const std::vector<std::string>& assignments) {
  const std::string text = test::input_error([&] { load(name, assignments); });
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.find("--set: error: ") == 0 || line.find("  with ") == 0)
        << assignments[0] << ": " << line;
  EXPECT_EQ(text.find("--set: error: "), 0u) << assignments[0] << ": " << text;
}

TEST(LoadChip, BlamesTheAssignmentThatContradictsAShippedFile) {
  const std::vector<std::vector<std::string>> cases = {
      {"schema=phasecore.chip/2"},
      {"grid.columns=64", "grid.rows=64"},
      {"host.column=63"},
      {"grid.rows=1", "grid.columns=1", "host.row=1"},
      {"network.topology=dedicated"},
      {"network.topology=dedicated", "network.offsets=[x]"},
      {"memory.bytes=0"},
      {"memory.read_bytes_per_cycle=0"},
      {"crossbar.rows=16", "mapping.margin=16"},
      {"area.core_mm2=0"},
      {"power.waiting_mw=1"},
      {"area.router_mm2=9000"},
      {"network.buffer_flits=1"},
      {"network.flit_bytes=1", "network.buffer_flits=10"},
      {"not_modelled=[hosts]"},
      {"not_modelled=[host]", "energy.host_pj_per_byte=1"},
  };
  for (const auto& assignments : cases) expect_blame_on_set(load_chip, "hermes-mesh", assignments);
}

TEST(LoadDevice, BlamesTheAssignmentThatContradictsAShippedFile) {
  const std::vector<std::vector<std::string>> cases = {
      {"schema=phasecore.device/2"},
      {"programming_sigma_us=[]"},
      {"drift_mean=[]"},
      {"drift_mean.0.upper=0", "drift_sigma.0.low=1000"},
      {"read_noise.power_scale=1"},
      {"drift_sigma.0.high=-1000"},
  };
  for (const auto& assignments : cases) expect_blame_on_set(load_device, "hermes-2", assignments);
}

TEST(LoadChip, UnderstandsBothSpellingsOfAKey) {
  EXPECT_EQ(load_chip("hermes-mesh", {"not_modeled=[shared_area]"}).not_modelled,
            std::vector<std::string>{"shared_area"});
}

TEST(LoadChip, SaysItsJointLimitsWhereItDescribesTheKeys) {
  std::map<std::string, std::string> meanings;
  for (const auto& doc : common::document_fields(load_chip("hermes-mesh"))) meanings[doc.path] = doc.meaning;
  EXPECT_NE(meanings.at("grid.columns").find("columns * rows is at most 1024"), std::string::npos);
  EXPECT_NE(meanings.at("grid.rows").find("columns * rows is at most 1024"), std::string::npos);
  EXPECT_NE(meanings.at("mapping.margin").find("below crossbar.rows"), std::string::npos);
  EXPECT_NE(meanings.at("host.column").find("below grid.columns"), std::string::npos);
  for (const auto& name : left_out_names())
    EXPECT_NE(meanings.at("not_modelled").find(name), std::string::npos) << name;
}

TEST(LoadChip, ReadsBackWhatItDumps) {
  TempDirectory folder;
  for (const auto& name : common::shipped(chip_files)) {
    const Chip chip = load_chip(name, {"layers.stem.adc_bits=6"});
    const std::string text = common::dump_fields(chip);
    write_text(folder / "resolved.yaml", text);
    EXPECT_EQ(common::dump_fields(load_chip(folder / "resolved.yaml")), text) << name;
  }
}

TEST(LoadDevice, ReadsBackWhatItDumps) {
  TempDirectory folder;
  for (const auto& name : common::shipped(device_files)) {
    const std::string text = common::dump_fields(load_device(name));
    write_text(folder / "resolved.yaml", text);
    EXPECT_EQ(common::dump_fields(load_device(folder / "resolved.yaml")), text) << name;
  }
}

TEST(MergedSettings, KnowWhereEveryValueStands) {
  TempDirectory folder;
  write_text(folder / "a.yaml", "base: hermes\nadc:\n  bits: 9\n");
  const auto root = common::merged_settings(chip_files, folder / "a.yaml");
  EXPECT_EQ(root.find("base"), nullptr);
  const auto* adc = root.find("adc");
  ASSERT_NE(adc, nullptr);
  EXPECT_EQ(common::to_string(adc->find("bits")->where), (folder / "a.yaml") + ":3:9");
  EXPECT_EQ(adc->find("law")->where.file, test::source_path("configs/chips/hermes.yaml"));
}

TEST(ConfigDirectory, IsWhereTheEnvironmentSays) {
  EXPECT_EQ(common::config_directory(), test::source_path("configs"));
  TempDirectory folder;
  ASSERT_EQ(setenv("PHASECORE_CONFIGS", folder.path().c_str(), 1), 0);
  EXPECT_EQ(common::config_directory(), folder.path());
  EXPECT_NE(test::environment_error([] {
              common::shipped(chip_files);
            }).find("cannot list the shipped chips in " + folder.path()),
            std::string::npos);
  ASSERT_EQ(system(("mkdir " + (folder / "chips")).c_str()), 0);
  write_text(folder / "chips/mine.yaml", test::read_text(test::source_path("configs/chips/hermes.yaml")));
  EXPECT_EQ(common::shipped(chip_files), std::vector<std::string>{"mine"});
  EXPECT_EQ(load_chip("mine").name, "hermes");
  unsetenv("PHASECORE_CONFIGS");
}

}  // namespace
}  // namespace phasecore::config
