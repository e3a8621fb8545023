// A settings file as each kind it could be: chip, device, space, search, training recipe, supernet recipe.
#include "nas/search/settings.hpp"

#include "common/yaml.hpp"
#include "models/spaces/load.hpp"
#include "nas/train/settings.hpp"
#include "nas/train/supernet_settings.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace {

using namespace phasecore;

/// `base: /dev/zero` and its like are the user's files, not bytes of this one: only shipped bases are
/// followed.
bool names_another_file(const std::string& text) {
  common::Diagnostics ignored;
  const common::YamlNode root = common::parse_yaml(text, "fuzz.yaml", ignored);
  const common::YamlNode* base = root.find("base");
  return base != nullptr &&
         (base->scalar.find('/') != std::string::npos || base->scalar.find(".y") != std::string::npos);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  if (names_another_file(text)) return -1;  // -1: not for the corpus
  static const fuzz::Scratch scratch;
  const std::string file = scratch.file("fuzz.yaml", text);
  fuzz::read_or_refused([&] {
    const config::Chip chip = config::load_chip(file);
    fuzz::require(common::dump_fields(chip) == common::dump_fields(config::load_chip(
                                                   scratch.file("again.yaml", common::dump_fields(chip)))),
                  "a chip is not what it was after writing and reading");
  });
  fuzz::read_or_refused([&] { config::load_device(file); });
  fuzz::read_or_refused([&] { spaces::load(file, {}); });
  fuzz::read_or_refused([&] { search::load_settings(file, {}); });
  fuzz::read_or_refused([&] { train::load_settings(file, {}); });
  fuzz::read_or_refused([&] { train::load_supernet_settings(file, {}); });
  return 0;
}
