//===- LlamaRequestTest.cpp - What /completion is asked -------------------===//

#include "runtime/http/llama/LlamaRequest.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class LlamaRequestTest : public testing::Test {
protected:
  Result<LlamaRequest> read(const std::string &fields) {
    return parseLlamaRequest(R"({"prompt":"hi")" + fields + "}", server_.model);
  }
  std::string wrong(const std::string &fields) {
    auto request = read(fields);
    return request ? "(none)" : std::string(request.error().message());
  }
  TestServer server_;
};

TEST_F(LlamaRequestTest, FieldsHaveTheNamesOfLlamaServer) {
  GenerationFields fields =
      read(R"(,"n_predict":9,"repeat_penalty":1.5,"n_probs":3,
               "logit_bias":[[5,-1.5],[6,false]],"cache_prompt":true,
               "samplers":["top_k"],"id_slot":-1)")
          ->completion.generation;
  EXPECT_EQ(fields.maxTokens, 9);
  EXPECT_EQ(fields.sampling.repetitionPenalty, 1.5F);
  EXPECT_EQ(fields.sampling.numTopLogprobs, 3);
  ASSERT_EQ(fields.sampling.logitBias.size(), 2u);
  EXPECT_EQ(fields.sampling.logitBias[0].bias, -1.5F);
  EXPECT_EQ(fields.sampling.logitBias[1].bias, -100);
}

TEST_F(LlamaRequestTest, AnAnswerIsAsLongAsItFits) {
  EXPECT_EQ(read("")->completion.generation.maxTokens, kAllThatFits);
  EXPECT_EQ(read(R"(,"n_predict":-1)")->completion.generation.maxTokens,
            kAllThatFits);
}

TEST_F(LlamaRequestTest, ARefusalNamesTheField) {
  EXPECT_TRUE(wrong(R"(,"mirostat":1)").starts_with("mirostat: "));
  EXPECT_TRUE(
      wrong(R"(,"dry_multiplier":0.8)").starts_with("dry_multiplier: "));
  EXPECT_EQ(wrong(R"(,"typical_p":1.0,"xtc_probability":0.0)"), "(none)");
  EXPECT_TRUE(wrong(R"(,"n_probs":99)").starts_with("n_probs: "));
  EXPECT_TRUE(wrong(R"(,"logit_bias":[[5]])").starts_with("logit_bias[0]: "));
  EXPECT_TRUE(wrong(R"(,"lora":[{"id":0}])").starts_with("lora: "));
  EXPECT_TRUE(wrong(R"(,"repeat_penalty":0)").starts_with("repeat_penalty: "));
}

} // namespace
} // namespace g4rt
