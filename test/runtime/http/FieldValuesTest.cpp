//===- FieldValuesTest.cpp - Every field with bad values ------------------===//
//
// Every field of every API gets values of every kind. What is taken is
// answered; what is not is refused with the field's name. Nothing is the
// server's fault.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

constexpr const char *kValues[] = {"null",
                                   "true",
                                   "false",
                                   "0",
                                   "-1",
                                   "-7",
                                   "1.5",
                                   "1e300",
                                   "9007199254740993",
                                   "\"\"",
                                   "\"word\"",
                                   "\"\\u0000\"",
                                   "[]",
                                   "[null,-5,{}]",
                                   "{}",
                                   "{\"type\":\"x\",\"a\":[1]}"};
static_assert(std::size(kValues) == 16);

struct Door {
  std::string name;
  std::string path;
  std::string rest;                // of the body, without these fields
  std::string folder;              // the object that the fields are in, or none
  std::vector<std::string> fields; // those of `rest` replaced
};

std::string messages() {
  return R"("messages":[{"role":"user","content":"a"}])";
}

const std::vector<std::string> kSampling = {"temperature",
                                            "top_p",
                                            "top_k",
                                            "min_p",
                                            "presence_penalty",
                                            "frequency_penalty",
                                            "seed",
                                            "logit_bias",
                                            "stop_token_ids",
                                            "ignore_eos",
                                            "min_tokens",
                                            "bad_words",
                                            "allowed_token_ids",
                                            "typical_p",
                                            "mirostat",
                                            "priority",
                                            "cache_salt",
                                            "skip_special_tokens"};

std::vector<std::string> and_(std::vector<std::string> more) {
  more.insert(more.end(), kSampling.begin(), kSampling.end());
  return more;
}

std::vector<Door> doors() {
  std::string limit = R"("max_tokens":3)";
  return {
      {"chat", "/v1/chat/completions", messages() + "," + limit, "",
       and_({"model",
             "messages",
             "tools",
             "tool_choice",
             "max_tokens",
             "max_completion_tokens",
             "stop",
             "stream",
             "stream_options",
             "n",
             "best_of",
             "logprobs",
             "top_logprobs",
             "response_format",
             "parallel_tool_calls",
             "reasoning_effort",
             "thinking_budget",
             "chat_template_kwargs",
             "guided_json",
             "guided_regex",
             "guided_choice",
             "guided_grammar",
             "structured_outputs",
             "grammar",
             "json_schema",
             "repetition_penalty",
             "echo",
             "suffix",
             "modalities",
             "audio",
             "functions",
             "function_call",
             "continue_final_message",
             "include_stop_str_in_output",
             "prompt_logprobs",
             "stop_in_reasoning",
             "enable_thinking"})},
      {"completions", "/v1/completions", R"("prompt":"a",)" + limit, "",
       and_({"model", "prompt", "max_tokens", "stop", "stream", "n", "best_of",
             "logprobs", "prompt_logprobs", "echo", "suffix", "guided_json",
             "grammar"})},
      {"responses", "/v1/responses", R"("input":"a","max_output_tokens":3)", "",
       and_({"model", "input", "instructions", "max_output_tokens", "tools",
             "tool_choice", "parallel_tool_calls", "text", "reasoning",
             "previous_response_id", "store", "stream", "background",
             "conversation", "prompt", "top_logprobs", "prompt_logprobs"})},
      {"anthropic", "/v1/messages", messages() + "," + limit, "",
       and_({"model", "messages", "system", "max_tokens", "stop_sequences",
             "stream", "tools", "tool_choice", "thinking", "output_config",
             "output_format", "mcp_servers", "container", "prompt_logprobs"})},
      {"count",
       "/v1/messages/count_tokens",
       messages(),
       "",
       {"model", "messages", "system", "tools", "tool_choice", "thinking"}},
      {"ollama",
       "/api/chat",
       messages() + R"(,"options":{"num_predict":3})",
       "",
       {"model", "messages", "tools", "stream", "format", "think", "options",
        "logprobs", "top_logprobs"}},
      {"ollamaOptions", "/api/generate", R"("prompt":"a")", "options",
       and_({"num_predict", "stop", "repeat_penalty", "prompt_logprobs"})},
      {"generate",
       "/api/generate",
       R"("prompt":"a","options":{"num_predict":3})",
       "",
       {"model", "prompt", "system", "raw", "stream", "format", "think",
        "suffix", "template", "context", "images"}},
      {"llama", "/completion", R"("prompt":"a","n_predict":3)", "",
       and_({"model", "prompt", "n_predict", "stop", "stream", "n_probs",
             "repeat_penalty", "return_tokens", "grammar", "json_schema",
             "lora", "post_sampling_probs", "t_max_predict_ms",
             "prompt_logprobs"})},
      {"show", "/api/show", "", "", {"model", "name"}},
      {"tokenize",
       "/tokenize",
       R"("prompt":"a")",
       "",
       {"model", "prompt", "messages", "add_special_tokens",
        "return_token_strs"}},
      {"detokenize",
       "/detokenize",
       R"("tokens":[5])",
       "",
       {"model", "tokens"}}};
}

/// The body with `field` as `value`, in place of what it was.
std::string bodyOf(const Door &door, const std::string &field,
                   const std::string &value) {
  json::object body = json::parse("{" + door.rest + "}").as_object();
  json::object *place = &body;
  if (!door.folder.empty())
    place = &(body[door.folder] = json::object()).as_object();
  (*place)[field] = json::parse(value);
  return json::serialize(body);
}

/// The field that an error names.
std::string paramOf(const RawResponse &response) {
  json::value body = response.json();
  std::string nested = stringAt(body, "/error/param");
  return nested != "(none)" ? nested : stringAt(body, "/param");
}

class FieldValuesTest : public testing::TestWithParam<Door> {};

TEST_P(FieldValuesTest, AreTakenOrRefusedByName) {
  const Door &door = GetParam();
  TestServer server;
  for (const std::string &field : door.fields)
    for (const char *value : kValues) {
      std::string body = bodyOf(door, field, value);
      RawResponse response = server.post(door.path, body);
      ASSERT_TRUE(response.isWhole) << body;
      if (response.status == 200)
        continue;
      EXPECT_TRUE(response.status == 400 || response.status == 404)
          << response.status << body;
      std::string path =
          door.folder.empty() ? field : door.folder + "." + field;
      EXPECT_TRUE(paramOf(response).starts_with(path)) << body << response.body;
    }
  EXPECT_TRUE(server.becomesIdle());
}

INSTANTIATE_TEST_SUITE_P(Doors, FieldValuesTest, testing::ValuesIn(doors()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace g4rt
