#include "nas/evaluate/trainer.hpp"

#include <sys/wait.h>

#include <filesystem>

#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/process/ending.hpp"
#include "common/process/program.hpp"
#include "common/program.hpp"
#include "models/onnx/onnx.hpp"

namespace phasecore::evaluate {
namespace {

namespace fs = std::filesystem;

/// Of a hash: enough that no two trainings of a search meet.
constexpr std::size_t kNameDigits = 16;

std::string chosen_program(const std::string& given) {
  if (given.empty()) return common::find_trainer();
  if (!common::is_program(given)) throw common::EnvironmentError("'" + given + "' cannot be executed");
  return given;
}

bool is_bad_input(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(common::ExitCode::BadInput);
}

/// Files of a training that is not done yet.
struct Working {
  std::string stem;
  std::string layers() const { return stem + ".layers.onnx"; }
  std::string start() const { return stem + ".start.onnx"; }
  std::string output() const { return stem + ".onnx"; }
  std::string checkpoint() const { return output() + ".checkpoint"; }
  void remove() const {
    std::error_code ignored;
    for (const std::string& file : {layers(), start(), output(), checkpoint(), stem + ".loss.csv"})
      fs::remove(file, ignored);
  }
};

std::string without(std::string text, const std::string& part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at))
    text.erase(at, part.size());
  return text;
}

[[noreturn]] void fail(int status, const std::string& err) {
  const std::string ending = "phasecore-train " + process::ending_text(status);
  if (WIFSIGNALED(status)) throw common::EnvironmentError(ending);
  const int code = WEXITSTATUS(status);
  const std::string text = ending + ": " + process::last_words(err);
  if (code == static_cast<int>(common::ExitCode::BadInput)) throw common::InputError(text);
  if (code == static_cast<int>(common::ExitCode::OurBug)) throw common::InternalError(text);
  throw common::EnvironmentError(text);
}

}  // namespace

std::string assignment(const std::string& key, const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return key + "=\"" + quoted + '"';
}

Trainer::Trainer(TrainerSettings settings) : settings_(std::move(settings)) {
  recipe_text_ = common::read_file(settings_.recipe);
  settings_.program = chosen_program(settings_.program);
  settings_.folder = fs::weakly_canonical(fs::absolute(settings_.folder)).string();
}

std::vector<std::string> Trainer::fine_tuning(int epochs) {
  return {"epochs=" + std::to_string(epochs), "warmup_epochs=0", "hardware.noise_ramp_epochs=0"};
}

graph::Network Trainer::train(const graph::Network& network) const {
  return trained(network, nullptr, {});
}

graph::Network Trainer::fine_tune(const graph::Network& network, const graph::Network& start,
                                  int epochs) const {
  return trained(network, &start, fine_tuning(epochs));
}

graph::Network Trainer::trained(const graph::Network& network, const graph::Network* start,
                                const std::vector<std::string>& more) const {
  const std::string layers = onnx::serialize(network);
  const std::string weights = start != nullptr ? onnx::serialize(*start) : "";
  std::vector<std::string> assignments = settings_.assignments;
  assignments.insert(assignments.end(), more.begin(), more.end());
  const std::string recipe_hash = common::sha256(recipe_text_);
  std::string identity = recipe_hash + common::sha256(layers) + common::sha256(weights);
  for (const std::string& change : assignments) identity += change + '\n';
  const std::string base =
      (fs::path(settings_.folder) / common::sha256(identity).substr(0, kNameDigits)).string();
  const std::string output = base + ".onnx";
  const Working working{base + ".working"};
  if (fs::exists(output)) {
    working.remove();
    return onnx::read(output);
  }

  std::error_code failure;
  fs::create_directories(settings_.folder, failure);
  if (failure)
    throw common::EnvironmentError("cannot create '" + settings_.folder + "': " + failure.message());
  const std::string recipe =
      (fs::path(settings_.folder) / ("recipe-" + recipe_hash.substr(0, kNameDigits) + ".yaml")).string();
  if (!fs::exists(recipe)) common::write_file_atomically(recipe, recipe_text_);
  common::write_file_atomically(working.layers(), layers);
  std::vector<std::string> command = {settings_.program, recipe};
  const auto set = [&](const std::string& change) { command.insert(command.end(), {"--set", change}); };
  for (const std::string& change : assignments) set(change);
  set(assignment("name", network.name));
  set(assignment("network", working.layers()));
  if (start != nullptr) {
    common::write_file_atomically(working.start(), weights);
    set(assignment("start_from", working.start()));
  }
  command.insert(command.end(), {"--out", working.output()});
  int status = 0;
  if (fs::exists(working.checkpoint())) {
    auto resumed = command;
    resumed.emplace_back("--resume");
    status = process::run_child(resumed, {"/dev/null", base + ".jsonl", base + ".err"});
    // A checkpoint that does not fit (the directory was moved) costs what it holds, not the candidate.
    if (is_bad_input(status)) fs::remove(working.checkpoint(), failure);
  }
  if (!fs::exists(working.output()) && !fs::exists(working.checkpoint()))
    status = process::run_child(command, {"/dev/null", base + ".jsonl", base + ".err"});
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(status, base + ".err");
  graph::Network result = onnx::read(working.output());
  // Where it was trained is nobody's business: the same search elsewhere makes the same files.
  if (const auto stored = result.metadata.find("phasecore.recipe"); stored != result.metadata.end())
    stored->second = without(stored->second, settings_.folder + "/");
  common::write_file_atomically(output, onnx::serialize(result));
  working.remove();
  return result;
}

}  // namespace phasecore::evaluate
