// Bad input: exact messages, exit code 2 (3 for the environment), nothing written.
#include <filesystem>
#include <limits>

#include "common/npy.hpp"
#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

/// Runs with --out, expects the message on standard error, nothing on standard output and nothing written.
void expect_refused(const std::string& arguments, int exit_code, const std::string& message) {
  const TempDirectory place;
  const CommandResult result = phasecore(arguments + " --out '" + (place / "out") + "'");
  EXPECT_EQ(result.exit_code, exit_code) << arguments;
  EXPECT_EQ(result.err, message + "\n") << arguments;
  EXPECT_EQ(result.out, "") << arguments;
  EXPECT_TRUE(std::filesystem::is_empty(place.path())) << arguments;
}

std::string model(const std::string& name) {
  return data_file("tests/data/onnx/" + name);
}
std::string model_path(const std::string& name) {
  return source_path("tests/data/onnx/" + name);
}

TEST(BadInput, NoModelAtAll) {
  expect_refused("simulate", 2, "error: no model given; usage: phasecore simulate MODEL [options]");
}

TEST(BadInput, AMissingModel) {
  expect_refused("simulate nowhere.onnx", 2, "error: no such file: 'nowhere.onnx'");
}

TEST(BadInput, AShippedNetworkWithoutItsPrefix) {
  expect_refused("simulate resnet8-fmnist", 2,
                 "error: no such file: 'resnet8-fmnist'; did you mean 'zoo:resnet8-fmnist'?");
  expect_refused("simulate resnet32", 2, "error: no such file: 'resnet32'; did you mean 'zoo:resnet32'?");
}

TEST(BadInput, AnInputThatTheNetworkDoesNotHave) {
  EXPECT_EQ(phasecore("infer zoo:resnet8-fmnist --input mask=x.npy --output y.npy").err,
            "error: --input mask=x.npy: there is no file of this name, and no input 'mask'; the inputs of "
            "'resnet8-fmnist' are input\n");
}

TEST(BadInput, NothingToDescribe) {
  const std::string allowed = "allowed are chip, device, simulate, train, supernet, search, sweep, space";
  EXPECT_EQ(phasecore("describe").err, "error: describe what? " + allowed + "\n");
  EXPECT_EQ(phasecore("describe nothing").err,
            "error: describe what? 'nothing' is not known; " + allowed + "\n");
}

TEST(BadInput, AnUnknownZooNetwork) {
  const CommandResult result = phasecore("simulate zoo:resnet8-fmnis");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(
      result.err,
      "error: no network 'zoo:resnet8-fmnis'; shipped: ds-cnn-digits, ds-cnn-digits-hwa, ds-cnn-fmnist, "
      "ds-cnn-fmnist-hwa, ds-cnn-keywords, ds-cnn-keywords-hwa, found221-cifar10, found221-cifar10-hwa, "
      "found475-cifar10, found475-cifar10-hwa, gru-digits, gru-digits-hwa, lstm-digits, "
      "lstm-digits-hwa, resnet20-cifar10, resnet20-cifar10-hwa, resnet20-fmnist, resnet20-fmnist-hwa, "
      "resnet8-cifar10, resnet8-cifar10-hwa, resnet8-fmnist, resnet8-fmnist-hwa, resnet9-cifar10, "
      "resnet9-cifar10-hwa; definitions: densenet121, ds-cnn, gru-kws-s, kwt-1, kwt-2, lstm-captioning, "
      "lstm-kws-s, "
      "lstm-ptb, lstm504, mcunet-like, micronet-kws-m, micronet-kws-s, mobilenet-v1-cifar, mobilenet-v1-vww, "
      "mobilenet-v2, mobilenet-v2-cifar, mobilenet-v2-vww, resnet18, resnet20, resnet32, resnet50, resnet8, "
      "resnet8-symmetric, resnet9, vgg16, vgg8, vit-lite-6-4, vit-tiny, wide-resnet-16-4, wide-resnet-16-8, "
      "wide-resnet-50-2; did you mean 'resnet8-fmnist'?\n");
}

