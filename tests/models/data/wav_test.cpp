#include "models/data/wav.hpp"

#include <gtest/gtest.h>

#include "tests/models/data/wav_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::wav_chunk;
using test::wav_data;
using test::wav_file;
using test::wav_format;

const std::vector<std::int16_t> kSamples{0, 1, -1, 32767, -32768, 258};
const std::string kFormat = wav_format(1, 1, 16000, 16);

std::string refusal(const std::string& bytes) {
  const std::string message = test::input_error([&] { data::parse_wav(bytes, 16000, "a.wav"); });
  EXPECT_EQ(message.substr(0, 14), "a.wav: error: ");
  return message.size() < 14 ? "" : message.substr(14);
}

TEST(Wav, SamplesAreThoseWritten) {
  EXPECT_EQ(data::parse_wav(wav_file(kSamples), 16000, "a.wav"), kSamples);
}

TEST(Wav, OtherChunksArePassedOver) {
  const std::string odd = wav_chunk("LIST", "abc") + '\0';  // padded to an even size
  const std::string longer = wav_format(1, 1, 16000, 16);
  EXPECT_EQ(data::parse_wav(wav_file(odd + longer + odd + wav_data(kSamples) + odd), 16000, "a.wav"),
            kSamples);
}

TEST(Wav, OtherKindsOfSoundAreRefusedWithWhatTheyAre) {
  const std::string data = wav_data(kSamples);
  EXPECT_EQ(refusal(wav_file(wav_format(1, 2, 16000, 16) + data)), "2 channels; expected 1");
  EXPECT_EQ(refusal(wav_file(wav_format(1, 1, 22050, 16) + data)),
            "22050 samples per second; expected 16000");
  EXPECT_EQ(refusal(wav_file(wav_format(1, 1, 16000, 8) + data)),
            "encoding 1 with 8 bits; only 16-bit PCM (encoding 1) is read");
  EXPECT_EQ(refusal(wav_file(wav_format(3, 1, 16000, 32) + data)),
            "encoding 3 with 32 bits; only 16-bit PCM (encoding 1) is read");
}

TEST(Wav, BrokenFilesAreRefusedWithWhatIsWrong) {
  EXPECT_EQ(refusal(""), "not a WAV file (RIFF, WAVE)");
  EXPECT_EQ(refusal(std::string(100, 'x')), "not a WAV file (RIFF, WAVE)");
  EXPECT_EQ(refusal(wav_file(std::string())), "it has no 'data' chunk");
  EXPECT_EQ(refusal(wav_file(kFormat)), "it has no 'data' chunk");
  EXPECT_EQ(refusal(wav_file(wav_data(kSamples))), "its 'data' chunk comes before a 'fmt ' chunk");
  EXPECT_EQ(refusal(wav_file(wav_chunk("fmt ", "short") + wav_data(kSamples))),
            "its 'fmt ' chunk is too short");
  EXPECT_EQ(refusal(wav_file(kFormat + wav_data({}))),
            "its 'data' chunk has 0 bytes; expected a positive number of 2-byte samples");
  EXPECT_EQ(refusal(wav_file(kFormat + wav_chunk("data", "abc"))),
            "its 'data' chunk has 3 bytes; expected a positive number of 2-byte samples");
}

TEST(Wav, AFileCutAnywhereIsRefused) {
  const std::string whole = wav_file(kSamples);
  ASSERT_EQ(whole.size(), 56u);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  EXPECT_EQ(refusal(whole.substr(0, 50)), "its 'data' chunk announces 12 bytes, but 6 follow");
}

}  // namespace
}  // namespace phasecore
