// make_seeds DIRECTORY: writes seeds for the fuzz targets whose input is binary, one folder per target.
#include <sqlite3.h>

#include <filesystem>
#include <iostream>

#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/npy.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/fuzz/seeds.hpp"
#include "tests/models/graph/draft.hpp"
#include "tests/models/onnx/bad_models.hpp"
#include "tests/models/onnx/exported_models.hpp"

namespace {

using namespace phasecore;
namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  common::write_file_atomically(file.string(), bytes);
}

void write_models(const fs::path& place) {
  for (const auto& [name, bytes] : test::small_models()) write(place / name, bytes);
  for (const auto& [name, bytes] : test::exported_models()) write(place / name, bytes);
  write(place / "all-layer-types.onnx", onnx::serialize(test::all_layer_types()));
}

/// An array of six elements of each type that is read, `width` bytes each.
void write_arrays(const fs::path& place) {
  const std::string as_float = common::npy_bytes({{2, 3}, {0, 1, -2, 3.5f, -1e30f, 0.25f}});
  const std::string bytes = as_float.substr(as_float.size() - 24);
  for (const auto& [type, width] : {std::pair("<f4", 4), std::pair("<f8", 8), std::pair("|i1", 1),
                                    std::pair("|u1", 1), std::pair("<i4", 4), std::pair("<i8", 8)}) {
    std::string array = as_float.substr(0, as_float.size() - 24);
    array.replace(array.find("<f4"), 3, type);
    for (int i = 0; i < 6 * width; ++i) array += bytes[static_cast<std::size_t>(i) % bytes.size()];
    write(place / (std::string("array-") + (type + 1) + ".npy"), array);
  }
  write(place / "scalar.npy", common::npy_bytes({{}, {7}}));
  write(place / "empty.npy", common::npy_bytes({{0, 4}, {}}));
}

archive::Evaluation evaluation(int gene, int step) {
  archive::Evaluation e;
  e.genes = {gene, 2, 10};
  e.step = step;
  e.fidelity = step == 0 ? "analytic" : "coarse";
  e.figures["cores"] = {12, 0};
  e.figures["accuracy@1d"] = {0.875, 0.01};
  return e;
}

/// Rewrites an archive with pages of 512 bytes: a tenth of the size, so that changes hit something.
void shrink(const std::string& path) {
  sqlite3* database = nullptr;
  const bool done = sqlite3_open(path.c_str(), &database) == SQLITE_OK &&
                    sqlite3_exec(database,
                                 "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM; "
                                 "PRAGMA journal_mode = WAL;",
                                 nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close(database);
  common::ensure(done, "make_seeds: " + path + " cannot be rewritten");
}

void write_archives(const fs::path& place) {
  fs::create_directories(place);
  for (const std::string name : {"new", "used", "lost"}) {
    const std::string path = (place / (name + ".sqlite")).string();
    fs::remove(path);
    archive::Archive stored(path, fuzz::kIdentity, archive::Mode::Fresh, "seed 1");
    if (name != "new") {
      stored.store(evaluation(1, 0));
      stored.store(evaluation(1, 1));
      archive::Evaluation failed = evaluation(3, 0);
      failed.figures.clear();
      failed.failure = "layer 'conv1' needs 80 cores";
      failed.lost = name == "lost";
      stored.store(failed);
      stored.prune(1, {{{4, 2, 10}, "constraint"}});
      stored.set_note("seconds", 12.5);
    }
    stored.close();
    shrink(path);
  }
}

void write_tables(const fs::path& place) {
  write(place / "front.csv",
        "id,feasible,accuracy@1d,accuracy@1d.std,latency_ns,network\n1,true,0.91,0.004,150000,\"a, "
        "\"\"b\"\"\"\n"
        "2,false,0.5,0.1,1e6,c\n3,true,0.88,0,90000.5,d\n");
  write(place / "objective.txt", "accuracy@1d:maximise:0.5:1\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_seeds DIRECTORY\n";
    return 2;
  }
  const fs::path place = argv[1];
  write_models(place / "onnx");
  write_arrays(place / "npy");
  write_archives(place / "archive");
  write_tables(place / "csv");
  write(place / "settings" / "chip.yaml",
        "base: hermes-mesh\nadc: {bits: 6}\nlayers: {stem: {digital: true}}\n");
  write(place / "yaml" / "assignment.yaml",
        "a.\"b.*\".c=[1, {d: 'x'}]\na: {b: 1, \"q.*\": {c: 2}}\ne: |\n  text\n");
  return 0;
}
