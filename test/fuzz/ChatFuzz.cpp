// Any bytes as a chat request: it is refused, or both templates render it and
// its content gives no added token.

#include "test/fuzz/Fuzz.h"
#include "test/support/TestChatTemplate.h"
#include "test/support/TestTokenizer.h"

using namespace g4rt;

static void checkContent(const Tokenizer &tokenizer, const Prompt &prompt) {
  std::vector<TextSegment> content;
  for (const TextSegment &segment : prompt.segments())
    if (segment.special == SpecialTokens::PlainText)
      content.push_back(segment);
  for (int32_t id : tokenizer.encode(content)) {
    TokenKind kind = tokenizer.tables().kindOf(static_cast<uint32_t>(id));
    require(kind == TokenKind::Text || kind == TokenKind::Byte, "plain");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using g4::gemma4::TemplateVariant;
  static const auto *large = new TestChatTemplate(TemplateVariant::Large);
  static const auto *small = new TestChatTemplate(TemplateVariant::Small);
  static const auto *tokenizer = new TestTokenizer(tinyTokenizerJson());
  Result<Conversation> conversation = parseConversation(textOf(data, size));
  if (!conversation)
    return 0;
  Result<Prompt> prompt = (*large)->render(*conversation);
  Result<Prompt> other = (*small)->render(*conversation);
  require(prompt.has_value() == other.has_value(), "both or none");
  if (!prompt)
    return 0;
  require(prompt->joined().rfind(other->joined(), 0) == 0, "variants");
  checkContent(**tokenizer, *prompt);
  (void)prompt->encode(**tokenizer);
  return 0;
}