TEST(BadInput, TheDataOfAShippedNetworkAreTheUsers) {
  const CommandResult result = phasecore("simulate zoo:resnet8-cifar10");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(
      result.err,
      "cifar-10-batches-bin/test_batch.bin: error: no such file; the binary version of CIFAR-10 has "
      "data_batch_1.bin, data_batch_2.bin and so on, and test_batch.bin\n"
      "The network says that it was trained on 'cifar10:cifar-10-batches-bin'. --data FORMAT:PLACE says "
      "where those images are, --data none leaves the accuracy out.\n");
}

TEST(BadInput, ASupernetIsNoNetwork) {
  expect_refused("simulate zoo:supernet-fmnist", 2,
                 "error: zoo:supernet-fmnist is a supernet; phasecore cut makes networks of it");
}

TEST(BadInput, ADefinitionHasNoTrainedWeights) {
  expect_refused("simulate zoo:resnet32", 2,
                 "error: zoo:resnet32 is a definition without trained weights; give --random-weights");
  const CommandResult result = phasecore("infer zoo:resnet32 --input nowhere.npy --output nowhere.npy");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "error: zoo:resnet32 is a definition without trained weights; infer needs them\n");
}

TEST(BadInput, DamagedModels) {
  expect_refused("simulate " + model("empty.onnx"), 2,
                 model_path("empty.onnx") + ": error: the file is empty");
  expect_refused("simulate " + model("truncated.onnx"), 2,
                 model_path("truncated.onnx") +
                     ": error: the file is truncated: it ends in the middle of an ONNX model");
  expect_refused("simulate " + model("not-onnx.onnx"), 2,
                 model_path("not-onnx.onnx") + ": error: not an ONNX model");
}

TEST(BadInput, ModelsThatCannotBeExecutedNameNodeAndOperator) {
  const auto expect_inspect_refused = [](const std::string& name, const std::string& message) {
    const CommandResult result = phasecore("inspect " + model(name));
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_EQ(result.err, model_path(name) + ": error: " + message + "\n");
  };
  const CommandResult unsupported = phasecore("inspect " + model("unsupported.onnx"));
  EXPECT_EQ(unsupported.exit_code, 2);
  EXPECT_EQ(
      unsupported.err.find(model_path("unsupported.onnx") +
                           ": error: operator Einsum is not supported (node 'act'); supported are Abs, "),
      0u)
      << unsupported.err;
  expect_inspect_refused("nan-weights.onnx", "node 'conv' (Conv): weights hold nan at index 4");
  expect_inspect_refused(
      "zero-size.onnx",
      "node 'conv' (Conv): the output holds no values: a 9x9 kernel does not fit its 1x8x8 input");
  expect_inspect_refused("stride-0.onnx", "node 'conv' (Conv): stride 0x0 must be at least 1x1");
  expect_inspect_refused("shape-mismatch.onnx",
                         "node 'fc' (Gemm): weights take a vector of 5 values, 'flatten' delivers 2");
}

