//===- GuidedStreams.cpp - Random answers under random rules --------------===//

#include "test/runtime/http/openai/GuidedStreams.h"

#include "runtime/engine/Answer.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/ChatFormat.h"
#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "test/support/ChatTokenizer.h"

namespace g4rt {

namespace {

using Random = std::mt19937;

/// A schema of few levels. Names rise, so that both spellings have one order.
std::string randomSchema(Random &random, int depth) {
  const char *kScalars[] = {
      R"({"type":"integer"})",
      R"({"type":"integer","minimum":-5,"maximum":130})",
      R"({"type":"number","exclusiveMinimum":0,"maximum":1})",
      R"({"type":"boolean"})",
      R"({"type":"null"})",
      R"({"type":"string","maxLength":6})",
      R"({"type":"string","pattern":"^[a-c]{1,3}-\\d$"})",
      R"({"enum":["red","green",7,null]})",
      R"({"anyOf":[{"type":"integer","maximum":9,"minimum":0},{"type":"null"}]})"};
  if (depth == 0 || random() % 3 > 0)
    return kScalars[random() % std::size(kScalars)];
  if (random() % 2)
    return R"({"type":"array","maxItems":3,"items":)" +
           randomSchema(random, depth - 1) + "}";
  std::string properties, required;
  for (char name = 'a'; name < 'e'; ++name) {
    if (random() % 2)
      continue;
    std::string key = std::string("\"") + name + "\"";
    properties += (properties.empty() ? "" : ",") + key + ":" +
                  randomSchema(random, depth - 1);
    if (random() % 2)
      required += (required.empty() ? "" : ",") + key;
  }
  return R"({"type":"object","properties":{)" + properties +
         R"(},"required":[)" + required + R"(],"additionalProperties":false})";
}

std::string randomParameters(Random &random) {
  for (;;) {
    std::string schema = randomSchema(random, 3);
    if (schema.starts_with(R"({"type":"object")"))
      return schema;
  }
}

/// One request, and what its answer must be.
struct Request {
  std::map<std::string, std::string> tools; // parameters by name
  std::string contentSchema;
  std::string body;
};

Request randomRequest(Random &random) {
  Request request;
  std::string tools;
  int numTools = random() % 4 == 0 ? 0 : 1 << (random() % 8);
  std::string parameters = randomParameters(random);
  for (int i = 0; i < numTools; ++i) {
    if (i % 16 == 1)
      parameters = randomParameters(random);
    std::string name = "t" + std::to_string(i) + (i % 3 ? "" : ".x");
    request.tools[name] = parameters;
    tools += std::string(i ? "," : "") +
             R"({"type":"function","function":{"name":")" + name +
             R"(","parameters":)" + parameters + "}}";
  }
  request.body = R"({"messages":[],"tools":[)" + tools + "]";
  const char *kChoices[] = {
      R"("auto")", R"("required")", R"("none")",
      R"({"type":"function","function":{"name":"t0.x"}})"};
  if (numTools > 0)
    request.body += std::string(R"(,"tool_choice":)") + kChoices[random() % 4];
  if (random() % 3 == 0)
    request.body += R"(,"parallel_tool_calls":false)";
  if (random() % 2)
    request.body += R"(,"enable_thinking":true)";
  if (numTools == 0 || random() % 2) {
    request.contentSchema = randomSchema(random, 3);
    request.body +=
        R"(,"response_format":{"type":"json_schema","json_schema":{"schema":)" +
        request.contentSchema + "}}";
  }
  request.body += "}";
  return request;
}

/// What both forms of an answer say.
struct Said {
  std::string content, thought, finishReason;
  std::vector<std::pair<std::string, std::string>> calls;

  bool operator==(const Said &) const = default;
};

std::string textAt(const json::value &value, std::string_view pointer) {
  boost::system::error_code error;
  const json::value *found = value.find_pointer(pointer, error);
  return found && found->is_string() ? std::string(found->get_string()) : "";
}

Said saidBy(const json::value &whole) {
  const json::value &choice = whole.at_pointer("/choices/0");
  Said said{.content = textAt(choice, "/message/content"),
            .thought = textAt(choice, "/message/reasoning_content"),
            .finishReason = textAt(choice, "/finish_reason"),
            .calls = {}};
  if (const json::value *calls =
          choice.at("message").as_object().if_contains("tool_calls"))
    for (const json::value &call : calls->as_array())
      said.calls.emplace_back(textAt(call, "/function/name"),
                              textAt(call, "/function/arguments"));
  return said;
}

void addChunk(const json::value &chunk, Said &said) {
  const json::value &choice = chunk.at_pointer("/choices/0");
  said.content += textAt(choice, "/delta/content");
  said.thought += textAt(choice, "/delta/reasoning_content");
  said.finishReason += textAt(choice, "/finish_reason");
  const json::value *calls =
      choice.at("delta").as_object().if_contains("tool_calls");
  if (!calls)
    return;
  const json::value &call = calls->as_array()[0];
  if (call.at("index").to_number<size_t>() == said.calls.size())
    said.calls.emplace_back();
  said.calls.back().first += textAt(call, "/function/name");
  said.calls.back().second += textAt(call, "/function/arguments");
}

