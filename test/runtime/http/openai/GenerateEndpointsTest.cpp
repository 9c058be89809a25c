//===- GenerateEndpointsTest.cpp - Answers over HTTP ----------------------===//

#include <gtest/gtest.h>

#include <future>
#include <map>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

/// What the deltas of a stream add up to.
struct Gathered {
  std::string content;
  std::string thought;
  std::string call;
  std::string finishReason;
  bool isDone = false;
};

Gathered gather(const RawResponse &response) {
  Gathered out;
  for (const std::string &event : response.events()) {
    if ((out.isDone = event == "[DONE]"))
      break;
    json::value chunk = json::parse(event);
    auto add = [&](std::string &to, const char *pointer) {
      if (auto *text = find(chunk, pointer); text && text->is_string())
        to += text->as_string();
    };
    add(out.content, "/choices/0/delta/content");
    add(out.thought, "/choices/0/delta/reasoning_content");
    add(out.call, "/choices/0/delta/tool_calls/0/function/arguments");
    add(out.finishReason, "/choices/0/finish_reason");
  }
  return out;
}

TEST(GenerateEndpointsTest, AChatIsAnswered) {
  TestServer server;
  RawResponse response = server.chat();
  ASSERT_EQ(response.status, 200) << response.body;
  json::value body = response.json();
  EXPECT_EQ(stringAt(body, "/choices/0/message/content"), "hello");
  EXPECT_EQ(stringAt(body, "/choices/0/finish_reason"), "stop");
  EXPECT_EQ(body.at_pointer("/usage/completion_tokens"), 5);
}

// The rows of "<bos>ab" say "a", "b" and "x" before the answer's.
TEST(GenerateEndpointsTest, TheTokensOfAPromptAreScored) {
  TestServer server;
  server.say("abxhello");
  RawResponse response =
      server.post("/v1/completions",
                  R"({"prompt":"abc","prompt_logprobs":1,"temperature":0})");
  ASSERT_EQ(response.status, 200) << response.body;
  json::value choice = response.json().at_pointer("/choices/0");
  EXPECT_EQ(choice.at("text"), "hello");
  const json::array &list = choice.at("prompt_logprobs").as_array();
  ASSERT_EQ(list.size(), 4u);
  std::vector<int32_t> ids =
      server.tokenizer->encode("abc", SpecialTokens::Match);
  for (size_t i = 0; i < 3; ++i) {
    const json::object &entries = list[i + 1].as_object();
    const json::value &own = entries.begin()->value();
    EXPECT_EQ(entries.begin()->key(), std::to_string(ids[i]));
    EXPECT_EQ(own.at("decoded_token").as_string(), std::string(1, "abc"[i]));
    EXPECT_NEAR(own.at("logprob").as_double(), i < 2 ? 0 : -50, 1e-5);
    EXPECT_EQ(entries.size(), i < 2 ? 1u : 2u); // the most likely is another
  }
}

TEST(GenerateEndpointsTest, TheChoicesOfAPromptShareItsScores) {
  TestServer server;
  server.say("abhello");
  RawResponse response = server.post(
      "/v1/completions", R"({"prompt":"ab","logprobs":1,"echo":true,"n":2,)"
                         R"("temperature":0,"max_tokens":2})");
  ASSERT_EQ(response.status, 200) << response.body;
  json::value body = response.json();
  for (const char *choice : {"/choices/0", "/choices/1"}) {
    json::value logprobs = body.at_pointer(std::string(choice) + "/logprobs");
    const json::array &values = logprobs.at("token_logprobs").as_array();
    ASSERT_EQ(values.size(), 5u) << choice; // <bos>, a, b and two of its own
    EXPECT_TRUE(values[0].is_null());
    EXPECT_NEAR(values[1].as_double(), 0, 1e-5);
    EXPECT_NEAR(values[2].as_double(), 0, 1e-5);
  }
  // The other one's rows have no scores: its answer is the script's begin.
  EXPECT_EQ(stringAt(body, "/choices/0/text"), "abhel"); // "he" is a token
  EXPECT_EQ(stringAt(body, "/choices/1/text"), "abab");
}