TEST(BadInput, ADynamicBatchIsTakenAsOne) {
  const CommandResult result = phasecore("inspect " + model("dynamic-batch.onnx"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(BadInput, ANetworkTooLargeForTheChipShowsTheTable) {
  expect_refused(
      "simulate zoo:resnet8-fmnist --data none --set mapping.objective=one-to-one --set grid.columns=3 "
      "--set grid.rows=4",
      2,
      "error: network 'resnet8-fmnist' needs 14 cores; chip 'hermes-mesh' has 12\n"
      "layer            cores needed  cores left\n"
      "---------------  ------------  ----------\n"
      "stem                        1          12\n"
      "block1.conv1                1          11\n"
      "block1.conv2                1          10\n"
      "block2.conv1                1           9\n"
      "block2.conv2                2           8\n"
      "block2.shortcut             1           6\n"
      "block3.conv1                2           5\n"
      "block3.conv2                3           3\n"
      "block3.shortcut             1           0\n"
      "classifier                  1           0\n"
      "A larger grid has more (--set grid.columns=.. --set grid.rows=..), and so have several chips in "
      "a row (`chips:` in the chip's file).");
}

TEST(BadInput, AllWrongAssignmentsAtOnce) {
  expect_refused(
      "simulate zoo:resnet8-fmnist --set adc.bit=8 --set adc.bits=20 --set crossbar.read_mode=2-phase --set "
      "grid.rows=x",
      2,
      "--set: error: 'grid.rows' is 'x'; expected an integer\n"
      "--set: error: 'crossbar.read_mode' is '2-phase'; allowed is one of 1-phase, 4-phase; did you mean "
      "'1-phase'?\n"
      "--set: error: 'adc.bits' is 20; allowed is 1 to 16 bit\n"
      "--set: error: unknown key 'adc.bit'; did you mean 'bits'?");
}

TEST(BadInput, AChipFileSaysWhere) {
  const TempDirectory place;
  const std::string file = place / "chip.yaml";
  write_text(file, "base: hermes-mesh\nadc:\n  bits: twelve\n  bitss: 3\ngrid:\n  rows: 8\n  rows: 4\n");
  const CommandResult result = phasecore("simulate zoo:resnet8-fmnist --chip '" + file + "'");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, file + ":7:3: error: duplicate key 'grid.rows'; first given at line 6\n" + file +
                            ":3:9: error: 'adc.bits' is 'twelve'; expected an integer\n" + file +
                            ":4:3: error: unknown key 'adc.bitss'; did you mean 'bits'?\n");
}

TEST(BadInput, WhatOnlyTheNetworkShowsIsStillSaidOfTheChipFile) {
  const TempDirectory place;
  const std::string file = place / "chip.yaml";
  const auto refusal = [&](const std::string& rest, const std::string& options = "") {
    write_text(file, "base: hermes-mesh\n" + rest);
    const CommandResult result =
        phasecore("simulate zoo:resnet8-fmnist --data none --chip '" + file + "'" + options);
    EXPECT_EQ(result.exit_code, 2) << rest;
    return result.err.substr(0, result.err.find(';'));
  };
  EXPECT_EQ(
      refusal("layers:\n  stam:\n    adc_bits: 6\n  stem:\n    digital: true\n"),
      file + ":4:5: error: chip 'hermes-mesh': layers: 'stam' matches no convolution or Gemm of the network");
  EXPECT_EQ(refusal("device: ./absent.yaml\n"), file + ":2:9: error: no such file: 'absent.yaml'\n");
  EXPECT_EQ(refusal("device: hermes-3\n"), file + ":2:9: error: there is no device 'hermes-3'");
  EXPECT_EQ(refusal("device: hermes-3\n", " --device hermes-4"), "error: there is no device 'hermes-4'");
}

TEST(BadInput, AnUnknownChipNamesTheShippedOnes) {
  expect_refused(
      "simulate zoo:resnet8-fmnist --chip hermes-mash", 2,
      "error: there is no chip 'hermes-mash'; shipped: analog-fabric-48, bruschi-512, garofalo-34, hermes, "
      "hermes-mesh; a file's name ends in "
      ".yaml or has a slash; did you mean 'hermes-mesh'?");
}

TEST(BadInput, AnUnwritableOutputIsTheEnvironments) {
  const CommandResult result = phasecore("simulate zoo:resnet8-fmnist --data none --out /proc/nowhere");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.err, "error: cannot write '/proc/nowhere': No such file or directory\n");
}

TEST(BadInput, ADirectoryThatIsNotAResultIsNotReplaced) {
  const TempDirectory place;
  write_text(place / "precious.txt", "mine");
  const CommandResult result =
      phasecore("simulate zoo:resnet8-fmnist --data none --out '" + place.path() + "'");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(read_text(place / "precious.txt"), "mine");
}

TEST(BadInput, AbsentData) {
  const TempDirectory empty;
  expect_refused("simulate zoo:resnet8-fmnist --data fashion-mnist:'" + empty.path() + "'", 2,
                 "error: data set fashion-mnist: there is no t10k-images-idx3-ubyte.gz and no "
                 "t10k-labels-idx1-ubyte.gz in " +
                     empty.path());
}

TEST(BadInput, AnAbsentPackageIsNamed) {
  const TempDirectory empty;
  const CommandResult result = run_command("PHASECORE_DATASETS='" + empty.path() +
                                           "' " PHASECORE_PROGRAM " simulate zoo:resnet8-fmnist");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.err,
            "error: data set fashion-mnist: there is no t10k-images-idx3-ubyte.gz and no "
            "t10k-labels-idx1-ubyte.gz in " +
                empty.path() + "/fashion-mnist; install the Debian package dataset-fashion-mnist\n");
}

