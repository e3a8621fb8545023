// Everything a search has evaluated, in one SQLite file that survives kill -9 at any moment. A search is
// resumed by running it again from the start and taking every evaluation from here (docs/search.md).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nas/figures/catalogue.hpp"

namespace phasecore::archive {

/// What the evaluations depend on, as key and value: settings, chip, devices, space, hashes of data. Another
/// identity is another search.
using Identity = std::vector<std::pair<std::string, std::string>>;

using figures::Figure;

/// One evaluation of one genotype at one fidelity step.
struct Evaluation {
  std::vector<int> genes;
  int step = 0;
  std::string fidelity;  ///< name of the step
  std::map<std::string, Figure> figures;
  std::string failure;  ///< "" or why there are no figures
  bool lost = false;    ///< the worker was lost (crash, timeout): tried again when the search is resumed
};

enum class Mode { Fresh, Resume };

class Archive {
 public:
  /// Opens or creates `path`; no other process can open it meanwhile. Fresh: InputError when it already holds
  /// a search. Resume: takes what is there, and starts from nothing where there is nothing; InputError when
  /// the file holds a search with another identity, naming every key that differs, is of an older version, or
  /// is no archive. EnvironmentError when the file is damaged (it is left as it is), in use, or cannot be
  /// written: every row is known by a hash over all its fields, and every table by one over its rows.
  /// `provenance` (seed, versions) is stored with every evaluation made from now on.
  Archive(const std::string& path, const Identity& identity, Mode mode, std::string provenance);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  /// The evaluation, or nullptr. One that was lost in an earlier process is not found.
  const Evaluation* find(const std::vector<int>& genes, int step) const;
  /// Durable on return. Throws InternalError for what is already there - nothing is evaluated twice - and for
  /// figures that are no finite numbers.
  void store(const Evaluation& evaluation);
  std::size_t size() const;

  /// Genotypes that were ruled out in a round, and why: by a constraint, before dearer steps, or by the
  /// surrogate, before any. A replay says the same once more; InternalError when its reason is another one:
  /// then the search is not a function of its settings.
  void prune(int round, const std::vector<std::pair<std::vector<int>, std::string>>& reasons);

  /// Small facts about the run itself (how long it took so far); not in dump().
  void set_note(const std::string& key, double value);
  std::optional<double> note(const std::string& key) const;

  /// Was the file removed or moved, or replaced by another one, since it was opened? Storing goes on in it
  /// all the same.
  bool has_moved() const;
  /// All that is stored, into a file that does not exist yet: also when this archive's own has lost its name.
  void copy_to(const std::string& path) const;

  /// Identity, evaluations and pruned genotypes as sorted text: equal for equal searches.
  std::string dump() const;

  /// All in the one file, no journal beside it. Nothing may be called afterwards.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A line "key: value" each.
std::string to_text(const Identity& identity);

/// The lines "key: old -> new" in which two identities differ, in the order of their keys.
std::vector<std::string> differences(const Identity& stored, const Identity& now);

}  // namespace phasecore::archive
