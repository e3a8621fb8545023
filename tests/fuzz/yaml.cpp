// The strict YAML reader and `--set`: the first line is an assignment to the document that follows.
#include "common/yaml.hpp"

#include "tests/fuzz/fuzz_target.hpp"

namespace {

using namespace phasecore;

common::YamlNode parsed(const std::string& text) {
  common::Diagnostics diagnostics;
  auto node = common::parse_yaml(text, "fuzz.yaml", diagnostics);
  diagnostics.raise_if_any();
  return node;
}

void expect_the_same_after_writing(const common::YamlNode& node) {
  const std::string written = common::write_yaml(node);
  fuzz::require(common::write_yaml(parsed(written)) == written,
                "a document is not what it was after writing and reading");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  common::YamlNode whole;
  if (fuzz::read_or_refused([&] { whole = parsed(text); }) == fuzz::Fate::Read)
    expect_the_same_after_writing(whole);

  const std::size_t end = text.find('\n');
  if (end == std::string::npos || text.find('\0') < end)
    return 0;  // no argument of a program holds a zero byte
  common::YamlNode root;
  const auto fate = fuzz::read_or_refused([&] {
    root = parsed(text.substr(end + 1));
    common::Diagnostics diagnostics;
    common::set_yaml(root, text.substr(0, end), diagnostics);
    diagnostics.raise_if_any();
  });
  if (fate == fuzz::Fate::Read) expect_the_same_after_writing(root);
  return 0;
}
