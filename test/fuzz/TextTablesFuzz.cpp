// A damaged artifact: the first byte says which table the rest is. Whatever
// passes the checks can be used.

#include "runtime/base/Utf8.h"
#include "runtime/text/template/ChatTemplate.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstring>
#include <memory>

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

static void tryTokenizer(const uint8_t *data, size_t size) {
  flatbuffers::Verifier verifier(data, size);
  if (!verifier.VerifyBuffer<artifact::Tokenizer>(nullptr))
    return;
  Result<Tokenizer> tokenizer =
      Tokenizer::create(*flatbuffers::GetRoot<artifact::Tokenizer>(data));
  if (!tokenizer)
    return;
  for (SpecialTokens mode : {SpecialTokens::Match, SpecialTokens::PlainText})
    require(isUtf8(tokenizer->decode(
                tokenizer->encode("hello  world <|turn>\n aaaaaaaaaaaaaaaaaaaa"
                                  "aaaaaaaaaaaaaaaaaaaa \xff\xe2\x96 é漢\n\n",
                                  mode),
                SpecialIds::Show)),
            "UTF-8");
}

static void tryTemplate(const uint8_t *data, size_t size) {
  static const auto *conversation =
      new Conversation(*parseConversation(R"({"messages":[
        {"role":"system","content":"s"},{"role":"user","content":"hi"},
        {"role":"assistant","content":"a","reasoning":"r","tool_calls":[
          {"function":{"name":"f","arguments":{"a":[1]}}}]},
        {"role":"tool","content":[{"type":"text","text":"x"},
          {"type":"image"}]}],
        "tools":[{"function":{"name":"f","parameters":{"type":"object",
          "properties":{"a":{"type":"string"}}},"response":{}}}]})"));
  flatbuffers::Verifier verifier(data, size);
  if (!verifier.VerifyBuffer<artifact::ChatTemplate>(nullptr))
    return;
  Result<ChatTemplate> program =
      ChatTemplate::create(*flatbuffers::GetRoot<artifact::ChatTemplate>(data));
  if (program)
    (void)program->render(*conversation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 9)
    return 0;
  // As in an artifact, the buffer is aligned.
  auto aligned = std::make_unique<uint64_t[]>(size / 8 + 1);
  std::memcpy(aligned.get(), data + 1, size - 1);
  const uint8_t *buffer = reinterpret_cast<const uint8_t *>(aligned.get());
  if (data[0] % 2)
    tryTokenizer(buffer, size - 1);
  else
    tryTemplate(buffer, size - 1);
  return 0;
}