TEST(BadInput, DataThatCannotBeLookedAtAreTheEnvironments) {
  const TempDirectory place;
  std::filesystem::create_symlink(place / "loop", place / "loop");
  for (const char* format :
       {"fashion-mnist", "mnist", "cifar10", "cifar100", "images", "npy", "npz", "speech-commands",
        "speech-commands-mlperf", "spoken-digits", "visual-wake-words"}) {
    const CommandResult result = phasecore("simulate zoo:resnet8-fmnist --data " + std::string(format) +
                                           ":'" + (place / "loop") + "'");
    EXPECT_EQ(result.exit_code, 3) << format << ": " << result.err;
    EXPECT_NE(result.err.find(place / "loop"), std::string::npos) << result.err;
  }
}

TEST(BadInput, OptionsAndTimes) {
  expect_refused("simulate zoo:resnet8-fmnist --chp hermes", 2,
                 "error: unknown option '--chp'; did you mean '--chip'?; see phasecore simulate --help");
  expect_refused(
      "simulate zoo:resnet8-fmnist --times 1s,5x --compensation gcd", 2,
      "error: '5x' is not a time; allowed is a number and one of s, min, h, d, y, as in 25s, 1h, 30d (1y is "
      "365d)\n"
      "error: unknown compensation 'gcd'; allowed are none, gdc, gdc-column, adabs; did you mean 'gdc'?");
  expect_refused("simulate zoo:resnet8-fmnist --samples 0", 2,
                 "error: --samples is 0; allowed is at least 1");
  const CommandResult unknown = phasecore("simulat");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err,
            "error: unknown command 'simulat'; the commands are simulate, inspect, map, infer, tile, "
            "validate, search, "
            "sweep, cut, compare, report, train, describe; did you mean 'simulate'?\n");
}

TEST(BadInput, OptionsThatContradictEachOtherOrAskForTooMuch) {
  expect_refused("simulate zoo:resnet8-fmnist --times 1s,60s,1min", 2,
                 "error: the time '1min' is given twice");
  expect_refused("simulate zoo:resnet8-fmnist --instances 10001", 2,
                 "error: --instances is 10001; allowed is at most 10000");
  expect_refused("simulate zoo:resnet8-fmnist --samples 10001", 2,
                 "error: --samples is 10001; the test part of fashion-mnist has 10000 images");
  expect_refused("simulate zoo:resnet8-fmnist --engine analytic --functional", 2,
                 "error: --functional needs --engine chip: the analytic engine carries no values");
  expect_refused("simulate zoo:resnet8-fmnist --engine analytic --no-extrapolation", 2,
                 "error: --no-extrapolation needs --engine chip: the analytic engine simulates no images");
  expect_refused("simulate zoo:resnet8-fmnist --engine analytic --trace t.vcd", 2,
                 "error: --trace needs --engine chip: the analytic engine has no waveforms");
  const TempDirectory place;
  const CommandResult mixed = phasecore("simulate zoo:resnet8-fmnist --data none --out " + (place / "r") +
                                        " --trace " + (place / "r") + "/t.vcd");
  EXPECT_EQ(mixed.exit_code, 2);
  EXPECT_EQ(mixed.err, "error: --trace must not lie in the result directory '" + (place / "r") + "'\n");
}

TEST(BadInput, EnergiesBeyondCountingAreRefused) {
  const CommandResult result = phasecore(
      "simulate zoo:resnet8-fmnist --data none --set digital.outputs_per_cycle=0.001 --set "
      "digital.clock_ps=1000000");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("9.2 J"), std::string::npos) << result.err;
}

