#include "nas/train/checkpoint.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <sstream>

#include "common/diagnostics.hpp"

namespace phasecore::train {

namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  common::Diagnostics diagnostics;
  diagnostics.add({file}, why);
  throw common::InputError(diagnostics.list());
}

}  // namespace

void check_leg(int epochs_done, const Recipe& recipe, const std::string& file) {
  if (epochs_done > recipe.epochs_after())
    refuse(file, fmt::format("the checkpoint has done {} epochs; 'last_epoch' is {}", epochs_done,
                             recipe.epochs_after()));
}

std::string pack_checkpoint(const std::string& settings, int epochs_done, const NamedTensors& tensors) {
  torch::serialize::OutputArchive archive;
  archive.write("settings", c10::IValue(settings));
  archive.write("epochs_done", c10::IValue(static_cast<std::int64_t>(epochs_done)));
  for (const auto& [name, tensor] : tensors) archive.write(name, tensor.detach());
  std::ostringstream bytes;
  archive.save_to(bytes);
  return bytes.str();
}

int unpack_checkpoint(const std::string& bytes, const std::string& settings, const std::string& file,
                      const NamedTensors& tensors) {
  torch::NoGradGuard no_grad;
  try {
    std::istringstream stream(bytes);
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    c10::IValue stored_settings, epochs_done;
    archive.read("settings", stored_settings);
    archive.read("epochs_done", epochs_done);
    if (stored_settings.toStringRef() != settings)
      refuse(file,
             "the checkpoint was made with other settings; give the same ones, or start again without "
             "--resume");
    for (const auto& [name, tensor] : tensors) {
      torch::Tensor stored;
      archive.read(name, stored);
      common::ensure(stored.sizes() == tensor.sizes(), "checkpoint tensor of another shape: " + name);
      torch::Tensor(tensor).copy_(stored);
    }
    return static_cast<int>(epochs_done.toInt());
  } catch (const c10::Error&) {
    refuse(file, "not a checkpoint, or a broken one; without --resume it is replaced");
  }
}

}  // namespace phasecore::train
