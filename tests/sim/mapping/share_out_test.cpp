// Tiles, replicas and cores: as the compiler chooses them, as a file says them, and what no file may say.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "models/graph/fold.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/as_file.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/load.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/placement.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

config::Chip chip_for(const std::string& objective, std::vector<std::string> more = {}) {
  more.push_back("mapping.objective=" + objective);
  return config::load_chip("hermes-mesh", more);
}

Mapping map_zoo(const std::string& network, const config::Chip& chip) {
  return map(graph::fold(zoo::find(network)->build()), chip);
}

double interval_us(const Mapping& mapping, const config::Chip& chip) {
  return static_cast<double>(loads(build_program(mapping, chip).program, chip.cores()).interval_ps()) * 1e-6;
}

TEST(ShareOut, EveryNetworkIsAtLeastAsFastAsOneToOneOnTheSameCores) {
  for (const char* name : {"resnet8", "resnet20", "resnet32", "ds-cnn", "micronet-kws-s", "resnet9"}) {
    const config::Chip one = chip_for("one-to-one"), fast = chip_for("throughput");
    const Mapping naive = map_zoo(name, one), shared = map_zoo(name, fast);
    EXPECT_LE(interval_us(shared, fast), interval_us(naive, one)) << name;
    EXPECT_LE(shared.cores_used, 64) << name;
  }
}

TEST(ShareOut, DeepNetworksShareCrossbarsWhereCoresLack) {
  const config::Chip chip = chip_for("throughput");
  EXPECT_NEAR(interval_us(map_zoo("resnet32", chip), chip), 70.7, 0.5);
  const config::Chip alone = chip_for("throughput", {"mapping.pack=false"});
  EXPECT_NEAR(interval_us(map_zoo("resnet32", alone), alone), 183.0, 0.5);
  for (const char* name : {"mobilenet-v1-vww", "mobilenet-v2-vww", "mcunet-like"}) {
    EXPECT_THROW(map_zoo(name, alone), common::InputError) << name;
    EXPECT_LE(map_zoo(name, chip).cores_used, 64) << name;
  }
}

bool has_tiles_of_groups(const Mapping& mapping) {
  return std::any_of(mapping.stages.begin(), mapping.stages.end(), [](const Stage& stage) {
    const MvmWork* mvm = in_crossbars(stage);
    return mvm != nullptr && mvm->groups > 1 && mvm->sharing.copies() > 1;
  });
}

TEST(ShareOut, DepthwiseConvolutionsHaveTilesWhereTheySave) {
  const config::Chip fast = chip_for("throughput"), alone = chip_for("throughput", {"mapping.pack=false"});
  const Mapping packed = map_zoo("ds-cnn", fast), unpacked = map_zoo("ds-cnn", alone);
  EXPECT_TRUE(has_tiles_of_groups(packed));
  EXPECT_TRUE(has_tiles_of_groups(unpacked));
  EXPECT_NEAR(interval_us(packed, fast), 5.20, 0.01) << "16.64 with one pixel per MVM of a depthwise layer";
  EXPECT_LE(interval_us(unpacked, alone), 8.0);
  const config::Chip one = chip_for("throughput", {"mapping.windows=false"});
  EXPECT_FALSE(has_tiles_of_groups(map_zoo("ds-cnn", one)));
  EXPECT_FALSE(has_tiles_of_groups(map_zoo("ds-cnn", chip_for("one-to-one"))));
  // Where cells are what lacks, tiles with their zeros are not taken: 12 cores without them, too.
  const config::Chip few = chip_for("cores", {"mapping.max_interval_ns=532480"});
  EXPECT_LE(map_zoo("mobilenet-v1-vww", few).cores_used, 12);
}

// Each block of a layer in tiles has fewer channels, so that a pixel goes in more packets.
TEST(ShareOut, GroupsGetNoTilesWhereLinksAreBusierThanCores) {
  config::Chip chip = chip_for("throughput");
  EXPECT_TRUE(has_tiles_of_groups(map_zoo("micronet-kws-s", chip)));
  chip.network.clock_ps *= 4;
  chip.network.header_flits = 32;
  chip.network.buffer_flits = 512;
  EXPECT_FALSE(has_tiles_of_groups(map_zoo("micronet-kws-s", chip)));
}

