#include "models/gemma4/gguf/GgufConfig.h"

#include "models/gemma4/Config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "test/support/GgufBytes.h"
#include "test/support/TempFolder.h"

namespace g4::gemma4 {
namespace {

using testing::HasSubstr;
using Type = GgufValue::Type;

/// A model of three layers, the last full, whose metadata a test may change.
/// lit's gguf.test compares whole models with their config.json.
class GgufConfigTest : public testing::Test {
protected:
  GgufConfigTest() {
    for (const auto &[key, value] :
         std::map<std::string, uint32_t>{{"block_count", 3},
                                         {"context_length", 512},
                                         {"embedding_length", 64},
                                         {"feed_forward_length", 96},
                                         {"attention.head_count", 4},
                                         {"attention.head_count_kv", 2},
                                         {"attention.key_length", 32},
                                         {"attention.key_length_swa", 16},
                                         {"attention.sliding_window", 8}})
      set(key, GgufBytes().put(Type::U32).put(value));
    set("attention.layer_norm_rms_epsilon",
        GgufBytes().put(Type::F32).put(1e-6f));
    setList("attention.sliding_window_pattern", {1, 1, 0});
  }
  void set(const std::string &key, const GgufBytes &value) {
    pairs_["gemma4." + key] = value.bytes();
  }
  void setList(const std::string &key, const std::vector<int32_t> &values) {
    GgufBytes bytes;
    bytes.put(Type::Array).put(Type::I32).put<uint64_t>(values.size());
    for (int32_t value : values)
      bytes.put(value);
    set(key, bytes);
  }
  void drop(const std::string &key) { pairs_.erase("gemma4." + key); }

  /// With an embedding [128, 64] and, unless empty, rope_freqs.
  g4rt::Result<g4rt::json::object> config() {
    GgufBytes bytes;
    bytes.header(2 - rope_.empty(), pairs_.size());
    for (const auto &[key, value] : pairs_) {
      bytes.text(key);
      for (char c : value)
        bytes.put(c);
    }
    bytes.tensor("token_embd.weight", {64, 128}, /*F32*/ 0, 0);
    if (!rope_.empty())
      bytes.tensor("rope_freqs.weight", {rope_.size()}, /*F32*/ 0,
                   64 * 128 * 4);
    bytes.alignTo(32).zeros(64 * 128 * 4);
    for (float x : rope_)
      bytes.put(x);
    auto file = GgufFile::open(folder_.write("m.gguf", bytes.bytes()));
    return file ? configOfGguf(*file) : std::move(file).error();
  }
  TextConfig parsed() {
    auto written = config();
    EXPECT_TRUE(written) << written.error().message();
    auto config = parseTextConfig(*written);
    EXPECT_TRUE(config) << config.error().message();
    return *config;
  }
  std::string wrong() {
    auto written = config();
    if (!written)
      return written.error().message();
    auto config = parseTextConfig(*written);
    return config ? "nothing" : config.error().message();
  }

  std::map<std::string, std::string> pairs_; // bytes of type and value
  std::vector<float> rope_;
  g4rt::TempFolder folder_;
};

TEST_F(GgufConfigTest, KeysBecomeFields) {
  TextConfig c = parsed();
  EXPECT_EQ(c.numLayers(), 3);
  EXPECT_EQ(c.vocabSize, 128);
  EXPECT_EQ(c.dtype, "float32");
  EXPECT_TRUE(c.layers[2].isFull);
  EXPECT_EQ(c.layers[1].headDim, 16);
  EXPECT_EQ(c.layers[2].headDim, 32);
  EXPECT_TRUE(c.layers[2].kEqV);
  EXPECT_EQ(c.fullRope.numRotatedPairs, 4); // a quarter of the head's 16
}

TEST_F(GgufConfigTest, ModelsWithPerLayerInputsSeePicturesOneWay) {
  EXPECT_TRUE(parsed().picturesSeeBothWays);
  set("embedding_length_per_layer_input", GgufBytes().put(Type::U32).put(16u));
  EXPECT_FALSE(parsed().picturesSeeBothWays);
}

TEST_F(GgufConfigTest, RopeFreqsSayWhichPairsRotate) {
  for (size_t numRotated : {size_t{0}, size_t{3}, size_t{16}}) {
    rope_.assign(16, 1e30f);
    std::fill_n(rope_.begin(), numRotated, 1.0f);
    EXPECT_EQ(parsed().fullRope.numRotatedPairs, numRotated);
  }
  rope_[7] = 2;
  EXPECT_THAT(wrong(), HasSubstr("rope_freqs.weight: element 7 is 2"));
  rope_.resize(8);
  EXPECT_THAT(wrong(), HasSubstr("F32 [8], needed F32 [16]"));
}

TEST_F(GgufConfigTest, LayersThatShareMayBeTwiceAsWide) {
  setList("attention.shared_kv_layers", {});
  set("attention.shared_kv_layers", GgufBytes().put(Type::U32).put(1u));
  setList("attention.sliding_window_pattern", {1, 0, 0});
  setList("feed_forward_length", {96, 96, 192});
  EXPECT_EQ(parsed().layers[2].intermediateSize, 192);
  setList("feed_forward_length", {96, 96, 96});
  EXPECT_EQ(parsed().layers[2].intermediateSize, 96);
  setList("feed_forward_length", {96, 192, 192});
  EXPECT_THAT(wrong(), HasSubstr("feed_forward_length: layer 1 has 192"));
  setList("feed_forward_length", {96, 96});
  EXPECT_THAT(wrong(), HasSubstr("2 values, needs one for 3 layers"));
}

TEST_F(GgufConfigTest, AMissingKeyIsNamed) {
  for (const char *key : {"block_count", "attention.sliding_window_pattern",
                          "attention.key_length_swa"}) {
    std::string value = pairs_["gemma4." + std::string(key)];
    drop(key);
    EXPECT_EQ(wrong(), "metadata gemma4." + std::string(key) +
                           ": the file has no such key");
    pairs_["gemma4." + std::string(key)] = value;
  }
}

TEST_F(GgufConfigTest, WhatConfigJsonCouldNotSayIsRefused) {
  set("attention.value_length", GgufBytes().put(Type::U32).put(48u));
  EXPECT_THAT(wrong(), HasSubstr("attention.value_length: 48, needs the 32"));
  drop("attention.value_length");
  set("rope.scaling.type", GgufBytes().put(Type::Text).text("yarn"));
  EXPECT_THAT(wrong(), HasSubstr("rope.scaling.type: \"yarn\", needs none"));
}

TEST_F(GgufConfigTest, AValueOfTheWrongKindIsRefused) {
  set("block_count", GgufBytes().put(Type::Text).text("three"));
  EXPECT_THAT(wrong(), HasSubstr("num_hidden_layers"));
  set("attention.shared_kv_layers", GgufBytes().put(Type::I32).put(-1));
  setList("feed_forward_length", {96, 96, 96});
  EXPECT_NE(wrong(), "nothing");
  setList("attention.sliding_window_pattern", {});
  setList("attention.head_count_kv", {});
  EXPECT_THAT(wrong(), HasSubstr("head_count_kv: 0 values"));
}

} // namespace
} // namespace g4::gemma4
