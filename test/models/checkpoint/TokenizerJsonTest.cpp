#include "models/checkpoint/TokenizerJson.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "test/support/TestTokenizer.h"

namespace g4 {
namespace {

namespace json = g4rt::json;
using g4rt::SpecialTokens;
using Ids = std::vector<int32_t>;

json::object tinyJson() {
  return json::parse(g4rt::tinyTokenizerJson()).as_object();
}

json::object &modelOf(json::object &root) { return root["model"].as_object(); }

std::string messageOf(const json::object &root) {
  g4rt::Result<TokenizerSpec> spec = readTokenizerJson(root);
  return spec ? "ok" : spec.error().message();
}

// What is wrong with the tiny tokenizer.json once `change` has changed it.
template <typename F>
std::string messageAfter(F &&change) {
  json::object root = tinyJson();
  change(root);
  return messageOf(root);
}

TEST(TokenizerJsonTest, TakesMergesAsStringsAndAsPairs) {
  json::object root = tinyJson();
  flatbuffers::FlatBufferBuilder pairs, strings;
  pairs.Finish(*importTokenizer(json::serialize(root), pairs));
  for (json::value &merge : modelOf(root)["merges"].as_array())
    merge = std::string(merge.at(0).as_string()) + " " +
            std::string(merge.at(1).as_string());
  strings.Finish(*importTokenizer(json::serialize(root), strings));
  ASSERT_EQ(pairs.GetSize(), strings.GetSize());
  EXPECT_EQ(std::memcmp(pairs.GetBufferPointer(), strings.GetBufferPointer(),
                        pairs.GetSize()),
            0);
}

TEST(TokenizerJsonTest, NamesWhatItDoesNotSupport) {
  auto set = [](const char *key, json::value value) {
    return messageAfter([&](json::object &root) { root[key] = value; });
  };
  auto setModel = [](const char *key, json::value value) {
    return messageAfter(
        [&](json::object &root) { modelOf(root)[key] = value; });
  };
  EXPECT_EQ(messageOf(tinyJson()), "ok");
  EXPECT_EQ(set("normalizer", nullptr), "normalizer: null, needs an object");
  EXPECT_EQ(set("normalizer", json::object{{"type", "NFKC"}}),
            "normalizer.type: \"NFKC\", needs \"Replace\"");
  EXPECT_EQ(set("pre_tokenizer", json::object{{"type", "Metaspace"}}),
            "pre_tokenizer.type: \"Metaspace\", needs \"Split\"");
  EXPECT_EQ(set("pre_tokenizer", nullptr), "ok");
  EXPECT_EQ(set("decoder", json::object{{"type", "ByteLevel"}}),
            "decoder.type: \"ByteLevel\", needs \"Sequence\"");
  EXPECT_EQ(setModel("type", "Unigram"),
            "model.type: \"Unigram\", needs \"BPE\"");
  EXPECT_EQ(setModel("dropout", 0.1), "model.dropout: 1E-1 is not supported");
  EXPECT_EQ(setModel("ignore_merges", true),
            "model.ignore_merges: true is not supported");
  EXPECT_EQ(setModel("end_of_word_suffix", "</w>"),
            "model.end_of_word_suffix: \"</w>\" is not supported");
  EXPECT_EQ(setModel("fuse_unk", 1), "model.fuse_unk: 1, needs true or false");
}

TEST(TokenizerJsonTest, RefusesAMissingOrBrokenVocabulary) {
  auto vocab = [](auto &&change) {
    return messageAfter([&](json::object &root) {
      change(modelOf(root)["vocab"].as_object());
    });
  };
  using Object = json::object;
  EXPECT_EQ(messageAfter([](Object &root) { modelOf(root).erase("vocab"); }),
            "model.vocab: missing or empty");
  EXPECT_EQ(vocab([](Object &v) { v["h"] = 4; }),
            "model.vocab[\"h\"]: id 4 is also that of \"<|turn>\"");
  EXPECT_EQ(vocab([](Object &v) { v["h"] = 296; }),
            "model.vocab[\"h\"]: id 296, needs ids from 0 to 295 without a "
            "hole");
  EXPECT_EQ(
      vocab([](Object &v) { v["h"] = -1; }),
      "model.vocab[\"h\"]: id -1, needs ids from 0 to 295 without a hole");
  EXPECT_EQ(vocab([](Object &v) { v["h"] = "x"; }),
            "model.vocab[\"h\"]: id \"x\", needs ids from 0 to 295 without a "
            "hole");
  EXPECT_EQ(vocab([](Object &v) { v[""] = 296; }),
            "model.vocab[\"\"]: id 296, an empty piece is not supported");
}

TEST(TokenizerJsonTest, RefusesMergesOfUnknownPieces) {
  auto merges = [](json::value value) {
    return messageAfter(
        [&](json::object &root) { modelOf(root)["merges"] = value; });
  };
  EXPECT_EQ(merges(nullptr), "model.merges: missing or empty");
  EXPECT_EQ(merges(json::array()), "model.merges: missing or empty");
  EXPECT_EQ(merges({"l l", "h"}), "model.merges[1]: \"h\", needs two pieces");
  EXPECT_EQ(merges({"l l l"}), "model.merges[0]: \"l l l\", needs two pieces");
  EXPECT_EQ(merges({1}), "model.merges[0]: 1, needs two pieces");
  EXPECT_EQ(merges({json::array{"h", "q"}}),
            "model.merges[0]: [\"h\",\"q\"], but \"q\" is not in model.vocab");
  EXPECT_EQ(merges({"h l"}),
            "model.merges[0]: \"h l\", but \"hl\" is not in model.vocab");
  EXPECT_EQ(merges({"<0x41> h"}), "model.merges[0]: \"<0x41> h\", but "
                                  "\"<0x41>\" stands for a byte or for the "
                                  "unknown");
}

TEST(TokenizerJsonTest, RefusesFlagsOfAddedTokensThatItDoesNotKeep) {
  auto token = [](const char *key, json::value value) {
    return messageAfter([&](json::object &root) {
      root["added_tokens"].at(4).as_object()[key] = value;
    });
  };
  EXPECT_EQ(token("lstrip", true),
            "added_tokens[4].lstrip: true is not supported");
  EXPECT_EQ(token("rstrip", true),
            "added_tokens[4].rstrip: true is not supported");
  EXPECT_EQ(token("single_word", true),
            "added_tokens[4].single_word: true is not supported");
  EXPECT_EQ(token("id", 5),
            "added_tokens[4].id: 5, but model.vocab has \"<|turn>\" as 4");
  EXPECT_EQ(token("content", ""),
            "added_tokens[4].content: \"\", needs 1 to 256 bytes");
  EXPECT_EQ(token("content", "<bos>"),
            "added_tokens[4].id: 4, but model.vocab has \"<bos>\" as 2");
  EXPECT_EQ(token("special", "yes"),
            "added_tokens[4].special: \"yes\", needs true or false");
}

TEST(TokenizerJsonTest, AddedTokensMayComeAfterTheVocabulary) {
  json::object root = tinyJson();
  json::array &tokens = root["added_tokens"].as_array();
  tokens.push_back({{"id", 296}, {"content", "<new>"}, {"normalized", true}});
  g4rt::TestTokenizer tokenizer(json::serialize(root));
  EXPECT_EQ(tokenizer->encode("<new>", SpecialTokens::Match), Ids{296});
  tokens.push_back({{"id", 296}, {"content", "<other>"}});
  EXPECT_EQ(messageOf(root),
            "added_tokens[8].id: id 296 is also that of \"<new>\"");
  tokens[8].as_object()["id"] = 297;
  tokens[7].as_object()["content"] = "<n ew>";
  EXPECT_EQ(messageOf(root), "added_tokens[7].normalized: true with a space in "
                             "the content is not supported");
}

TEST(TokenizerJsonTest, RefusesAnUnknownThatIsMissing) {
  EXPECT_EQ(messageAfter([](json::object &root) {
              modelOf(root)["unk_token"] = "<no>";
            }),
            "model.unk_token: \"<no>\", needs a piece of model.vocab: 0 bytes "
            "have no token of their own");
  EXPECT_EQ(messageAfter([](json::object &root) {
              modelOf(root)["unk_token"] = nullptr;
              modelOf(root)["byte_fallback"] = false;
            }),
            "model.unk_token: null, needs a piece of model.vocab: 256 bytes "
            "have no token of their own");
}

// All values inside `value`, itself included.
void collect(json::value &value, std::vector<json::value *> &found) {
  found.push_back(&value);
  if (value.is_object())
    for (json::key_value_pair &entry : value.get_object())
      collect(entry.value(), found);
  if (value.is_array())
    for (json::value &element : value.get_array())
      collect(element, found);
}

// 6,000 files with a few changed values: refused with a message of one line, or
// good enough to encode.
TEST(TokenizerJsonTest, SurvivesAnyChange) {
  const json::value kValues[] = {nullptr,
                                 true,
                                 0,
                                 7,
                                 -1,
                                 1e99,
                                 "",
                                 "h",
                                 "<unk>",
                                 " ",
                                 json::array(),
                                 json::object(),
                                 json::array{"h", "e"}};
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 6000; ++round) {
    json::value root = tinyJson();
    for (unsigned n = 1 + random() % 2; n > 0; --n) {
      std::vector<json::value *> values;
      collect(root, values);
      *values[random() % values.size()] =
          kValues[random() % std::size(kValues)];
    }
    flatbuffers::FlatBufferBuilder builder;
    auto offset = importTokenizer(json::serialize(root), builder);
    if (!offset) {
      EXPECT_FALSE(offset.error().message().empty());
      EXPECT_LT(offset.error().message().size(), 300u);
      continue;
    }
    ++accepted;
    g4rt::TestTokenizer tokenizer(json::serialize(root));
    tokenizer->encode("hello <|turn> é漢\n", SpecialTokens::Match);
  }
  EXPECT_GT(accepted, 30);
}

TEST(TokenizerJsonTest, RefusesWhatIsNoObjectOrNoJson) {
  flatbuffers::FlatBufferBuilder builder;
  EXPECT_EQ(importTokenizer("[]", builder).error().message(),
            "tokenizer: not a JSON object");
  EXPECT_FALSE(importTokenizer("{", builder));
}

} // namespace
} // namespace g4