TEST(ShareOut, CoresAndIntervalsKeepTheirLimits) {
  const config::Chip few = chip_for("throughput", {"mapping.max_cores=16"});
  const Mapping on_few = map_zoo("resnet8", few);
  EXPECT_LE(on_few.cores_used, 16);
  EXPECT_NEAR(interval_us(on_few, few), 49.92, 0.01);
  const config::Chip alone = chip_for("throughput", {"mapping.max_cores=16", "mapping.pack=false"});
  EXPECT_NEAR(interval_us(map_zoo("resnet8", alone), alone), 66.56, 0.01);
  const config::Chip slow = chip_for("cores", {"mapping.max_interval_ns=100000"});
  const Mapping fewest = map_zoo("resnet8", slow);
  EXPECT_LT(fewest.cores_used, 16);
  EXPECT_LE(interval_us(fewest, slow), 100.0);
  const config::Chip saving = chip_for("energy", {"mapping.max_interval_ns=20000"});
  EXPECT_LE(interval_us(map_zoo("resnet8", saving), saving), 20.0);
}

TEST(ShareOut, DepthwiseConvolutionsGoToDigitalUnitsWhereAsked) {
  const config::Chip chip = chip_for("one-to-one", {"mapping.digital=auto-depthwise"});
  int digital = 0;
  for (const Stage& stage : map_zoo("ds-cnn", chip).stages)
    if (const auto* mvm = stage.as<MvmWork>()) digital += mvm->digital;
  EXPECT_EQ(digital, 4);
}

bool same(const Mapping& a, const Mapping& b) {
  if (a.stages.size() != b.stages.size()) return false;
  for (std::size_t s = 0; s < a.stages.size(); ++s) {
    const Stage &x = a.stages[s], &y = b.stages[s];
    const auto &parts = submatrices_of(x), &others = submatrices_of(y);
    if (x.name != y.name || parts.size() != others.size() || (parts.empty() && x.core != y.core))
      return false;
    for (std::size_t k = 0; k < parts.size(); ++k)
      if (parts[k].core != others[k].core || parts[k].row_begin != others[k].row_begin ||
          parts[k].col_end != others[k].col_end || parts[k].replica != others[k].replica)
        return false;
    const MvmWork *mvm = in_crossbars(x), *other = in_crossbars(y);
    if (mvm != nullptr && !(mvm->sharing == other->sharing && mvm->pool_cut == other->pool_cut)) return false;
  }
  return true;
}

TEST(ShareOut, MayUseDigitalUnitsButNeverToItsDisadvantage) {
  for (const char* name : {"mobilenet-v1-vww", "mobilenet-v2-vww", "mcunet-like", "ds-cnn"}) {
    const config::Chip given = chip_for("throughput"),
                       free = chip_for("throughput", {"mapping.digital=auto-depthwise"});
    EXPECT_LE(interval_us(map_zoo(name, free), free), 1.01 * interval_us(map_zoo(name, given), given))
        << name;
  }
}

TEST(ShareOut, TheObjectiveLatencyIsNoSlowerThanThroughput) {
  const auto latency = [](const std::string& name, const std::string& objective) {
    const config::Chip chip = chip_for(objective);
    const Mapping mapping = map_zoo(name, chip);
    return analytic::run(build_program(mapping, chip).program, fabric::make(chip)->platform(), 1)
        .image_end_ps[0];
  };
  EXPECT_LT(latency("resnet8", "latency"), latency("resnet8", "throughput"));
  for (const char* name : {"resnet20", "resnet32", "ds-cnn"})
    EXPECT_LE(latency(name, "latency"), latency(name, "throughput")) << name;
}

TEST(MappingFile, ReadBackItIsTheSameMapping) {
  const test::TempDirectory directory;
  for (const char* name : {"resnet8", "resnet32", "mobilenet-v1-vww", "micronet-kws-m"})
    for (const char* objective : {"one-to-one", "throughput", "cores"}) {
      const graph::FoldedNetwork network = graph::fold(zoo::find(name)->build());
      config::Chip chip = chip_for(objective);
      if (std::string(objective) == "one-to-one") chip.grid.rows = 16;
      const Mapping mapping = map(network, chip);
      const std::string path = directory / "m.yaml";
      std::ofstream(path) << common::dump_fields(as_file(mapping, chip));
      const config::Chip again = config::with_mapping(chip, config::load_mapping_file(path), network->name);
      EXPECT_TRUE(same(mapping, map(network, again))) << name << " " << objective;
    }
}