TEST(BadInput, AnInputThatHoldsNoNumbers) {
  const TempDirectory place;
  std::vector<float> values(784, 0.5f);
  values[3] = std::numeric_limits<float>::quiet_NaN();
  write_text(place / "x.npy", common::npy_bytes({{1, 28, 28}, values}));
  const CommandResult result =
      phasecore("infer zoo:resnet8-fmnist --input " + (place / "x.npy") + " --output " + (place / "y.npy"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "error: " + (place / "x.npy") + " holds nan at index 3\n");
}

TEST(BadInput, DataThatDoNotSuitTheNetwork) {
  const CommandResult result = phasecore("simulate " + model("good.onnx") + " --data fashion-mnist");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(
      result.err.rfind("error: data set 'fashion-mnist' has images of 1x28x28, but the network's input", 0),
      0u)
      << result.err;
}

TEST(BadInput, AnOutputThatTheCommandReadsIsNotReplaced) {
  const TempDirectory place;
  namespace fs = std::filesystem;
  fs::copy_file(source_path("models/zoo/resnet8-fmnist.onnx"), place / "m.onnx");
  fs::copy_file(source_path("models/zoo/supernet-fmnist.onnx"), place / "supernet-fmnist.onnx");
  fs::copy_file(source_path("models/zoo/supernet-fmnist.yaml"), place / "s.yaml");
  fs::create_symlink(place / "m.onnx", place / "link.onnx");
  write_text(place / "c.yaml", "base: hermes-mesh\nname: c\n");
  write_text(place / "x.npy", common::npy_bytes({{1, 1, 28, 28}, std::vector<float>(784)}));
  const auto refused = [&](const std::string& arguments, const std::string& output,
                           const std::string& input) {
    const std::string before = read_text(place / input);
    const CommandResult result =
        run_command("cd '" + place.path() + "' && " + PHASECORE_PROGRAM + " " + arguments + " " + output);
    EXPECT_EQ(result.exit_code, 2) << arguments << " " << output;
    EXPECT_EQ(result.err, "error: '" + output + "' is what this command reads ('" + input +
                              "'); it will not be replaced, choose another name\n");
    EXPECT_TRUE(read_text(place / input) == before) << arguments << " " << output;
  };
  const std::string simulate = "simulate m.onnx --data none --chip ./c.yaml --trace";
  refused(simulate, "m.onnx", "m.onnx");
  refused(simulate, "link.onnx", "m.onnx");
  refused("simulate m.onnx --data none --chip c.yaml --trace", "./c.yaml", "c.yaml");
  refused("infer m.onnx --input x.npy --output", "x.npy", "x.npy");
  refused("infer m.onnx --input x.npy --output", "m.onnx", "m.onnx");
  refused("infer m.onnx --input x.npy --chip c.yaml --output", "c.yaml", "c.yaml");
  write_text(place / "d.yaml", "base: c.yaml\nname: d\ndevice: ./own.yaml\n");
  write_text(place / "own.yaml", "base: hermes-2\nname: own\n");
  const std::string of_base = "simulate m.onnx --data none --chip d.yaml --trace";
  refused(of_base, "c.yaml", "c.yaml");
  refused(of_base, "./own.yaml", "own.yaml");
  refused("infer m.onnx --input x.npy --chip d.yaml --output", "c.yaml", "c.yaml");
  refused("infer m.onnx --input input=x.npy --output", "x.npy", "x.npy");
  fs::create_directory(place / "zoo");
  fs::copy_file(place / "m.onnx", place / "zoo/own.onnx");
  ::setenv("PHASECORE_ZOO", "zoo", 1);
  refused("simulate zoo:own --data none --trace", "zoo/own.onnx", "zoo/own.onnx");
  ::unsetenv("PHASECORE_ZOO");
  const std::string cut = "cut s.yaml --genes 'stem_width=16 stages=3' --out";
  refused(cut, "s.yaml", "s.yaml");
  refused(cut, "./supernet-fmnist.onnx", "supernet-fmnist.onnx");
}

}  // namespace
}  // namespace phasecore::test
