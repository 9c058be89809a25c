//===- GrammarBench.cpp - How long rules of an answer take ----------------===//
//
//   grammar-bench TOKENIZER_JSON
//
// One thread. Prints the time to make the vocabulary's tables and what most
// grammars share, and for some requests the time from their JSON to a compiled
// grammar, and of masks: each answer is a random walk over allowed tokens, of
// which those that end things are preferred; the first walk by itself, a
// hundred others, and the same hundred again, which meet no state that is new.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/TokenizerJson.h"
#include "runtime/base/MappedFile.h"
#include "runtime/grammar/AnswerGuide.h"
#include "runtime/grammar/CommonGrammars.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/text/conversation/ValueParser.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

using namespace g4rt;
using Clock = std::chrono::steady_clock;

static double microsecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin)
      .count();
}

static std::string toolsOf(int count) {
  std::string tools;
  for (int i = 0; i < count; ++i) {
    std::string n = std::to_string(i);
    tools += std::string(i ? "," : "") +
             R"({"type":"function","function":{"name":"tool_)" + n +
             R"(","parameters":{"type":"object","properties":{"path_)" + n +
             R"(":{"type":"string"},"depth":{"type":"integer","minimum":0,
             "maximum":)" +
             std::to_string(10 + i) + R"(},"mode":{"enum":["fast","slow","m)" +
             n +
             R"("]},"tags":{"type":"array","items":{"type":"string"}},
             "options":{"type":"object","properties":{"deep":{"type":"boolean"},
             "limit":{"type":"number"}}}},"required":["path_)" +
             n + R"("]}}})";
  }
  return R"({"messages":[],"tool_choice":"required","tools":[)" + tools + "]}";
}

constexpr const char *kJsonObject =
    R"({"messages":[],"response_format":{"type":"json_object"}})";
constexpr const char *kSchema =
    R"({"messages":[],"response_format":{"type":"json_schema","json_schema":{
    "schema":{"type":"object","properties":{"name":{"type":"string"},
    "age":{"type":"integer","minimum":0,"maximum":150},
    "emails":{"type":"array","items":{"type":"string","format":"email"}},
    "address":{"type":"object","properties":{"street":{"type":"string"},
    "zip":{"type":"string","pattern":"^\\d{5}$"}},"required":["street"],
    "additionalProperties":false}},"required":["name","age"],
    "additionalProperties":false}}}})";

namespace {

/// Times of masks, in microseconds.
class Masks {
public:
  Masks(const Tokenizer &tokenizer, const AnswerRules &rules,
        GrammarCompiler &compiler)
      : tokenizer_(tokenizer), rules_(rules), compiler_(compiler) {}

  /// One answer; equal seeds make equal ones.
  void walk(uint32_t seed, std::vector<double> &times);

private:
  int32_t choose(const TokenMask *mask);

  const Tokenizer &tokenizer_;
  const AnswerRules &rules_;
  GrammarCompiler &compiler_;
  std::mt19937 random_;
};

} // namespace

int32_t Masks::choose(const TokenMask *mask) {
  std::uniform_int_distribution<int32_t> any(0, tokenizer_.numTokens() - 1);
  auto isAllowed = [&](int32_t id) { return !mask || mask->allows(id); };
  const AnswerMarks marks = AnswerMarks::of(tokenizer_);
  for (auto mark : {marks.callBegin, marks.callEnd})
    if (mark && isAllowed(*mark))
      return *mark;
  if (marks.quote && isAllowed(*marks.quote) && random_() % 4 == 0)
    return *marks.quote;
  for (int tries = 0; tries < 3; ++tries)
    for (std::string_view end : {"\"", "}", "]"})
      for (int32_t id : tokenizer_.encode(end, SpecialTokens::PlainText))
        if (random_() % 6 == 0 && isAllowed(id))
          return id;
  for (int tries = 0; tries < 100000; ++tries)
    if (int32_t id = any(random_); isAllowed(id))
      return id;
  for (int32_t id = 0; id < tokenizer_.numTokens(); ++id)
    if (isAllowed(id))
      return id;
  return -1;
}