TEST(MappingFile, SaysEverythingThatCannotBeAtItsPlace) {
  const test::TempDirectory directory;
  const std::string path = directory / "m.yaml";
  std::ofstream(path) << "schema: phasecore.mapping/1\nnetwork: resnet8\nchip: hermes-mesh\nlayers:\n"
                         "  stem: {tile_h: 99, tile_w: 1}\n"
                         "  block1.conv1: {tile_h: 8, tile_w: 8}\n"
                         "  block3.shortcut: {replicas: 2, pool_h: 3, pool_w: 3}\n"
                         "  classifier: {replicas: 2}\n";
  const config::MappingFile file = config::load_mapping_file(path);
  const graph::FoldedNetwork network = graph::fold(zoo::find("resnet8")->build());
  const config::Chip chip = config::with_mapping(chip_for("throughput"), file, "resnet8");
  try {
    map(network, chip);
    FAIL() << "it was accepted";
  } catch (const common::InputError& e) {
    const std::string message = e.what();
    for (const char* part :
         {"m.yaml:5", "a tile of 99 x 1 pixels; the layer has 32 x 32", "m.yaml:6",
          "a tile of 8 x 8 pixels takes 1024 columns; a crossbar has 255", "m.yaml:7",
          "its pool of 8 x 8 cannot be cut into windows of 3 x 3", "m.yaml:8", "2 replicas for 1 tiles"})
      EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  }
  EXPECT_THROW(config::with_mapping(chip, file, "resnet20"), common::InputError);
}

