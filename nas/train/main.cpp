// phasecore-train: TRAIN.yaml in; ONNX and line-wise JSON progress out.
#include <boost/program_options.hpp>
#include <iostream>

#include "common/diagnostics.hpp"
#include "common/run_program.hpp"
#include "nas/train/run.hpp"
#include "nas/train/supernet_run.hpp"
#include "nas/train/supernet_settings.hpp"

namespace {

using namespace phasecore;
namespace po = boost::program_options;

constexpr char usage[] =
    "usage: phasecore-train TRAIN.yaml [--set key=value]... [--resume] [--out FILE.onnx]\n\n"
    "Trains a network as TRAIN.yaml says and writes it as ONNX. Progress goes to standard output, one JSON "
    "object per\n"
    "line. After every epoch FILE.onnx.checkpoint is replaced; --resume continues from it, bit for bit.\n"
    "'phasecore describe train' explains every key of TRAIN.yaml.\n\n";

int dispatch(int argc, char** argv) {
  train::RunOptions options;
  po::options_description visible("options");
  // clang-format off
  visible.add_options()
    ("set", po::value(&options.assignments), "replace one setting: key.path=value; may be repeated")
    ("resume", po::bool_switch(&options.resume), "continue from the checkpoint beside the output")
    ("out", po::value(&options.output), "the network to write; default: NAME.onnx, NAME from TRAIN.yaml")
    ("help", "this text");
  // clang-format on
  po::options_description all;
  all.add(visible).add_options()("recipe", po::value(&options.recipe));
  po::variables_map given;
  try {
    const auto positions = po::positional_options_description().add("recipe", 1);
    po::store(po::command_line_parser(argc, argv)
                  .options(all)
                  .positional(positions)
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              given);
    po::notify(given);
  } catch (const po::error& e) {
    throw common::InputError(std::string(e.what()) + "; see phasecore-train --help");
  }
  if (given.count("help")) {
    std::cout << usage << visible;
    return 0;
  }
  if (options.recipe.empty()) throw common::InputError("no TRAIN.yaml given; see phasecore-train --help");
  if (train::is_supernet_recipe(options.recipe))
    train::run_supernet(options, std::cout);
  else
    train::run(options, std::cout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return common::run_program("phasecore-train", [&] { return dispatch(argc, argv); });
}
