#include "nas/results/result_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <regex>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/partial_files.hpp"
#include "common/result_place.hpp"

namespace phasecore::results {
namespace {

namespace fs = std::filesystem;

constexpr const char* kArchive = "archive.sqlite";
constexpr const char* kReport = "report.json";
constexpr const char* kTrained = "trained";
/// Names listed in a message.
constexpr std::size_t kMostListed = 10;

common::EnvironmentError cannot_write(const std::string& path, const std::string& why) {
  return common::EnvironmentError(fmt::format("cannot write '{}': {}", path, why));
}

/// What is written here: by publish(), by the archive, and in trained/ by evaluate::Trainer and
/// phasecore-train (each whole file first under a partial name, which stays when they are killed).
bool is_ours(const std::string& name, bool is_directory) {
  static const std::regex directories("front(/[1-9][0-9]*)?|knee|trained");
  static const std::regex files(
      R"((archive\.sqlite(-wal|-journal)?)"
      R"(|report\.(json|txt|html)|(candidates|front|hypervolume|fine_tuned|sensitivity|importance)\.csv|config\.resolved\.yaml)"
      R"(|front/[1-9][0-9]*/(network|fine-tuned)\.onnx|knee/(report\.(json|txt|html)|layers\.csv))"
      R"(|trained/(recipe-[0-9a-f]{16}\.yaml|[0-9a-f]{16}\.(onnx|jsonl|err))"
      R"(|[0-9a-f]{16}\.working\.(layers\.onnx|start\.onnx|onnx|onnx\.checkpoint|loss\.csv))))"
      R"((\.partial-[0-9]+)?)");
  constexpr std::size_t kLongest = 100;  // none of ours is longer, and long names take a match long
  return name.size() <= kLongest && std::regex_match(name, is_directory ? directories : files);
}

/// `remedy`: what to do about it.
void refuse_foreign(const std::string& path, const char* remedy) {
  const auto foreign = common::foreign_entries(path, is_ours);
  if (!foreign.empty()) {
    std::string listed;
    for (std::size_t i = 0; i < std::min(foreign.size(), kMostListed); ++i)
      listed += fmt::format("{}'{}'", i == 0 ? "" : ", ", foreign[i]);
    if (foreign.size() > kMostListed) listed += fmt::format(" and {} more", foreign.size() - kMostListed);
    throw common::InputError(fmt::format(
        "'{}' holds what is no result of a search or sweep: {}; results replace the whole directory. Nothing "
        "was changed; {}",
        path, listed, remedy));
  }
  std::error_code error;
  const bool unexpected = !fs::is_empty(path, error) && !fs::exists(fs::path(path) / kArchive, error);
  if (error) throw cannot_write(path, error.message());
  if (unexpected)
    throw common::InputError(fmt::format(
        "'{}' holds results without the archive of a search or sweep; choose another name", path));
}

/// Where the open file or directory is now; where it was, if it is nowhere.
std::string path_of(int file) {
  std::error_code error;
  return fs::read_symlink(fmt::format("/proc/self/fd/{}", file), error).string();
}

/// Itself, not through a link.
bool is_at(int file, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

/// A directory of ours without an archive, and without the journal of one: it would be taken for the new
/// one's.
bool can_hold_archive(const std::string& directory) {
  std::error_code error;
  for (const char* end : {"", "-wal", "-journal"})
    if (fs::symlink_status(directory + "/" + kArchive + end, error).type() != fs::file_type::not_found)
      return false;
  if (!fs::is_directory(directory, error)) return false;
  try {
    return common::foreign_entries(directory, is_ours).empty();
  } catch (const common::EnvironmentError&) {
    return false;
  }
}

void require_archive(const std::string& path, const std::string& archive) {
  std::error_code error;
  const bool there = fs::exists(archive, error);
  // A file on the way to it is as good as none.
  if (error && error != std::errc::not_a_directory)
    throw common::EnvironmentError(fmt::format("cannot look at '{}': {}", archive, error.message()));
  if (!there)
    throw common::InputError(
        fmt::format("there is nothing to resume in '{}': it has no {}; leave --resume away to begin, or "
                    "name the directory that was begun",
                    path, kArchive));
  // A search that was killed before its first evaluation leaves an empty one, but no report.
  if (fs::file_size(archive, error) == 0 && !error && fs::exists(path + "/" + kReport, error))
    throw common::EnvironmentError(fmt::format(
        "archive '{}' is damaged: it is empty, but '{}' has results; it is left as it is", archive, path));
}

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to);  // no hard links there
}

}  // namespace

