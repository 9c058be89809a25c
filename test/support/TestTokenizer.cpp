#include "test/support/TestTokenizer.h"

#include <cstdio>

namespace g4rt {

namespace {

struct Definition {
  std::string vocab;
  std::string added;
  std::string merges;
  int numTokens = 0;

  static void append(std::string &list, const std::string &item) {
    list += (list.empty() ? "" : ",") + item;
  }
  void token(const std::string &piece) {
    append(vocab, json::serialize(json::string(piece)) + ":" +
                      std::to_string(numTokens++));
  }
  void addedToken(const std::string &content, bool special) {
    json::object fields = {{"id", numTokens},
                           {"content", content},
                           {"special", special},
                           {"normalized", false}};
    append(added, json::serialize(fields));
    token(content);
  }
  void merge(const std::string &left, const std::string &right) {
    append(merges, json::serialize(json::array{left, right}));
    token(left + right);
  }
};

} // namespace

static void addTokens(Definition &tokens) {
  for (const char *special :
       {"<pad>", "<eos>", "<bos>", "<unk>", "<|turn>", "<turn|>"})
    tokens.addedToken(special, true);
  tokens.addedToken("<|\"|>", false);
  for (const char *unused : {"<unused0>", "<unused1>", "<unused2>"})
    tokens.token(unused);
  for (int byte = 0; byte < 256; ++byte) {
    char piece[8];
    std::snprintf(piece, sizeof(piece), "<0x%02X>", byte);
    tokens.token(piece);
  }
  for (const char *character : {"\u2581", "\n", "h", "e", "l", "o", "w", "r",
                                "d", "a", "<", "|", ">", "t", "u", "n", "é"})
    tokens.token(character);
}

static void addMerges(Definition &tokens) {
  for (auto [left, right] : {std::pair{"l", "l"},
                             {"h", "e"},
                             {"he", "ll"},
                             {"hell", "o"},
                             {"\u2581", "w"},
                             {"o", "r"},
                             {"l", "d"},
                             {"\u2581w", "or"},
                             {"\u2581wor", "ld"},
                             {"a", "a"},
                             {"aa", "aa"},
                             {"\u2581", "\u2581"},
                             {"\n", "\n"}})
    tokens.merge(left, right);
}

std::string tinyTokenizerJson() {
  Definition tokens;
  addTokens(tokens);
  addMerges(tokens);
  return R"({"added_tokens":[)" + tokens.added +
         R"(],"normalizer":{"type":"Replace","pattern":{"String":" "},)"
         R"("content":"▁"},"pre_tokenizer":{"type":"Split","pattern":)"
         R"({"String":" "},"behavior":"MergedWithPrevious","invert":false},)"
         R"("decoder":{"type":"Sequence","decoders":[{"type":"Replace",)"
         R"("pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},)"
         R"({"type":"Fuse"}]},"model":{"type":"BPE","unk_token":"<unk>",)"
         R"("fuse_unk":true,"byte_fallback":true,"vocab":{)" +
         tokens.vocab + R"(},"merges":[)" + tokens.merges + "]}}";
}

} // namespace g4rt