TEST(MappingFile, CoresAreCheckedAgainstLayerChipAndCrossbar) {
  const graph::FoldedNetwork network = graph::fold(zoo::find("resnet8")->build());
  config::Chip chip = chip_for("one-to-one");
  const auto message_for = [&](const std::string& layer, const std::string& cores) {
    config::LayerOverride change;
    change.cores = cores;
    chip.layers = {{layer, change}};
    try {
      map(network, chip);
    } catch (const common::InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(message_for("stem", "1, 2").find("2 are given; it needs 1"), std::string::npos);
  EXPECT_NE(message_for("stem", "64").find("64 is not on the chip"), std::string::npos);
  EXPECT_NE(message_for("stem", "3-").find("is no list of cores"), std::string::npos);
  EXPECT_EQ(message_for("block3.conv1", "10-11"), "accepted");
  config::LayerOverride one, two;
  one.cores = two.cores = "5";
  chip.layers = {{"block1.conv1", one}, {"block1.conv2", two}};
  EXPECT_EQ(map(network, chip).cores_used, 13) << "two of 144 x 16 fit beside each other";
  two.cores = "5, 6";
  chip.layers = {{"block1.conv1", one}, {"block2.conv2", two}};
  EXPECT_EQ(map(network, chip).cores_used, 13);
  two.cores = "5, 6, 7";
  one.cores = "5";
  chip.layers = {{"block2.conv1", one}, {"block3.conv2", two}};
  EXPECT_NO_THROW(map(network, chip));
}

std::string message_of(const graph::Network& network, const config::Chip& chip) {
  try {
    const Mapping mapping = map(graph::fold(network), chip);
    build_program(mapping, chip);
  } catch (const common::InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(ShareOut, LimitsThatCannotBeMetAreNamedWithWhatCould) {
  const graph::Network network = zoo::find("resnet8")->build();
  const std::string cores =
      message_of(network, chip_for("throughput", {"mapping.max_cores=4", "mapping.pack=false"}));
  EXPECT_NE(
      cores.find("does not fit on 4 cores (mapping.max_cores); one matrix per core takes at least 14 cores"),
      std::string::npos)
      << cores;
  const std::string time = message_of(network, chip_for("energy", {"mapping.max_interval_ns=0"}));
  EXPECT_NE(time.find("(mapping.max_interval_ns)"), std::string::npos) << time;
  EXPECT_NE(time.find("on all 64 cores 9.36 us are the least"), std::string::npos) << time;
}

TEST(ShareOut, NoObjectiveTakesLongerThanTheLongestInterval) {
  for (const char* objective : {"throughput", "latency", "energy", "cores"}) {
    const std::string message =
        test::input_error([&] { map_zoo("resnet8", chip_for(objective, {"mapping.max_interval_ns=9000"})); });
    EXPECT_NE(message.find("9000 ns per image (mapping.max_interval_ns)"), std::string::npos)
        << objective << message;
    const config::Chip chip = chip_for(objective, {"mapping.max_interval_ns=12000"});
    EXPECT_LE(interval_us(map_zoo("resnet8", chip), chip), 12) << objective;
  }
}

TEST(ShareOut, ARestOfAPoolThatNoGemmReadsHasACoreThatIsCounted) {
  test::Draft d({2, 12, 12});
  const int conv = d.relu(d.conv(0, 12, 3));
  const graph::Network network = d.build(d.global_average_pool(d.conv(conv, 12, 1, 2)));
  for (const char* objective : {"throughput", "latency", "energy", "cores"})
    for (const int cores : {2, 3, 5, 64}) {
      const config::Chip chip = chip_for(objective, {"mapping.max_cores=" + std::to_string(cores)});
      const Mapping mapping = map(graph::fold(network), chip);
      EXPECT_LE(mapping.cores_used, cores) << objective;
      EXPECT_NO_THROW(build_program(mapping, chip)) << objective << cores;
    }
}

TEST(ShareOut, TheCoreThatPoolsTheRestKeepsTheInterval) {
  const config::Chip chip = chip_for("cores", {"mapping.max_interval_ns=10500"});
  EXPECT_LE(interval_us(map_zoo("resnet8", chip), chip), 10.5);
}

TEST(ShareOut, DilatedPoolsLeaveAsAWhole) {
  test::Draft d({2, 8, 8});
  const int conv = d.conv(0, 4, 3);
  graph::Network network = d.build(d.max_pool(conv, 2, 2));
  auto& pool = *network.layers.back().edit<graph::Pool>();
  pool.window.dilation_h = pool.window.dilation_w = 2;
  network.layers.back().shape = {4, 3, 3};
  for (const char* objective : {"throughput", "latency", "cores"})
    EXPECT_EQ(message_of(network, chip_for(objective)), "accepted") << objective;
}

TEST(ShareOut, ReplicasThatSeeOnlyPaddingAndThoseNobodyReadsRun) {
  test::Draft d({2, 8, 8});
  graph::Window padded;
  padded.pad_top = padded.pad_left = padded.pad_bottom = padded.pad_right = 2;
  const int conv = d.conv(0, 4, padded, 1);
  const graph::Network network = d.build(d.conv(conv, 4, 1, 2));
  config::Chip chip = chip_for("one-to-one");
  config::LayerOverride change;
  change.replicas = 12;
  chip.layers = {{network.layers[conv].name, change}};
  EXPECT_EQ(message_of(network, chip), "accepted");
  // What nobody looks at is taken as it comes: it needs no buffer of an image.
  test::Draft wide({3, 96, 96});
  const int first = wide.conv(0, 16, 3);
  const graph::Network strided = wide.build(wide.conv(first, 4, 1, 2));
  change.replicas = 2;
  chip.layers = {{strided.layers[first].name, change}};
  EXPECT_EQ(message_of(strided, chip), "accepted");
}

TEST(ShareOut, TheHostsLayersTakeNoCores) {
  config::Chip chip = config::load_chip("hermes", {"mapping.objective=throughput"});
  const Mapping mapping = map_zoo("resnet8", chip);
  EXPECT_GT(mapping.cores_used, 50);
  EXPECT_LE(interval_us(mapping, chip), 40.0);
}

TEST(ShareOut, GivenKeysAddUpAndDigitalLayersStayWhatTheyAre) {
  config::Chip chip = chip_for("one-to-one");
  config::LayerOverride tile, replicas;
  tile.tile_h = 2;
  replicas.replicas = 2;
  chip.layers = {{"stem", tile}, {"st*", replicas}};
  const Mapping mapping = map_zoo("resnet8", chip);
  EXPECT_TRUE(in_crossbars(mapping.stages[0])->sharing == (Sharing{2, 1, 2}));
  config::LayerOverride pool;
  pool.pool_h = pool.pool_w = 2;
  chip.layers = {{"block3.shortcut", pool}};
  const Mapping cut = map_zoo("resnet8", chip);
  EXPECT_EQ(cut.stages.size(), 11u);
  chip = chip_for("one-to-one", {"mapping.digital=auto-depthwise"});
  config::LayerOverride analog;
  analog.digital = false;
  chip.layers = {{"*", analog}};
  int digital = 0;
  for (const Stage& stage : map_zoo("ds-cnn", chip).stages)
    if (const auto* mvm = stage.as<MvmWork>()) digital += mvm->digital;
  EXPECT_EQ(digital, 0);
}

TEST(ShareOut, GivenCoresAndPackingLeaveEachOtherAlone) {
  config::Chip chip = chip_for("throughput", {"grid.rows=2"});
  config::LayerOverride change;
  change.cores = "3";
  chip.layers = {{"stem", change}};
  EXPECT_NE(message_of(zoo::find("resnet32")->build(), chip).find("needs 62 cores"), std::string::npos);
  EXPECT_EQ(message_of(zoo::find("resnet8")->build(), chip), "accepted");
}

/// Two pools that no layer can keep: over windows that overlap, and behind another pool.
graph::Network with_pools() {
  test::Draft d({3, 32, 32});
  const int stem = d.conv(0, 32, 5);
  d.rename(stem, "stem");
  const int pool = d.max_pool(d.relu(stem), 3, 2, 1);
  d.rename(pool, "pool");
  const int a = d.conv(pool, 32, 3), sum = d.add(a, pool);
  const int late = d.average_pool(d.max_pool(sum, 2, 2), 3, 2, 1);
  d.rename(late, "late");
  return d.build(d.gemm(d.flatten(late), 4));
}

TEST(ChannelParts, LetSeveralCoresPoolWhereOneWouldHoldUpAll) {
  const auto network = graph::fold(with_pools());
  const config::Chip chip = chip_for("throughput", {"digital.pool_values_per_cycle=1"});
  const config::Chip one =
      chip_for("throughput", {"digital.pool_values_per_cycle=1", "layers={pool: {replicas: 1}}"});
  const Mapping mapping = map(network, chip);
  int parts = 0, channels = 0;
  for (const Stage& stage : mapping.stages)
    if (stage.name == "pool") {
      EXPECT_EQ(stage.part, parts++);
      channels += raster_of(stage.out_shape).channels;
    }
  EXPECT_EQ(parts, 4) << "of 8 channels: half a flit";
  EXPECT_EQ(channels, 32);
  EXPECT_LT(interval_us(mapping, chip), 0.5 * interval_us(map(network, one), one));
}

TEST(ChannelParts, AreReplicasInAMappingFile) {
  const test::TempDirectory directory;
  const auto network = graph::fold(with_pools());
  const config::Chip chip = chip_for(
      "one-to-one",
      {"layers={stem: {replicas: 2}, pool: {replicas: 5}, late: {replicas: 3, cores: \"9, 7, 8\"}}"});
  const Mapping mapping = map(network, chip);
  const std::string path = directory / "m.yaml";
  std::ofstream(path) << common::dump_fields(as_file(mapping, chip));
  EXPECT_NE(test::read_text(path).find("late"), std::string::npos);
  const config::Chip again = config::with_mapping(chip, config::load_mapping_file(path), network->name);
  EXPECT_TRUE(same(mapping, map(network, again)));
  std::vector<int> cores;
  for (const Stage& stage : mapping.stages)
    if (stage.name == "late") cores.push_back(stage.core);
  EXPECT_EQ(cores, (std::vector<int>{9, 7, 8}));
}

TEST(ChannelParts, ThatCannotBeAreRefused) {
  const auto message_of = [](const std::string& layers) {
    return test::input_error(
        [&] { map(graph::fold(with_pools()), chip_for("one-to-one", {"layers=" + layers})); });
  };
  const auto expect = [&](const std::string& layers, const std::string& message) {
    EXPECT_NE(message_of(layers).find(message), std::string::npos) << message_of(layers);
  };
  expect("{late: {replicas: 33}}", "33 replicas for 32 channels");
  expect("{late: {replicas: 2, tile_h: 2, tile_w: 1}}", "'late' matches no convolution or Gemm");
  expect("{lat*: {replicas: 2}}", "'lat*' matches no convolution or Gemm");
  expect("{stem: {replicas: 2}, pool: {replicas: 33}}", "33 replicas for 32 channels");
  expect("{pool: {replicas: 2}}", "its layer pools all by itself");
  expect("{late: {replicas: 2, cores: \"1, 2, 3\"}}", "3 are given; it needs 2");
}

TEST(MappingFile, ReplicasWithoutABlockAreRefused) {
  config::Chip chip = chip_for("one-to-one");
  config::LayerOverride change;
  change.replicas = 16;
  change.pool_h = change.pool_w = 4;
  chip.layers = {{"block3.shortcut", change}};
  EXPECT_NE(message_of(zoo::find("resnet8")->build(), chip).find("16 replicas for 4 pooled windows of 4 x 4"),
            std::string::npos);
}

TEST(CoreLists, AreReadAndWritten) {
  EXPECT_EQ(core_list("0-3, 9"), (std::vector<int>{0, 1, 2, 3, 9}));
  EXPECT_EQ(core_text({0, 1, 2, 3, 9}), "0-3, 9");
  EXPECT_EQ(core_text({7, 6, 5}), "7, 6, 5");
  EXPECT_FALSE(core_list(""));
  EXPECT_FALSE(core_list("a"));
  EXPECT_FALSE(core_list("5-3"));
}

}  // namespace
}  // namespace phasecore::mapping
