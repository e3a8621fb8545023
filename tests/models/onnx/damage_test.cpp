// Damaged files: whatever the bytes, the importer either reads them or says why not.
#include <gtest/gtest.h>

#include "models/graph/infer.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/models/graph/draft.hpp"
#include "tests/models/onnx/bad_models.hpp"
#include "tests/models/onnx/exported_models.hpp"

namespace phasecore {
namespace {

/// What became of one damaged file.
enum class Fate { Read, Refused };

Fate fate_of(const std::string& bytes) {
  try {
    const graph::Network n = onnx::parse(bytes, "damaged.onnx");
    // What was accepted must also run; a flipped size may have made it large, then reading it is enough.
    long long values = 0;
    for (const auto& layer : n.layers) values += graph::volume(layer.shape);
    if (values < 100000)
      graph::infer(n, {1, n.input().shape, std::vector<float>(graph::volume(n.input().shape), 0.5f)});
    return Fate::Read;
  } catch (const common::InputError& e) {
    EXPECT_FALSE(e.diagnostics().empty());
    return Fate::Refused;
  }
}

TEST(Damage, EveryTruncationIsReadOrRefused) {
  const std::string whole = test::small_models().at("good.onnx");
  int refused = 0;
  for (std::size_t length = 0; length < whole.size(); ++length)
    refused += fate_of(whole.substr(0, length)) == Fate::Refused;
  // The opset is the last thing in the file, so something needed is missing wherever it is cut.
  EXPECT_EQ(refused, static_cast<int>(whole.size()));
}

TEST(Damage, FlippedBytesAreReadOrRefused) {
  std::vector<std::string> models{test::small_models().at("good.onnx"),
                                  onnx::serialize(test::all_layer_types())};
  for (const auto& [name, bytes] : test::exported_models()) {
    EXPECT_EQ(fate_of(bytes), Fate::Read) << name;
    models.push_back(bytes);
  }
  common::RandomKey key;
  key.seed = 41;
  std::uint64_t draw = 0;
  const auto below = [&](std::size_t bound) {
    return common::uniform_index(key, draw++, static_cast<std::uint32_t>(bound));
  };
  int refused = 0, read = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    std::string bytes = models[trial % models.size()];
    for (std::uint32_t flips = 1 + below(4); flips > 0; --flips)
      bytes[below(bytes.size())] = static_cast<char>(below(256));
    (fate_of(bytes) == Fate::Read ? read : refused) += 1;
  }
  EXPECT_EQ(read + refused, 4000);
  EXPECT_GT(refused, 500);
  EXPECT_GT(read, 100);  // most of a model is weights, and a weight may have any value
}

TEST(Damage, GarbageIsRefused) {
  common::RandomKey key;
  key.seed = 42;
  std::uint64_t draw = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    std::string bytes(1 + common::uniform_index(key, draw++, 200), '\0');
    for (char& byte : bytes) byte = static_cast<char>(common::uniform_index(key, draw++, 256));
    EXPECT_EQ(fate_of(bytes), Fate::Refused);
  }
}

}  // namespace
}  // namespace phasecore
