// Any bytes as text: ids give the bytes back, plain text gives no added token,
// and cutting the text into segments changes nothing.

#include "runtime/base/Utf8.h"

#include <algorithm>

#include "test/fuzz/Fuzz.h"
#include "test/support/TestTokenizer.h"

using namespace g4rt;

static std::string withSpaceMarks(std::string_view text) {
  std::string marked;
  for (char c : text)
    if (c == ' ')
      marked += "\u2581";
    else
      marked += c;
  return marked;
}

static std::string bytesOf(const Tokenizer &tokenizer,
                           const std::vector<int32_t> &ids) {
  std::string bytes;
  for (int32_t id : ids) {
    uint32_t token = static_cast<uint32_t>(id);
    if (tokenizer.tables().kindOf(token) == TokenKind::Byte)
      bytes += static_cast<char>(tokenizer.tables().byteOf(token));
    else
      bytes += withSpaceMarks(tokenizer.piece(id));
  }
  return bytes;
}

static void checkPlain(const Tokenizer &tokenizer, std::string_view text) {
  std::vector<int32_t> ids = tokenizer.encode(text, SpecialTokens::PlainText);
  for (int32_t id : ids) {
    TokenKind kind = tokenizer.tables().kindOf(static_cast<uint32_t>(id));
    require(kind == TokenKind::Text || kind == TokenKind::Byte, "plain");
  }
  require(bytesOf(tokenizer, ids) == withSpaceMarks(text), "bytes");
}

// `cut` is moved to the end of the character that it stands in.
static void checkSegments(const Tokenizer &tokenizer, std::string_view text,
                          size_t cut) {
  cut = std::min(cut, text.size());
  while (cut < text.size() && (text[cut] & 0xc0) == 0x80)
    ++cut;
  std::vector<TextSegment> segments = {{std::string(text.substr(0, cut)), {}},
                                       {std::string(text.substr(cut)), {}}};
  for (TextSegment &segment : segments)
    segment.special = SpecialTokens::PlainText;
  require(tokenizer.encode(segments) ==
              tokenizer.encode(text, SpecialTokens::PlainText),
          "segments");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const TestTokenizer *tokenizer =
      new TestTokenizer(tinyTokenizerJson());
  std::string_view text = textOf(data, size);
  checkPlain(**tokenizer, text);
  std::vector<int32_t> ids = (*tokenizer)->encode(text, SpecialTokens::Match);
  require(bytesOf(**tokenizer, ids) == withSpaceMarks(text), "matching");
  if (isUtf8(text) && text.find("\u2581") == text.npos)
    require((*tokenizer)->decode(ids, SpecialIds::Show) == text, "decode");
  checkSegments(**tokenizer, text, size > 0 ? data[0] : 0);
  return 0;
}
