//===- Logprobs.cpp - Log-probabilities as OpenAI's JSON ------------------===//

#include "runtime/http/openai/Logprobs.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace g4rt {

static std::string textOfToken(int32_t id, const Tokenizer &tokenizer) {
  return tokenizer.decode({&id, 1}, SpecialIds::Show);
}

std::string bytesOfToken(int32_t id, const Tokenizer &tokenizer) {
  const TokenizerTables &tables = tokenizer.tables();
  uint32_t token = static_cast<uint32_t>(id);
  if (token < tables.numTokens() && tables.kindOf(token) == TokenKind::Byte)
    return std::string(1, static_cast<char>(tables.byteOf(token)));
  return textOfToken(id, tokenizer);
}

// JSON has no infinity; -9999 is what OpenAI sends for it.
static double finite(float logprob) {
  return std::isfinite(logprob) ? static_cast<double>(logprob) : -9999.0;
}

static json::object entryOf(const TokenLogprob &token,
                            const Tokenizer &tokenizer) {
  json::array bytes;
  for (char c : bytesOfToken(token.id, tokenizer))
    bytes.push_back(static_cast<unsigned char>(c));
  return {{"token", textOfToken(token.id, tokenizer)},
          {"logprob", finite(token.logprob)},
          {"bytes", std::move(bytes)}};
}

json::object chatLogprob(const Sample &sample, const Tokenizer &tokenizer) {
  json::object entry = entryOf(sample.token, tokenizer);
  json::array top;
  for (const TokenLogprob &token : sample.top)
    top.push_back(entryOf(token, tokenizer));
  entry["top_logprobs"] = std::move(top);
  return entry;
}

static size_t numCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void CompletionLogprobs::appendFirst(int32_t id, std::string_view text) {
  std::string bytes = bytesOfToken(id, *tokenizer_);
  offsets_.push_back(offset_);
  offset_ += text.starts_with(bytes) ? numCharacters(bytes) : 0;
  tokens_.push_back(json::string(textOfToken(id, *tokenizer_)));
  logprobs_.push_back(nullptr);
  top_.push_back(nullptr);
}

void CompletionLogprobs::append(const Sample &sample) {
  std::string text = textOfToken(sample.token.id, *tokenizer_);
  // Several tokens may have one text: the most likely of them, which comes
  // first, stays. The chosen one is always there, as OpenAI says.
  json::object top;
  for (const TokenLogprob &token : sample.top)
    top.emplace(textOfToken(token.id, *tokenizer_), finite(token.logprob));
  top.emplace(text, finite(sample.token.logprob));
  offsets_.push_back(offset_);
  offset_ += numCharacters(bytesOfToken(sample.token.id, *tokenizer_));
  tokens_.push_back(json::string(text));
  logprobs_.push_back(finite(sample.token.logprob));
  top_.push_back(std::move(top));
}

json::object CompletionLogprobs::take() {
  return {{"tokens", std::exchange(tokens_, {})},
          {"token_logprobs", std::exchange(logprobs_, {})},
          {"top_logprobs", std::exchange(top_, {})},
          {"text_offset", std::exchange(offsets_, {})}};
}

void PromptLogprobs::append(const PromptToken &token) {
  const Sample &sample = token.sample;
  json::object entries;
  auto add = [&](const TokenLogprob &one, int64_t rank) {
    entries.emplace(
        std::to_string(one.id),
        json::object{{"logprob", finite(one.logprob)},
                     {"rank", rank},
                     {"decoded_token", textOfToken(one.id, *tokenizer_)}});
  };
  add(sample.token, token.rank);
  for (size_t i = 0; i < std::min(sample.top.size(), numTop_); ++i)
    add(sample.top[i], static_cast<int64_t>(i + 1));
  list_.push_back(std::move(entries));
}

} // namespace g4rt
