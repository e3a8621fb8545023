#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "common/files.hpp"
#include "models/data/speech_commands.hpp"

namespace phasecore::data {

const std::vector<std::string> kKeywords{"down", "go",    "left", "no", "off",
                                         "on",   "right", "stop", "up", "yes"};

namespace {

namespace fs = std::filesystem;

/// Every clip, "word/file.wav", in the folders of words; those that start with an underscore are no words.
std::set<std::string> find_clips(const Request& request, common::Diagnostics& problems) {
  std::set<std::string> clips;
  if (!fs::is_directory(request.place))
    throw common::InputError(
        request.where() +
        ": there is no such directory; scripts/make_keywords.sh DIR synthesises such a data set");
  for (const auto& word : fs::directory_iterator(request.place)) {
    const std::string name = word.path().filename();
    if (!word.is_directory() || name[0] == '_' || name[0] == '.') continue;
    for (const auto& file : fs::directory_iterator(word.path()))
      if (file.path().extension() == ".wav") clips.insert(name + "/" + file.path().filename().string());
  }
  for (const auto& keyword : kKeywords) {
    const auto first = clips.lower_bound(keyword + "/");
    if (first == clips.end() || first->rfind(keyword + "/", 0) != 0)
      problems.add({request.place, 0, 0}, "there are no .wav files of the keyword '" + keyword + "'");
  }
  return clips;
}

/// The lines of validation_list.txt or testing_list.txt.
std::set<std::string> read_list(const Request& request, const std::string& name,
                                const std::set<std::string>& clips, common::Diagnostics& problems) {
  const std::string path = fs::path(request.place) / name;
  std::set<std::string> listed;
  if (!fs::exists(path)) {
    problems.add({path, 0, 0}, "no such file; it lists the clips of one part, 'word/file.wav' on each line");
    return listed;
  }
  std::istringstream lines(common::read_file(path));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    if (clips.count(line) == 0)
      problems.add({path, number, 0}, "there is no clip '" + line + "' in " + request.place);
    listed.insert(line);
  }
  if (listed.empty()) problems.add({path, 0, 0}, "the list is empty");
  return listed;
}

std::string word_of(const std::string& clip) {
  return clip.substr(0, clip.find('/'));
}

bool is_keyword(const std::string& clip) {
  return std::find(kKeywords.begin(), kKeywords.end(), word_of(clip)) != kKeywords.end();
}

/// Clips of one person have names that begin alike: "0a7c2a8d_nohash_0.wav".
std::string speaker_of(const std::string& clip) {
  const std::string file = clip.substr(clip.find('/') + 1);
  const std::size_t end = file.find("_nohash_");
  return file.substr(0, end == std::string::npos ? file.rfind('.') : end);
}

/// Takes whole speakers in shuffled order until calibration has enough keyword clips.
std::set<std::string> calibration_speakers(const Request& request, const std::vector<std::string>& training) {
  std::map<std::string, std::size_t> keyword_clips;
  std::size_t available = 0;
  for (const auto& clip : training) {
    keyword_clips[speaker_of(clip)] += is_keyword(clip) ? 1 : 0;
    available += is_keyword(clip) ? 1 : 0;
  }
  std::vector<std::string> speakers;
  for (const auto& [speaker, count] : keyword_clips)
    if (count > 0) speakers.push_back(speaker);
  if (speakers.size() < 2)
    throw common::InputError(
        request.where() + ": speakers of keywords outside the validation and testing lists: " +
        std::to_string(speakers.size()) + "; at least 2 are needed to cut off a calibration part");
  shuffle(speakers);
  std::set<std::string> taken;
  std::size_t clips = 0;
  for (const auto& speaker : speakers) {
    taken.insert(speaker);
    clips += keyword_clips[speaker];
    if (clips >= calibration_size(available)) break;
  }
  return taken;
}

std::vector<std::string> files_of(const Request& request, const std::set<std::string>& all,
                                  const std::set<std::string>& validation,
                                  const std::set<std::string>& testing) {
  if (request.part == Part::Validation) return {validation.begin(), validation.end()};
  if (request.part == Part::Test) return {testing.begin(), testing.end()};
  std::vector<std::string> training, kept;
  for (const auto& clip : all)
    if (validation.count(clip) + testing.count(clip) == 0) training.push_back(clip);
  const std::set<std::string> calibration = calibration_speakers(request, training);
  for (const auto& clip : training)
    if ((calibration.count(speaker_of(clip)) > 0) == (request.part == Part::Calibration))
      kept.push_back(clip);
  return kept;
}

}  // namespace

std::vector<Clip> clips_of(const Request& request) {
  common::Diagnostics problems;
  const std::set<std::string> all = find_clips(request, problems);
  const auto validation = read_list(request, "validation_list.txt", all, problems);
  const auto testing = read_list(request, "testing_list.txt", all, problems);
  for (const auto& clip : validation)
    if (testing.count(clip) > 0)
      problems.add({request.place, 0, 0}, "'" + clip + "' is in the validation and in the testing list");
  problems.raise_if_any();

  std::vector<std::string> files = files_of(request, all, validation, testing);
  shuffle(files);
  const int keywords = static_cast<int>(std::count_if(files.begin(), files.end(), is_keyword));
  if (keywords == 0)
    throw common::InputError(request.where() + ": there is no clip of a keyword in the " +
                             name_of(request.part) + " part");
  const int tenth = (keywords + 9) / 10;
  std::vector<std::pair<std::uint64_t, Clip>> keyed;
  int unknown = 0;
  for (const auto& file : files) {
    const auto keyword = std::find(kKeywords.begin(), kKeywords.end(), word_of(file));
    if (keyword == kKeywords.end() && ++unknown > tenth) continue;
    const int label = keyword == kKeywords.end() ? kUnknown : static_cast<int>(keyword - kKeywords.begin());
    keyed.push_back({shuffled_place(file), {file, label, 0}});
  }
  for (int i = 0; i < tenth; ++i)
    keyed.push_back({shuffled_place("silence " + std::to_string(i)), {"", kSilence, i}});
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Clip> clips;
  for (auto& entry : keyed) clips.push_back(std::move(entry.second));
  return clips;
}

}  // namespace phasecore::data
