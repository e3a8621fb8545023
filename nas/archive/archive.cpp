#include "nas/archive/archive.hpp"

#include <fmt/format.h>

#include <cmath>

#include "common/diagnostics.hpp"
#include "common/table.hpp"
#include "nas/archive/contents.hpp"
#include "nas/archive/database.hpp"

namespace phasecore::archive {
namespace {

std::string listed(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n  " + line;
  return text;
}

}  // namespace

struct Archive::Impl {
  Impl(const std::string& path, std::string provenance_now)
      : database(path), provenance(std::move(provenance_now)) {}

  Database database;
  std::string provenance;
  Contents contents;

  /// All or nothing, in the file and in the sets.
  template <class Action>
  void transaction(const Action& action) {
    Sets changed = contents.sets;
    database.run("BEGIN");
    try {
      action(changed);
      for (const auto& [name, set] : changed)
        if (set != contents.sets[name])
          Statement(database, "INSERT OR REPLACE INTO sets VALUES (?, ?, ?)")
              .bind(name)
              .bind(set.rows())
              .bind(set.hex())
              .step();
      database.run("COMMIT");
    } catch (...) {
      sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
    contents.sets = std::move(changed);
  }

  void create(const Identity& identity) {
    database.settle();
    database.run("PRAGMA journal_mode = WAL");
    transaction([&](Sets& changed) {  // a file without this transaction is as good as none
      make_tables(database);
      for (const auto& [key, value] : identity) {
        const std::string hash = hash_of_entry(key, value);
        Statement(database, "INSERT INTO identity VALUES (?, ?, ?)").bind(key).bind(value).bind(hash).step();
        changed["identity"].add(hash);
      }
    });
    contents.identity = identity;
  }

  void check_identity(const Identity& now) {
    const auto lines = differences(contents.identity, now);
    if (!lines.empty())
      throw common::InputError("'" + database.path() +
                               "' was begun with other settings (there -> here):" + listed(lines) +
                               "\nRepeat those settings to resume it, or choose another directory");
  }

  /// What was lost is tried again, and from there the search may go another way; a replay says again what it
  /// rules out.
  void forget_pruned() {
    contents.pruned.clear();
    transaction([&](Sets& changed) {
      database.run("DELETE FROM pruned");
      changed["pruned"] = {};
    });
  }
};

Archive::Archive(const std::string& path, const Identity& identity, Mode mode, std::string provenance)
    : impl_(std::make_unique<Impl>(path, std::move(provenance))) {
  Database& database = impl_->database;
  if (holds_nothing(database)) {
    impl_->create(identity);
  } else {
    check_file(database);
    if (mode == Mode::Fresh)
      throw common::InputError("'" + path +
                               "' already holds evaluations; give --resume to go on with them, or "
                               "choose another directory");
    impl_->contents = read_contents(database);
    impl_->check_identity(identity);
    database.settle();
    database.run("PRAGMA journal_mode = WAL");  // a copy has lost it
    if (!impl_->contents.lost_before.empty()) impl_->forget_pruned();
  }
  // A commit is then in the file system's hands: it survives the end of the process however it comes, and
  // what a power failure can cost is the last evaluations, never the file (sqlite.org/pragma.html).
  database.run("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
}

Archive::~Archive() = default;

const Evaluation* Archive::find(const std::vector<int>& genes, int step) const {
  const auto found = impl_->contents.evaluations.find({genes, step});
  return found == impl_->contents.evaluations.end() ? nullptr : &found->second;
}

void Archive::store(const Evaluation& given) {
  Evaluation evaluation = given;
  const Key key{evaluation.genes, evaluation.step};
  common::ensure(
      impl_->contents.evaluations.count(key) == 0,
      "genotype " + genes_text(evaluation.genes) + " was evaluated twice at step " + evaluation.fidelity);
  for (auto& [name, figure] : evaluation.figures) {
    common::ensure(std::isfinite(figure.value) && std::isfinite(figure.error),
                   "figure " + name + " is not a finite number");
    figure.value += 0.0;  // the file knows no -0, and what is read back must be what was used
    figure.error += 0.0;
  }
  const std::string hash = hash_of(evaluation, impl_->provenance);
  Database& database = impl_->database;
  impl_->transaction([&](Sets& changed) {
    if (const auto lost = impl_->contents.lost_before.find(key); lost != impl_->contents.lost_before.end()) {
      Statement(database, "DELETE FROM evaluations WHERE id = ?").bind(lost->second.first).step();
      changed["evaluations"].remove(lost->second.second);
    }
    Statement(
        database,
        "INSERT INTO evaluations (genes, step, fidelity, failure, lost, provenance, hash) VALUES (?, ?, "
        "?, ?, ?, ?, ?)")
        .bind(genes_text(evaluation.genes))
        .bind(static_cast<long long>(evaluation.step))
        .bind(evaluation.fidelity)
        .bind(evaluation.failure)
        .bind(static_cast<long long>(evaluation.lost))
        .bind(impl_->provenance)
        .bind(hash)
        .step();
    changed["evaluations"].add(hash);
    const long long row = sqlite3_last_insert_rowid(database.handle());
    for (const auto& [name, figure] : evaluation.figures)
      Statement(database, "INSERT INTO figures VALUES (?, ?, ?, ?)")
          .bind(row)
          .bind(name)
          .bind(figure.value)
          .bind(figure.error)
          .step();
  });
  impl_->contents.lost_before.erase(key);
  impl_->contents.provenances[key] = impl_->provenance;
  impl_->contents.evaluations[key] = std::move(evaluation);
}

std::size_t Archive::size() const {
  return impl_->contents.evaluations.size();
}

void Archive::prune(int round, const std::vector<std::pair<std::vector<int>, std::string>>& reasons) {
  impl_->transaction([&](Sets& changed) {
    for (const auto& [genes, reason] : reasons) {
      const auto [known, is_new] = impl_->contents.pruned.try_emplace({round, genes}, reason);
      common::ensure(known->second == reason, "genotype " + genes_text(genes) + " was ruled out as '" +
                                                  known->second + "' and is now as '" + reason + "'");
      if (!is_new) continue;
      const std::string hash = hash_of_pruned(round, genes, reason);
      Statement(impl_->database, "INSERT INTO pruned VALUES (?, ?, ?, ?)")
          .bind(static_cast<long long>(round))
          .bind(genes_text(genes))
          .bind(reason)
          .bind(hash)
          .step();
      changed["pruned"].add(hash);
    }
  });
}

void Archive::set_note(const std::string& key, double value) {
  value += 0.0;  // as in store()
  impl_->transaction([&](Sets& changed) {
    if (const auto old = impl_->contents.notes.find(key); old != impl_->contents.notes.end())
      changed["notes"].remove(hash_of_entry(key, old->second));
    const std::string hash = hash_of_entry(key, value);
    Statement(impl_->database, "INSERT OR REPLACE INTO notes VALUES (?, ?, ?)")
        .bind(key)
        .bind(value)
        .bind(hash)
        .step();
    changed["notes"].add(hash);
  });
  impl_->contents.notes[key] = value;
}

std::optional<double> Archive::note(const std::string& key) const {
  const auto found = impl_->contents.notes.find(key);
  return found == impl_->contents.notes.end() ? std::nullopt : std::optional(found->second);
}

bool Archive::has_moved() const {
  return impl_->database.has_moved();
}

void Archive::copy_to(const std::string& path) const {
  Statement(impl_->database, "VACUUM INTO ?").bind(path).step();
}

std::string Archive::dump() const {
  std::string text;
  Statement rows(impl_->database, "SELECT key, value FROM identity ORDER BY key");
  while (rows.step()) text += "identity " + rows.text(0) + " = " + rows.text(1) + "\n";
  for (const auto& [key, e] : impl_->contents.evaluations) {
    text += fmt::format("evaluation {} | {} {} | {}", genes_text(e.genes), e.step, e.fidelity,
                        impl_->contents.provenances.at(key));
    if (!e.failure.empty()) text += std::string(e.lost ? " | lost: " : " | failed: ") + e.failure;
    for (const auto& [name, figure] : e.figures)
      text += fmt::format(" | {} = {} +- {}", name, common::format_double(figure.value),
                          common::format_double(figure.error));
    text += "\n";
  }
  for (const auto& [key, reason] : impl_->contents.pruned)
    text += fmt::format("pruned {} in round {} | {}\n", genes_text(key.second), key.first, reason);
  return text;
}

void Archive::close() {
  impl_->database.close();
}

std::string to_text(const Identity& identity) {
  std::string text;
  for (const auto& [key, value] : identity) text += key + ": " + value + "\n";
  return text;
}

std::vector<std::string> differences(const Identity& stored, const Identity& now) {
  std::map<std::string, std::pair<std::string, std::string>> both;
  const std::string absent = "(absent)";
  for (const auto& [key, value] : stored) both[key] = {value, absent};
  for (const auto& [key, value] : now) both.try_emplace(key, absent, absent).first->second.second = value;
  std::vector<std::string> lines;
  for (const auto& [key, values] : both)
    if (values.first != values.second) lines.push_back(key + ": " + values.first + " -> " + values.second);
  return lines;
}

}  // namespace phasecore::archive