void Masks::walk(uint32_t seed, std::vector<double> &times) {
  random_.seed(seed);
  auto guide = AnswerGuide::create(rules_, compiler_, tokenizer_,
                                   AnswerStart::Content, {106});
  for (int step = 0; step < 200 && !guide->isOver(); ++step) {
    int32_t id = choose(guide->allowed());
    if (id == 106 || id < 0)
      return;
    auto begin = Clock::now();
    guide->accept(id);
    times.push_back(microsecondsSince(begin));
  }
}

static void print(const char *name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  auto at = [&](double share) {
    return times[static_cast<size_t>(share *
                                     static_cast<double>(times.size() - 1))];
  };
  std::printf("  %-12s %6zu masks: median %.1f us, p99 %.1f us, most %.1f us\n",
              name, times.size(), at(0.5), at(0.99), times.back());
}

static Status bench(const char *name, const std::string &body,
                    const Tokenizer &tokenizer, GrammarCompiler &compiler) {
  G4RT_ASSIGN(Conversation conversation, parseConversation(body));
  ValueLimits limits;
  G4RT_ASSIGN(Value value, parseValue(body, limits));
  JsonPath root;
  G4RT_ASSIGN(FieldReader request, FieldReader::of(value, root));
  auto begin = Clock::now();
  G4RT_ASSIGN(AnswerRules rules,
              readAnswerRules(request, tokenizer, conversation));
  double read = microsecondsSince(begin);
  begin = Clock::now();
  G4RT_ASSIGN(AnswerGuide guide,
              AnswerGuide::create(rules, compiler, tokenizer,
                                  AnswerStart::Content, {106}));
  size_t numBytes = rules.content.size();
  for (const ToolRule &tool : rules.tools)
    numBytes += tool.grammar.size();
  std::printf("%s: grammars of %zu bytes in %.1f ms, ready in %.1f ms\n", name,
              numBytes, read / 1e3, microsecondsSince(begin) / 1e3);
  Masks masks(tokenizer, rules, compiler);
  std::vector<double> first, later, again;
  masks.walk(0, first);
  for (std::vector<double> *times : {&later, &again})
    for (uint32_t seed = 1; seed <= 100; ++seed)
      masks.walk(seed, *times);
  print("first walk", std::move(first));
  print("100 walks", std::move(later));
  print("the same", std::move(again));
  return Status();
}

static Status run(const char *path) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  std::string_view json(reinterpret_cast<const char *>(file.bytes().data()),
                        file.bytes().size());
  flatbuffers::FlatBufferBuilder builder;
  G4RT_ASSIGN(auto offset, g4::importTokenizer(json, builder));
  builder.Finish(offset);
  G4RT_ASSIGN(Tokenizer tokenizer,
              Tokenizer::create(*flatbuffers::GetRoot<artifact::Tokenizer>(
                  builder.GetBufferPointer())));
  GrammarCompiler compiler(tokenizer);
  auto begin = Clock::now();
  G4RT_ASSIGN(auto first, compiler.compile("root ::= \"a\""));
  std::printf("tables of %d tokens: %.0f ms\n", tokenizer.numTokens(),
              microsecondsSince(begin) / 1e3);
  begin = Clock::now();
  G4RT_TRY(warmGrammars(compiler, tokenizer));
  std::printf("what grammars share: %.0f ms\n", microsecondsSince(begin) / 1e3);
  G4RT_TRY(bench("json_object", kJsonObject, tokenizer, compiler));
  G4RT_TRY(bench("json_schema", kSchema, tokenizer, compiler));
  G4RT_TRY(bench("1 tool", toolsOf(1), tokenizer, compiler));
  return bench("128 tools", toolsOf(128), tokenizer, compiler);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: grammar-bench TOKENIZER_JSON\n");
    return 2;
  }
  Status status = run(argv[1]);
  if (!status.ok())
    std::fprintf(stderr, "%s\n", status.toString().c_str());
  return status.ok() ? 0 : 1;
}
