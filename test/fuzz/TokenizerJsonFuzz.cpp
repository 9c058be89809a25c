// Any bytes as tokenizer.json: what is accepted loads and encodes.

#include "models/checkpoint/TokenizerJson.h"
#include "runtime/base/Utf8.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

static void use(const Tokenizer &tokenizer) {
  for (SpecialTokens mode : {SpecialTokens::Match, SpecialTokens::PlainText}) {
    std::vector<int32_t> ids =
        tokenizer.encode("hello world<|turn>\n\xff é漢aaaa", mode);
    require(isUtf8(tokenizer.decode(ids, SpecialIds::Show)), "UTF-8");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  flatbuffers::FlatBufferBuilder builder;
  auto offset = g4::importTokenizer(textOf(data, size), builder);
  if (!offset)
    return 0;
  builder.Finish(*offset);
  flatbuffers::Verifier verifier(builder.GetBufferPointer(), builder.GetSize());
  require(verifier.VerifyBuffer<artifact::Tokenizer>(nullptr), "verifier");
  Result<Tokenizer> tokenizer = Tokenizer::create(
      *flatbuffers::GetRoot<artifact::Tokenizer>(builder.GetBufferPointer()));
  require(tokenizer.has_value(), "the reader takes what the builder wrote");
  use(*tokenizer);
  return 0;
}
