#include "app/library/inside.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <optional>

#include "common/settings_files.hpp"
#include "common/version.hpp"
#include "models/onnx/input_axes.hpp"
#include "nas/evaluate/pool.hpp"

namespace phasecore {
inline namespace v1 {

Error::~Error() = default;
InputError::~InputError() = default;
EnvironmentError::~EnvironmentError() = default;
InternalError::~InternalError() = default;
Stopped::~Stopped() = default;

std::string version() {
  return common::version();
}
std::string config_directory() {
  return library::translated([] { return common::config_directory(); });
}

}  // namespace v1

namespace library {
namespace {

[[noreturn]] void throw_input(const common::InputError& error) {
  std::vector<Problem> problems;
  for (const common::Diagnostic& d : error.diagnostics())
    problems.push_back({common::to_string(d.where), d.message, d.details});
  throw InputError(error.what(), problems);
}

}  // namespace

void rethrow() {
  try {
    throw;
  } catch (const common::InputError& e) {
    throw_input(e);
  } catch (const common::EnvironmentError& e) {
    throw EnvironmentError(e.what());
  } catch (const common::InternalError& e) {
    throw InternalError(e.what());
  } catch (const evaluate::Interrupted& e) {
    throw Stopped(e.what());
  } catch (const StopAsked&) {
    throw Stopped("stopped");
  } catch (const std::system_error& e) {
    throw EnvironmentError(e.what());
  } catch (const std::bad_alloc&) {
    throw EnvironmentError("out of memory");
  }
}

void Watcher::tell(const std::string& step, std::size_t done, std::size_t total) {
  constexpr std::chrono::milliseconds kOften{100};
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - last_ < kOften) return;
  last_ = now;
  if (watch_.progress) watch_.progress(step, done, total);
  if (stops()) throw StopAsked{};
}

std::unique_lock<std::mutex> one_at_a_time() {
  static std::mutex mutex;
  return std::unique_lock(mutex);
}

run::ChipRunner& chips() {
  thread_local std::optional<run::ChipRunner> runner;
  thread_local pid_t owner = 0;
  if (owner != ::getpid()) runner.reset();  // a fork of the process whose chips these are: it forgets them
  if (!runner) runner.emplace();
  owner = ::getpid();
  return *runner;
}

common::NpyArray checked(const Array& array, const std::string& what) {
  std::size_t count = 1;
  for (const long long size : array.shape) {
    if (size < 0) throw common::InputError(what + " has a negative size");
    count *= static_cast<std::size_t>(size);
  }
  if (count != array.values.size())
    throw common::InputError(
        fmt::format("{} has {} values; its shape is of {}", what, array.values.size(), count));
  return {array.shape, array.values};
}

graph::Batch batch_of(const Array& samples, const graph::Network& network, const std::string& what) {
  common::NpyArray array = checked(samples, what);
  const graph::Shape shape = onnx::exported_input_shape(network);
  const graph::Shape given(array.shape.begin(), array.shape.end());
  const graph::Shape of_one(given.begin() + (given.empty() ? 0 : 1), given.end());
  if (given.size() < 2 || given[0] == 0 || !data::same_values(of_one, shape))
    throw common::InputError(what + " has shape " + graph::to_string(given) + "; expected Nx" +
                             graph::to_string(shape) + data::layout_hint(of_one, shape));
  for (std::size_t i = 0; i < array.values.size(); ++i)
    if (!std::isfinite(array.values[i]))
      throw common::InputError(fmt::format("{} holds {} at index {}", what, array.values[i], i));
  return onnx::in_network_axes(network, {given[0], shape, std::move(array.values)});
}

Array array_of(const graph::Batch& batch) {
  Array array{{batch.samples}, batch.values};
  array.shape.insert(array.shape.end(), batch.shape.begin(), batch.shape.end());
  return array;
}

config::Device device_or(const std::optional<Device>& given, const config::Chip& chip) {
  return given ? given->impl().device : config::device_of(chip);
}

int between(int value, int least, int most, const char* option) {
  if (value < least || value > most)
    throw common::InputError(fmt::format("{} is {}; allowed is {} to {}", option, value, least, most));
  return value;
}

}  // namespace library
}  // namespace phasecore