TEST(GenerateEndpointsTest, AChatOfAGroupIsNotScored) {
  TestServer server;
  RawResponse response = server.post(
      "/g4/chats", R"({"chats":[{"messages":[{"role":"user","content":"a"}],)"
                   R"("prompt_logprobs":1}]})");
  EXPECT_NE(response.body.find("prompt_logprobs"), std::string::npos)
      << response.body;
}

TEST(GenerateEndpointsTest, AStreamSaysTheSame) {
  TestServer server;
  server.say("<|channel>thought\nhm\n<channel|>Let me see.<|tool_call>call:f{a:"
             "<|\"|>b<|\"|>}<tool_call|><|tool_response>");
  RawResponse response = server.chat(R"(,"stream":true)");
  EXPECT_TRUE(
      response.hasHeader("Content-Type: text/event-stream; charset=utf-8"));
  Gathered stream = gather(response);
  EXPECT_EQ(stream.content, "Let me see.");
  EXPECT_EQ(stream.thought, "hm");
  EXPECT_EQ(stream.call, R"({"a":"b"})");
  EXPECT_EQ(stream.finishReason, "tool_calls");
  EXPECT_TRUE(stream.isDone);
  json::value whole = server.chat().json();
  EXPECT_EQ(stringAt(whole, "/choices/0/message/content"), stream.content);
  EXPECT_EQ(stringAt(whole, "/choices/0/message/reasoning_content"), "hm");
  EXPECT_EQ(stringAt(whole, "/choices/0/message/tool_calls/0/function/name"),
            "f");
}

TEST(GenerateEndpointsTest, UsageComesLastIfAskedFor) {
  TestServer server;
  auto events =
      server.chat(R"(,"stream":true,"stream_options":{"include_usage":true})")
          .events();
  ASSERT_GT(events.size(), 2u);
  json::value usage = json::parse(events[events.size() - 2]);
  EXPECT_TRUE(usage.at("choices").as_array().empty());
  EXPECT_EQ(usage.at_pointer("/usage/completion_tokens"), 5);
}

TEST(GenerateEndpointsTest, StopsAndLengthsEndAnAnswer) {
  TestServer server;
  json::value stopped = server.chat(R"(,"stop":["ll"])").json();
  EXPECT_EQ(stringAt(stopped, "/choices/0/message/content"), "he");
  EXPECT_EQ(stringAt(stopped, "/choices/0/finish_reason"), "stop");
  json::value cut = server.chat(R"(,"max_tokens":2)").json();
  EXPECT_EQ(stringAt(cut, "/choices/0/message/content"), "hel");
  EXPECT_EQ(stringAt(cut, "/choices/0/finish_reason"), "length");
  json::value endless =
      server.chat(R"(,"ignore_eos":true,"max_tokens":9)").json();
  EXPECT_EQ(endless.at_pointer("/usage/completion_tokens"), 9);
}

// Whatever cuts a call: no mark, and whole and stream say the same.
TEST(GenerateEndpointsTest, ACallThatIsCutEndsAsLength) {
  TestServer server;
  server.say("ok<|tool_call>call:f{a:<|\"|>one two<|\"|>}<tool_call|>");
  for (std::string fields :
       {R"(,"max_tokens":3)", R"(,"max_tokens":9)", R"(,"stop":"two")"}) {
    json::value whole = server.chat(fields).json();
    EXPECT_EQ(stringAt(whole, "/choices/0/message/content"), "ok");
    EXPECT_EQ(stringAt(whole, "/choices/0/finish_reason"), "length");
    EXPECT_EQ(stringAt(whole, "/choices/0/invalid_tool_calls/0/reason"), "cut");
    Gathered stream = gather(server.chat(fields + R"(,"stream":true)"));
    EXPECT_EQ(stream.content, "ok");
    EXPECT_EQ(stream.call, "");
    EXPECT_EQ(stream.finishReason, "length");
  }
  EXPECT_NE(server.get("/metrics")
                .body.find("g4rt:invalid_tool_calls_total{reason=\"cut\"} 6\n"),
            std::string::npos);
}

