// Any ids, and any stop strings: pieces are valid UTF-8, together they are the
// whole text, and the cut does not depend on the pieces.

#include "runtime/base/Utf8.h"
#include "runtime/text/answer/StopMatcher.h"
#include "runtime/text/tokenizer/StreamDecoder.h"

#include "test/fuzz/Fuzz.h"
#include "test/support/TestTokenizer.h"

using namespace g4rt;

// Two bytes an id, most of them in the vocabulary, many of them bytes.
static std::vector<int32_t> idsOf(std::string_view data) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i + 1 < data.size(); i += 2) {
    int32_t value = static_cast<uint8_t>(data[i]);
    int32_t kind = static_cast<uint8_t>(data[i + 1]);
    ids.push_back(kind < 128 ? 10 + value : value + kind - 130);
  }
  return ids;
}

static std::vector<std::string> piecesOf(const Tokenizer &tokenizer,
                                         const std::vector<int32_t> &ids,
                                         SpecialIds special) {
  StreamDecoder decoder(tokenizer, special);
  std::vector<std::string> pieces;
  for (int32_t id : ids) {
    decoder.append(id, pieces.emplace_back());
    require(decoder.numHeldBytes() <= 3, "at most 3 bytes are held");
  }
  decoder.finish(pieces.emplace_back());
  return pieces;
}

static std::string cut(StopMatcher matcher,
                       const std::vector<std::string> &pieces) {
  std::string text;
  for (const std::string &piece : pieces) {
    std::string out;
    matcher.append(piece, out);
    require(isUtf8(out), "a cut piece is UTF-8");
    text += out;
  }
  if (!matcher.hasStopped())
    matcher.flush(text);
  return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const TestTokenizer *tokenizer =
      new TestTokenizer(tinyTokenizerJson());
  std::string_view text = textOf(data, size);
  size_t numStopBytes = size > 0 ? std::min<size_t>(data[0] % 8, size) : 0;
  std::vector<int32_t> ids = idsOf(text.substr(numStopBytes));
  for (SpecialIds special : {SpecialIds::Show, SpecialIds::Skip}) {
    std::string whole = (*tokenizer)->decode(ids, special), joined;
    std::vector<std::string> pieces = piecesOf(**tokenizer, ids, special);
    for (const std::string &piece : pieces) {
      require(isUtf8(piece), "a piece is UTF-8");
      joined += piece;
    }
    require(joined == whole, "pieces are the whole");
    auto matcher = StopMatcher::create(
        {std::string(text.substr(0, numStopBytes)), "h", "lo"});
    if (matcher)
      require(cut(*matcher, pieces) == cut(*matcher, {whole}), "cut");
  }
  return 0;
}