class Model {
public:
  Said answer(const Request &request, Random &random, GuidedCounts &counts);
  void check(const Request &request, const Said &said, GuidedCounts &counts);

private:
  std::vector<float> logits(Random &random);
  bool obeys(const std::string &schema, const std::string &text);
  ChatFormat format(bool isStream) {
    return ChatFormat({"chatcmpl-x", "m", 1}, *tokenizer_,
                      {.isStream = isStream});
  }

  const std::vector<int32_t> kStops = {50, 106};
  TestTokenizer tokenizer_{chatTokenizerJson()};
  GrammarCompiler grammars_{*tokenizer_};
  Sampler sampler_;
};

// What ends things is likelier than other tokens, so that answers end.
std::vector<float> Model::logits(Random &random) {
  std::normal_distribution<float> normal;
  std::vector<float> out(static_cast<size_t>(tokenizer_->numTokens()));
  for (float &logit : out)
    logit = normal(random);
  for (int32_t id : {50, 106, 49, 101, 52})
    out[static_cast<size_t>(id)] += 3;
  for (char c : {'"', '}', ']'})
    out[static_cast<size_t>(
        tokenizer_->encode({&c, 1}, SpecialTokens::PlainText)[0])] += 4;
  for (int32_t mark : {48, 100})
    out[static_cast<size_t>(mark)] += 1;
  return out;
}

Said Model::answer(const Request &request, Random &random,
                   GuidedCounts &counts) {
  Conversation conversation = *parseConversation(request.body);
  ValueLimits limits;
  Value value = *parseValue(request.body, limits);
  JsonPath root;
  auto rules =
      readAnswerRules(*FieldReader::of(value, root), *tokenizer_, conversation);
  EXPECT_TRUE(rules) << request.body << rules.error().toString();
  Answer answer = *Answer::create({.promptIds = {2},
                                   .sampling = {.seed = random()},
                                   .maxTokens = 300,
                                   .stopIds = kStops,
                                   .isChat = true,
                                   .rules = *rules},
                                  *tokenizer_, Answer::Time());
  Status compiled = answer.compileRules(*tokenizer_, grammars_);
  EXPECT_TRUE(compiled.ok()) << compiled.toString();
  ChatFormat whole = format(false), stream = format(true);
  Said streamed;
  for (;;) {
    auto sample = answer.choose(sampler_, LogitSource(logits(random)));
    EXPECT_TRUE(sample) << sample.error().toString();
    GenerationEvent event = answer.append(*sample, Answer::Time());
    whole.append(event);
    for (const json::object &chunk : stream.append(event))
      addChunk(chunk, streamed);
    if (!event.end)
      continue;
    Said said = saidBy(whole.whole(*event.end));
    EXPECT_EQ(said, streamed) << request.body;
    counts.numCut += event.end->reason == FinishReason::Length;
    return said;
  }
}

bool Model::obeys(const std::string &schema, const std::string &text) {
  ValueLimits limits;
  Value value = *parseValue(schema, limits);
  EbnfRules rules;
  JsonSpelling spelling(rules);
  std::string root = *SchemaGrammar(value, spelling, {}).rule("");
  GrammarMatcher matcher(*grammars_.compile(rules.grammar(root)));
  for (int32_t id : tokenizer_->encode(text, SpecialTokens::PlainText))
    if (!matcher.accept(id))
      return false;
  return matcher.isComplete();
}

void Model::check(const Request &request, const Said &said,
                  GuidedCounts &counts) {
  for (const std::string *text : {&said.content, &said.thought})
    for (const char *mark : {"<|channel>", "<channel|>", "<|tool_call>",
                             "<tool_call|>", "<|\"|>", "<|tool_response>"})
      ASSERT_EQ(text->find(mark), text->npos) << *text;
  counts.numThoughts += !said.thought.empty();
  if (said.finishReason == "length")
    return;
  for (const auto &[name, arguments] : said.calls) {
    auto tool = request.tools.find(name);
    ASSERT_NE(tool, request.tools.end()) << name;
    ASSERT_TRUE(parseJson(arguments)) << arguments;
    ASSERT_TRUE(obeys(tool->second, arguments)) << tool->second << '\n'
                                                << arguments;
    ++counts.numCalls;
  }
  if (!request.contentSchema.empty() && said.calls.empty()) {
    ASSERT_TRUE(parseJson(said.content)) << said.content;
    ASSERT_TRUE(obeys(request.contentSchema, said.content))
        << request.contentSchema << '\n'
        << said.content;
    ++counts.numContents;
  }
}

} // namespace

GuidedCounts runGuidedStreams(uint32_t seed, int count) {
  Random random(seed);
  Model model;
  GuidedCounts counts;
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    Request request = randomRequest(random);
    Said said = model.answer(request, random, counts);
    model.check(request, said, counts);
  }
  return counts;
}

} // namespace g4rt