TEST(GenerateEndpointsTest, StopsLookAtTheAnswerUnlessAsked) {
  TestServer server;
  server.say("<|channel>thought\na b<channel|>c b");
  json::value answer = server.chat(R"(,"stop":" b")").json();
  EXPECT_EQ(stringAt(answer, "/choices/0/message/reasoning_content"), "a b");
  EXPECT_EQ(stringAt(answer, "/choices/0/message/content"), "c");
  json::value asked =
      server.chat(R"(,"stop":" b","stop_in_reasoning":true)").json();
  EXPECT_EQ(stringAt(asked, "/choices/0/message/reasoning_content"), "a");
  EXPECT_EQ(stringAt(asked, "/choices/0/message/content"), "");
}

TEST(GenerateEndpointsTest, AMaxTokensBeyondTheRoomIsCutToIt) {
  TestServer server;
  for (std::string fields : {R"(,"max_tokens":65535)", R"(,"max_tokens":-1)",
                             R"(,"max_completion_tokens":1000000000000)"})
    EXPECT_EQ(server.chat(fields).status, 200) << fields;
}

TEST(GenerateEndpointsTest, ItsOwnCallIsTakenBack) {
  TestServer server;
  server.say("<|tool_call>call:a:b.c/d{x:1}<tool_call|>");
  json::value said = server.chat().json().at_pointer("/choices/0/message");
  json::array messages{{{"role", "user"}, {"content", "hi"}},
                       said,
                       {{"role", "tool"},
                        {"tool_call_id", said.at_pointer("/tool_calls/0/id")},
                        {"content", "no such tool"}}};
  RawResponse response =
      server.post("/v1/chat/completions",
                  json::serialize(json::object{{"messages", messages}}));
  EXPECT_EQ(response.status, 200) << response.body;
}

TEST(GenerateEndpointsTest, LogprobsComeWithTheTokens) {
  TestServer server;
  json::value body = server.chat(R"(,"logprobs":true,"top_logprobs":2)").json();
  json::value first = body.at_pointer("/choices/0/logprobs/content/0");
  EXPECT_EQ(first.at("token"), "he");
  EXPECT_EQ(first.at("top_logprobs").as_array().size(), 2u);
}

TEST(GenerateEndpointsTest, ACompletionIsPlainText) {
  TestServer server;
  server.say("a<|channel>b");
  json::value body =
      server.post("/v1/completions", R"({"model":"tiny","prompt":"x"})").json();
  EXPECT_EQ(stringAt(body, "/object"), "text_completion");
  EXPECT_EQ(stringAt(body, "/choices/0/text"), "a<|channel>b");
  RawResponse stream =
      server.post("/v1/completions", R"({"prompt":"x","stream":true})");
  std::string text;
  for (const std::string &event : stream.events())
    if (event != "[DONE]")
      text += stringAt(json::parse(event), "/choices/0/text");
  EXPECT_EQ(text, "a<|channel>b");
}