std::string trained_path(const std::string& path) {
  return common::result_place(path) + "/" + kTrained;
}

ResultDirectory::ResultDirectory(const std::string& path, archive::Mode mode) {
  path_ = common::result_place(path);
  common::clear_abandoned(path_, is_ours);
  if (mode == archive::Mode::Resume) require_archive(path, archive_path());
  common::check_replaceable(path, path_);
  if (::mkdir(path_.c_str(), 0777) == 0)
    created_ = true;
  else if (errno != EEXIST)
    throw cannot_write(path_, std::strerror(errno));
  std::error_code error;
  if (!fs::is_directory(path_, error))
    throw common::InputError("'" + path + "' exists and is not a directory; choose another name");
  directory_ = common::Descriptor(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory_.valid()) throw cannot_write(path_, std::strerror(errno));
  if (!created_) refuse_foreign(path_, "move that away, or choose another name");
  if (::access(path_.c_str(), W_OK | X_OK) != 0) throw cannot_write(path_, std::strerror(errno));
}

ResultDirectory::~ResultDirectory() {
  if (created_ && in_place()) ::rmdir(path_.c_str());  // fails where anything is in it, as it should
}

std::string ResultDirectory::archive_path() const {
  return path_ + "/" + kArchive;
}

std::string ResultDirectory::trained_path() const {
  return path_ + "/" + kTrained;
}

bool ResultDirectory::in_place() const {
  return is_at(directory_.get(), path_);
}

/// The archive in a directory that holds nothing but what is ours: this one, if it was emptied or made anew,
/// or one beside it.
std::string ResultDirectory::save(const archive::Archive& archive) const {
  std::string place = path_;
  if (::mkdir(place.c_str(), 0777) != 0 && !can_hold_archive(place)) {
    place = fmt::format("{}.saved-{}", path_, ::getpid());
    if (::mkdir(place.c_str(), 0777) != 0) throw cannot_write(place, std::strerror(errno));
  }
  archive.copy_to(place + "/" + kArchive);
  common::sync_directory(place);
  return place;
}

void ResultDirectory::check_in_place(const archive::Archive& archive) const {
  std::error_code error;
  // A link in its place leads to where it went: the archive seems not to have moved.
  if (!archive.has_moved() && !fs::is_symlink(path_, error)) return;
  const bool here = in_place();
  const std::string now = path_of(directory_.get());
  if (!here && is_at(directory_.get(), now))
    throw common::EnvironmentError(
        fmt::format("'{0}' was moved to '{1}' meanwhile. Its archive is there, with all evaluations; "
                    "nothing else is written. --resume --out '{1}' writes the results",
                    path_, now));
  const std::string lost = here ? archive_path() : path_;
  std::string place;
  try {
    place = save(archive);
  } catch (const std::exception& e) {
    throw common::EnvironmentError(fmt::format(
        "'{}' was removed or replaced meanwhile, and its evaluations are lost: {}", lost, e.what()));
  }
  throw common::EnvironmentError(
      fmt::format("'{}' was removed or replaced meanwhile. All evaluations are saved once more, in '{}'{}; "
                  "nothing else is written. --resume --out '{}' writes the results",
                  lost, place, here ? "" : "; networks that were trained on the way are lost", place));
}

void ResultDirectory::publish(const std::map<std::string, std::string>& files) {
  refuse_foreign(path_, "move that away, and --resume writes the results");
  const std::string staging = common::partial_name(path_);
  std::error_code error;
  try {
    fs::create_directory(staging);
    link_or_copy(archive_path(), staging + "/" + kArchive);
    if (fs::exists(trained_path())) {
      fs::create_directory(staging + "/" + kTrained);
      for (const auto& entry : fs::directory_iterator(trained_path()))
        if (entry.path().string().find(".partial-", trained_path().size()) == std::string::npos)
          link_or_copy(entry.path(), fs::path(staging) / kTrained / entry.path().filename());
    }
    for (const auto& [name, content] : files) {
      const std::string file = staging + "/" + name;
      fs::create_directories(fs::path(file).parent_path());
      common::write_synced(file, content);
    }
    common::take_place(staging, path_, is_ours);
  } catch (const fs::filesystem_error& e) {
    fs::remove_all(staging, error);
    throw cannot_write(path_, e.code().message());
  } catch (...) {
    fs::remove_all(staging, error);
    throw;
  }
}

}  // namespace phasecore::results
