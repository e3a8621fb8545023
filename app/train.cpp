// phasecore train: runs phasecore-train, a program of its own because it links libtorch, and shows its
// progress.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

std::string time_left(const nlohmann::json& json) {
  const double left_s = json["eta_s"].get<double>();
  return left_s > 0 ? fmt::format(", {:.1f} min left", left_s / 60) : "";
}

/// An epoch of a supernet: losses, and the accuracy of the networks that are watched.
std::string readable_supernet(const nlohmann::json& json) {
  std::string text = fmt::format(
      "epoch {}/{}: loss {:.4f} (large), {:.4f} (others); watched:", json["epoch"].get<int>(),
      json["epochs"].get<int>(), json["largest_loss"].get<double>(), json["random_loss"].get<double>());
  for (const auto& watched : json["watched"])
    text += fmt::format(" {:.1f} %", 100 * watched["accuracy"].get<double>());
  return text + time_left(json);
}

/// One line of the trainer's report for people; what is not ours passes unchanged.
std::string readable(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return line;
  if (json.contains("output")) {
    std::string text = "written: " + json["output"].get<std::string>();
    if (json.contains("test_accuracy"))
      text += fmt::format(", {:.2f} % of the test part correct", 100 * json["test_accuracy"].get<double>());
    return text;
  }
  if (json.contains("watched")) return readable_supernet(json);
  if (!json.contains("epoch") || !json.contains("loss")) return line;
  std::string text = fmt::format("epoch {}/{}: loss {:.4f}, validation {:.2f} %", json["epoch"].get<int>(),
                                 json["epochs"].get<int>(), json["loss"].get<double>(),
                                 100 * json["validation_accuracy"].get<double>());
  if (json["noisy_validation_accuracy"].is_number())
    text +=
        fmt::format(", with weight errors {:.2f} %", 100 * json["noisy_validation_accuracy"].get<double>());
  return text + time_left(json);
}

/// The trainer while it runs; a signal handler knows nothing else.
volatile sig_atomic_t running_trainer = 0;

void forward_signal(int signal) {
  if (running_trainer > 0) kill(running_trainer, signal);
}

/// Signals that would end this program go to the trainer while this object lives; it then ends with it.
class ForwardedSignals {
 public:
  explicit ForwardedSignals(pid_t trainer) {
    running_trainer = trainer;
    struct sigaction action {};
    action.sa_handler = forward_signal;
    for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before_[i]);
  }
  ~ForwardedSignals() {
    for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    running_trainer = 0;
  }
  ForwardedSignals(const ForwardedSignals&) = delete;
  ForwardedSignals& operator=(const ForwardedSignals&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[3]{};
};

/// The trainer's standard output is `out`; it is gone when this program is gone.
[[noreturn]] void become(const std::string& program, const Arguments& arguments, int out) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  dup2(out, STDOUT_FILENO);
  execv(program.c_str(), argv.data());
  std::fprintf(stderr, "error: %s cannot be started: %s\n", common::printable(program).c_str(),
               std::strerror(errno));
  _exit(static_cast<int>(common::ExitCode::Environment));
}

void show_lines(int from) {
  std::string open_line;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(from, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (ssize_t i = 0; i < count; ++i) {
      if (buffer[i] != '\n') {
        open_line += buffer[i];
        continue;
      }
      std::cout << common::printable(readable(open_line)) << std::endl;  // people wait for it
      open_line.clear();
    }
  }
  if (!open_line.empty()) std::cout << common::printable(readable(open_line)) << std::endl;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw common::EnvironmentError(std::string("waiting for phasecore-train failed: ") +
                                     std::strerror(errno));
  return status;
}

}  // namespace

int run_train(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("recipe", po::value<std::string>(),
                        "TRAIN.yaml; 'phasecore describe train' explains it")(
      "set", po::value<std::vector<std::string>>(), "replace one setting: key.path=value; may be repeated")(
      "resume", po::bool_switch(), "continue from the checkpoint beside the output")(
      "out", po::value<std::string>(), "the network to write; default: NAME.onnx, NAME from TRAIN.yaml");
  po::positional_options_description positional;
  positional.add("recipe", 1);
  po::variables_map values;
  if (parse(command("train"), arguments, options, positional, values)) return 0;
  if (values.count("recipe") == 0)
    throw common::InputError("no TRAIN.yaml given; see phasecore train --help");

  Arguments given{values["recipe"].as<std::string>()};
  if (values.count("set") != 0)
    for (const auto& assignment : values["set"].as<std::vector<std::string>>()) {
      given.emplace_back("--set");
      given.push_back(assignment);
    }
  if (values["resume"].as<bool>()) given.emplace_back("--resume");
  if (values.count("out") != 0) {
    given.emplace_back("--out");
    given.push_back(values["out"].as<std::string>());
  }

  const std::string trainer = common::find_trainer();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw common::EnvironmentError(std::string("no pipe for phasecore-train: ") + std::strerror(errno));
  const common::Descriptor reading(ends[0]);
  common::Descriptor writing(ends[1]);
  const pid_t child = fork();
  if (child < 0)
    throw common::EnvironmentError(std::string("no process for phasecore-train: ") + std::strerror(errno));
  if (child == 0) become(trainer, given, writing.get());
  writing.close();
  int status = 0;
  {
    const ForwardedSignals forwarded(child);
    show_lines(reading.get());
    status = wait_for(child);
  }
  if (WIFSIGNALED(status)) {  // end the same way, so that a shell sees it
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(common::ExitCode::OurBug);
}

}  // namespace phasecore::app
