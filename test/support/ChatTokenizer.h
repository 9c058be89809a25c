//===- ChatTokenizer.h - A small tokenizer with Gemma's marks ---*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_CHATTOKENIZER_H
#define G4_TEST_SUPPORT_CHATTOKENIZER_H

#include <cstdio>
#include <map>
#include <string>

#include "test/support/TestTokenizer.h"

namespace g4rt {

/// A tokenizer.json whose control tokens have Gemma's ids (2 <bos>, 48
/// <|tool_call>, 100 <|channel>, 106 <turn|>, ...), then kChatByteBase + b for
/// the bytes and a token for each printable character.
inline constexpr int kChatByteBase = 107;

inline std::string chatTokenizerJson() {
  // The text of a mark and whether it is special.
  const std::map<int, std::pair<const char *, bool>> marks = {
      {0, {"<pad>", true}},
      {1, {"<eos>", true}},
      {2, {"<bos>", true}},
      {3, {"<unk>", true}},
      {46, {"<|tool>", true}},
      {47, {"<tool|>", true}},
      {48, {"<|tool_call>", false}},
      {49, {"<tool_call|>", false}},
      {50, {"<|tool_response>", false}},
      {51, {"<tool_response|>", false}},
      {52, {"<|\"|>", false}},
      {98, {"<|think|>", true}},
      {100, {"<|channel>", false}},
      {101, {"<channel|>", false}},
      {105, {"<|turn>", true}},
      {106, {"<turn|>", true}}};
  json::array added;
  json::object vocab;
  auto add = [&](const std::string &piece) {
    vocab[piece] = static_cast<int64_t>(vocab.size());
  };
  for (int id = 0; id < kChatByteBase; ++id) {
    auto mark = marks.find(id);
    if (mark == marks.end()) {
      add("<unused" + std::to_string(id) + ">");
      continue;
    }
    added.push_back({{"id", id},
                     {"content", mark->second.first},
                     {"special", mark->second.second},
                     {"normalized", false}});
    add(mark->second.first);
  }
  for (int byte = 0; byte < 256; ++byte) {
    char piece[8];
    std::snprintf(piece, sizeof(piece), "<0x%02X>", byte);
    add(piece);
  }
  add("\u2581");
  add("\n");
  for (char c = ' ' + 1; c <= '~'; ++c)
    add(std::string(1, c));
  add("he");
  std::string merges = R"([["h","e"]])";
  return R"({"added_tokens":)" + json::serialize(added) +
         R"(,"normalizer":{"type":"Replace","pattern":{"String":" "},)"
         R"("content":"▁"},"pre_tokenizer":{"type":"Split","pattern":)"
         R"({"String":" "},"behavior":"MergedWithPrevious","invert":false},)"
         R"("decoder":{"type":"Sequence","decoders":[{"type":"Replace",)"
         R"("pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},)"
         R"({"type":"Fuse"}]},"model":{"type":"BPE","unk_token":"<unk>",)"
         R"("fuse_unk":true,"byte_fallback":true,"vocab":)" +
         json::serialize(vocab) + R"(,"merges":)" + merges + "}}";
}

} // namespace g4rt

#endif // G4_TEST_SUPPORT_CHATTOKENIZER_H