TEST(GenerateEndpointsTest, ErrorsHaveTheirStatus) {
  TestServer server;
  RawResponse unknown =
      server.post("/v1/completions", R"({"model":"other","prompt":"x"})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.error("code"), "model_not_found");
  for (const char *fields :
       {R"(,"n":3,"best_of":2)", R"(,"best_of":2,"stream":true)"}) {
    RawResponse best = server.chat(fields);
    EXPECT_EQ(best.status, 400);
    EXPECT_EQ(best.error("param"), "best_of");
    EXPECT_EQ(best.error("code"), "invalid_value");
  }
  EXPECT_EQ(server.post("/v1/chat/completions", "{").error("code"),
            "invalid_json");
}

// A microsecond has passed before the first step.
TEST(GenerateEndpointsTest, AnAnswerThatIsLateIsATimeout) {
  TestServer server;
  for (const char *field : {",\"timeout\":1e-6", ",\"queue_timeout\":1e-6"}) {
    RawResponse response = server.chat(field);
    EXPECT_EQ(response.status, 504);
    EXPECT_EQ(response.error("code"), "deadline_exceeded");
  }
  EXPECT_EQ(server.chat(",\"timeout\":600").status, 200);
}

TEST(GenerateEndpointsTest, TheHeaderSaysHowLongAnAnswerMayTake) {
  TestServer server;
  auto statusWith = [&](const std::string &seconds,
                        const std::string &fields = "") {
    std::string request =
        postRequest("/v1/chat/completions", TestServer::chatBody(fields));
    size_t end = request.find("\r\n") + 2;
    request.insert(end, "X-Request-Timeout: " + seconds + "\r\n");
    return server.request(request).status;
  };
  EXPECT_EQ(statusWith("0.000001"), 504);
  EXPECT_EQ(statusWith("600"), 200);
  EXPECT_EQ(statusWith("0.000001", ",\"timeout\":600"), 200);
  for (const char *wrong : {"0", "-1", "nan", "1s", "1e99"})
    EXPECT_EQ(statusWith(wrong), 400) << wrong;
}

TEST(GenerateEndpointsTest, SeveralChoicesAreOneAnswer) {
  TestServer server;
  json::value answer = server.chat(R"(,"n":3)").json();
  const json::array &choices = answer.at("choices").as_array();
  ASSERT_EQ(choices.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(choices[i].at("index").to_number<size_t>(), i);
    EXPECT_EQ(choices[i].at("message").at("content").as_string(), "hello");
  }
  json::value one = server.chat().json();
  auto usage = [](const json::value &answer, std::string_view key) {
    return answer.at("usage").at(key).to_number<int64_t>();
  };
  EXPECT_EQ(usage(answer, "prompt_tokens"), usage(one, "prompt_tokens"));
  EXPECT_EQ(usage(answer, "completion_tokens"),
            3 * usage(one, "completion_tokens"));
}

// Which is the best: test/e2e/test_forks.py.
TEST(GenerateEndpointsTest, TheBestOfSeveralAnswersIsGivenAndAllAreCounted) {
  TestServer server;
  for (const char *fields : {R"(,"best_of":3)", R"(,"n":2,"best_of":3)"}) {
    json::value answer = server.chat(fields).json();
    const json::array &choices = answer.at("choices").as_array();
    ASSERT_EQ(choices.size(), fields[2] == 'n' ? 2u : 1u);
    EXPECT_EQ(choices.back().at("index").to_number<size_t>(),
              choices.size() - 1);
    EXPECT_TRUE(choices[0].at("logprobs").is_null());
    EXPECT_EQ(
        answer.at("usage").at("completion_tokens"),
        server.chat(R"(,"n":3)").json().at("usage").at("completion_tokens"));
  }
}

TEST(GenerateEndpointsTest, ChoicesOfAStreamAreToldApart) {
  TestServer server;
  RawResponse stream = server.chat(R"(,"n":2,"stream":true)");
  std::map<int64_t, std::string> texts;
  for (const std::string &event : stream.events())
    if (event != "[DONE]") {
      json::value chunk = json::parse(event);
      const json::value &choice = chunk.at("choices").at(0);
      int64_t index = choice.at("index").to_number<int64_t>();
      if (auto *text = choice.at("delta").as_object().if_contains("content"))
        if (text->is_string())
          texts[index] += text->as_string();
    }
  EXPECT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[0], "hello");
  EXPECT_EQ(texts[1], "hello");
  EXPECT_EQ(stream.events().back(), "[DONE]");
}

TEST(GenerateEndpointsTest, ManyStreamsDoNotMix) {
  TestServerOptions options;
  options.maxQueued = 64;
  TestServer server(options);
  server.say("the quick brown fox");
  std::vector<std::future<Gathered>> answers;
  for (int i = 0; i < 16; ++i)
    answers.push_back(std::async(std::launch::async, [&] {
      return gather(server.chat(R"(,"stream":true)"));
    }));
  for (auto &answer : answers) {
    Gathered got = answer.get();
    EXPECT_EQ(got.content, "the quick brown fox");
    EXPECT_TRUE(got.isDone);
  }
  EXPECT_TRUE(server.becomesIdle());
}

} // namespace
} // namespace g4rt
