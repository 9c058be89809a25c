//===- TestTokenizer.h - Tokenizers for tests -------------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_TESTTOKENIZER_H
#define G4_TEST_SUPPORT_TESTTOKENIZER_H

#include "models/checkpoint/TokenizerJson.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace g4rt {

/// A tokenizer and the flatbuffer that it borrows.
class TestTokenizer {
public:
  /// Ends the test program if `tokenizerJson` is not a good one.
  explicit TestTokenizer(std::string_view tokenizerJson) {
    auto offset = g4::importTokenizer(tokenizerJson, builder_);
    if (!offset)
      die(offset.error());
    builder_.Finish(*offset);
    flatbuffers::Verifier verifier(builder_.GetBufferPointer(),
                                   builder_.GetSize());
    if (!verifier.VerifyBuffer<artifact::Tokenizer>(nullptr))
      die(Status(StatusCode::DataLoss, "flatbuffer"));
    Result<Tokenizer> tokenizer = Tokenizer::create(table());
    if (!tokenizer)
      die(tokenizer.error());
    tokenizer_ = std::make_unique<Tokenizer>(*std::move(tokenizer));
  }

  const artifact::Tokenizer &table() const {
    return *flatbuffers::GetRoot<artifact::Tokenizer>(
        builder_.GetBufferPointer());
  }
  std::string_view bytes() const {
    return {reinterpret_cast<const char *>(builder_.GetBufferPointer()),
            builder_.GetSize()};
  }
  const Tokenizer &operator*() const { return *tokenizer_; }
  const Tokenizer *operator->() const { return tokenizer_.get(); }

private:
  [[noreturn]] static void die(const Status &status) {
    std::cerr << status.toString() << "\n";
    std::abort();
  }

  flatbuffers::FlatBufferBuilder builder_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

/// A tokenizer.json of 300 tokens with Gemma's structure. Ids: 0 <pad>, 1
/// <eos>, 2 <bos>, 3 <unk>, 4 <|turn>, 5 <turn|>, 6 <|"|> (not special), 10 + b
/// the bytes, 270 on single characters and then what merges make.
std::string tinyTokenizerJson();

} // namespace g4rt

#endif // G4_TEST_SUPPORT_TESTTOKENIZER_H
