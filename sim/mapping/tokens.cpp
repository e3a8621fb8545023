#include "sim/mapping/tokens.hpp"

#include <algorithm>

namespace phasecore::mapping {
namespace {

/// Tokens [first, last] of a sender, by their number among all of its blocks; first > last: none.
struct TokenSpan {
  int first = 0, last = -1;
  void add(const TokenSpan& o) {
    if (o.first > o.last) return;
    const bool empty = first > last;
    first = empty ? o.first : std::min(first, o.first);
    last = empty ? o.last : std::max(last, o.last);
  }
};

/// One sender's blocks, as the firings of a reader look at them.
class Sender {
 public:
  Sender(const Blocks& blocks, int sender) : blocks_(blocks), sender_(sender) {}

  /// Calls use(tokens) for every run of neighbouring tokens that a firing reads.
  template <class Use>
  void visit(const graph::PixelSpan& span, bool rectangle, const Use& use) const {
    if (span.first > span.last) return;
    const int width = blocks_.plane.width, across = blocks_.across();
    const int top = span.first / width / blocks_.height, bottom = span.last / width / blocks_.height;
    const int left = span.first % width / blocks_.width, right = span.last % width / blocks_.width;
    if (!rectangle && blocks_.height == 1) return use(tokens(top * across + left, bottom * across + right));
    for (int row = top; row <= bottom; ++row) {
      const bool whole = !rectangle && span.first / width != span.last / width;
      use(tokens(row * across + (whole ? 0 : left), row * across + (whole ? across - 1 : right)));
    }
  }

 private:
  /// Those of blocks [first, last].
  TokenSpan tokens(int first, int last) const {
    const int senders = blocks_.senders;
    return {(first - sender_ + senders - 1) / senders, last < sender_ ? -1 : (last - sender_) / senders};
  }

  const Blocks& blocks_;
  int sender_;
};

}  // namespace

std::vector<int> Blocks::pixels_of(int block) const {
  const int top = block / across() * height, left = block % across() * width;
  std::vector<int> pixels;
  for (int y = top; y < std::min(top + height, plane.height); ++y)
    for (int x = left; x < std::min(left + width, plane.width); ++x) pixels.push_back(y * plane.width + x);
  return pixels;
}

Reads counted_in(const Blocks& blocks, const graph::Shape& seen, Reads reads) {
  reads.rectangles = reads.rectangles && blocks.plane.width == raster_of(seen).width;
  return reads;
}

TokenReads token_reads(const Blocks& blocks, int sender, const Reads& reads, bool only_read) {
  const int all = blocks.count_of(sender);
  const Sender from(blocks, sender);
  std::vector<TokenSpan> spans(reads.spans.size());
  std::vector<std::uint8_t> is_read(static_cast<std::size_t>(all), only_read ? 0 : 1);
  for (std::size_t i = 0; i < spans.size(); ++i)
    from.visit(reads.spans[i], reads.rectangles, [&](const TokenSpan& tokens) {
      spans[i].add(tokens);
      if (only_read)
        for (int t = tokens.first; t <= tokens.last; ++t) is_read[t] = 1;
    });
  TokenReads result;
  std::vector<std::int32_t> before{0};  // tokens sent before each of all
  for (int t = 0; t < all; ++t) {
    before.push_back(before.back() + is_read[t]);
    if (is_read[t] != 0) result.blocks.push_back(sender + t * blocks.senders);
  }
  std::int32_t need = 0;
  for (const TokenSpan& span : spans) {
    need = std::max(need, before[span.last + 1]);
    result.need.push_back(need);
  }
  result.release.resize(spans.size());
  std::int32_t release = before.back();
  for (std::size_t i = spans.size(); i-- > 0;) {
    result.release[i] = release;
    if (spans[i].first <= spans[i].last) release = std::min(release, before[spans[i].first]);
  }
  return result;
}

TokenReads state_reads(int firings) {
  TokenReads result;
  for (int i = 0; i < firings; ++i) {
    result.need.push_back(i);
    if (i > 0) result.blocks.push_back(i - 1);
  }
  result.release = result.need;
  return result;
}

}  // namespace phasecore::mapping
