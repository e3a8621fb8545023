// Spoken digits as the Free Spoken Digit Dataset has them: a folder of "digit_speaker_index.wav".
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "models/data/formats.hpp"
#include "models/data/sound.hpp"

namespace phasecore::data {
namespace {

namespace fs = std::filesystem;

constexpr int kDigits = 10;
/// Official split: of every digit of every speaker the recordings below this index are for testing.
constexpr int kFirstTrainingIndex = 5;

/// Of each coefficient over the training part (official split), at 16 kHz.
Normalisation own_normalisation() {
  return {{-71.17, 0.675, 0.327, -0.254, -0.769, -0.392, -0.313, -0.160, -0.263, -0.137},
          {58.45, 2.432, 1.656, 1.293, 1.422, 1.178, 0.844, 0.713, 0.663, 0.583},
          "the set's own"};
}

struct Recording {
  int digit = 0;
  std::string speaker;
  int index = 0;
};

/// What the name "7_speaker2_31.wav" says; none if it is of another form.
std::optional<Recording> parse_name(const std::string& name) {
  const std::string stem = fs::path(name).stem();
  const std::size_t first = stem.find('_'), last = stem.rfind('_');
  if (first != 1 || last <= first + 1) return std::nullopt;
  const std::string index = stem.substr(last + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!is_digit(stem[0]) || index.empty() || index.size() > 6 ||
      !std::all_of(index.begin(), index.end(), is_digit))
    return std::nullopt;
  return Recording{stem[0] - '0', stem.substr(first + 1, last - first - 1), std::stoi(index)};
}

/// All recordings of the folder by the names of their files.
std::map<std::string, Recording> find_recordings(const Request& request) {
  if (!fs::is_directory(request.place))
    throw common::InputError(request.where() + ": there is no such directory");
  std::map<std::string, Recording> found;
  common::Diagnostics problems;
  for (const auto& file : fs::directory_iterator(request.place)) {
    if (file.path().extension() != ".wav") continue;
    const std::string name = file.path().filename();
    if (const auto recording = parse_name(name))
      found.emplace(name, *recording);
    else
      problems.add({file.path(), 0, 0},
                   "its name is not of the form digit_speaker_index.wav, as in 7_anna_0.wav");
  }
  if (found.empty() && problems.empty())
    problems.add({request.place, 0, 0}, "there are no files digit_speaker_index.wav");
  problems.raise_if_any();
  return found;
}

/// Names of the training files and of the test files, each shuffled.
struct Split {
  std::vector<std::string> training, test;
};

template <class IsTest>
Split split(const std::map<std::string, Recording>& recordings, IsTest is_test) {
  Split parts;
  for (const auto& [name, recording] : recordings)
    (is_test(recording) ? parts.test : parts.training).push_back(name);
  shuffle(parts.training);
  shuffle(parts.test);
  return parts;
}

std::optional<int> count(const std::vector<std::string>& names) {
  if (names.empty()) return std::nullopt;
  return static_cast<int>(names.size());
}

Dataset read_part(const Request& request, const std::map<std::string, Recording>& recordings,
                  const Split& parts) {
  Held held;
  held.training = count(parts.training);
  held.test = count(parts.test);
  const Selection chosen = select(request, held, Order::Shuffled);
  const auto& names = chosen.files == Part::Training ? parts.training : parts.test;
  Dataset set = empty_sounds(request, own_normalisation(), kDigits);
  set.made_by_rule = chosen.made_by_rule;
  const Mfcc mfcc(Mfcc::k40Ms);
  common::Diagnostics problems;
  for (const long long i : chosen.images) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    const std::string path = fs::path(request.place) / name;
    try {
      append(mfcc, one_second(at_rate(read_sound(path), Mfcc::kRateHz, path)), recordings.at(name).digit,
             set);
    } catch (const common::InputError& e) {
      for (const auto& d : e.diagnostics()) problems.add(d);
    }
  }
  problems.raise_if_any();
  return set;
}

}  // namespace

Dataset read_spoken_digits(const Request& request) {
  const auto recordings = find_recordings(request);
  return read_part(request, recordings,
                   split(recordings, [](const Recording& r) { return r.index < kFirstTrainingIndex; }));
}

Dataset read_spoken_digits_without(const Request& request) {
  const std::size_t colon = request.place.find(':');
  if (colon == 0 || colon == std::string::npos || colon + 1 == request.place.size())
    throw common::InputError("data set '" + request.name + ":" + request.place +
                             "' names no speaker and directory, as in " + request.name + ":anna:DIR");
  const std::string speaker = request.place.substr(0, colon);
  Request folder = request;
  folder.place = request.place.substr(colon + 1);
  const auto recordings = find_recordings(folder);
  std::set<std::string> speakers;
  for (const auto& [name, recording] : recordings) speakers.insert(recording.speaker);
  if (speakers.count(speaker) == 0) {
    std::string known;
    for (const auto& one : speakers) known += (known.empty() ? "" : ", ") + one;
    throw common::InputError(folder.where() + ": there is no recording of a speaker '" + speaker +
                             "'; there are some of " + known);
  }
  return read_part(folder, recordings,
                   split(recordings, [&](const Recording& r) { return r.speaker == speaker; }));
}

}  // namespace phasecore::data
