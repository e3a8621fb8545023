#include "common/process/message.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "common/process/fork.hpp"

namespace phasecore::process {
namespace {

using Found = Inbox::Found;

bool equal(const Message& a, const Message& b) {
  return a.number == b.number && a.kind == b.kind && a.content == b.content;
}

TEST(Messages, ArriveAsTheyWereSentWhateverTheirSize) {
  SocketPair pair("a test");
  for (const std::size_t size : {0u, 1u, 7u, 4096u, 4097u, 3000001u}) {
    const Message sent{size, 5, std::string(size, static_cast<char>(size))};
    std::thread sender([&] { EXPECT_TRUE(send(pair.theirs.get(), sent)); });
    Message got;
    EXPECT_TRUE(receive(pair.ours.get(), got));
    sender.join();
    EXPECT_TRUE(equal(got, sent)) << size;
  }
  pair.theirs.close();
  Message none;
  EXPECT_FALSE(receive(pair.ours.get(), none));
}

TEST(Messages, AreFoundInPiecesOfAnySize) {
  const Message first{1, 2, "one"}, second{3, 4, std::string(1000, 'x')};
  const std::string bytes = to_bytes(first) + to_bytes(second);
  for (const std::size_t piece : {1u, 3u, 40u, 43u, 44u, 2000u}) {
    Inbox inbox;
    std::vector<Message> found;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::string part = bytes.substr(at, piece);
      inbox.add(part.data(), part.size());
      Message message;
      while (inbox.take(message) == Found::One) found.push_back(message);
    }
    ASSERT_EQ(found.size(), 2u) << piece;
    EXPECT_TRUE(equal(found[0], first));
    EXPECT_TRUE(equal(found[1], second));
    EXPECT_TRUE(inbox.empty());
  }
}

TEST(Messages, AByteThatIsWrongMakesGarbage) {
  const std::string whole = to_bytes({1, 2, "twelve bytes"});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (at >= 8 && at < 24) continue;  // number and kind are the receiver's to judge
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    Inbox inbox(1000);
    inbox.add(bytes.data(), bytes.size());
    Message message;
    // A length that grew within the limit waits for the rest.
    EXPECT_EQ(inbox.take(message), at == 24 ? Found::Nothing : Found::Garbage) << at;
  }
}

TEST(Messages, WithMoreBytesThanAllowedAreNone) {
  const std::string bytes = to_bytes({0, 0, std::string(11, 'x')});
  Inbox small(10), large(11);
  small.add(bytes.data(), bytes.size());
  large.add(bytes.data(), bytes.size());
  Message message;
  EXPECT_EQ(small.take(message), Found::Garbage);
  EXPECT_EQ(large.take(message), Found::One);
}

}  // namespace
}  // namespace phasecore::process
