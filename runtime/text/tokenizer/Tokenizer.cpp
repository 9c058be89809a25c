//===- Tokenizer.cpp - Text to token ids and back -------------------------===//

#include "runtime/text/tokenizer/Tokenizer.h"

#include "runtime/text/tokenizer/BpeEncoder.h"
#include "runtime/text/tokenizer/StreamDecoder.h"

namespace g4rt {

Result<Tokenizer> Tokenizer::create(const artifact::Tokenizer &table) {
  G4RT_ASSIGN(TokenizerTables tables, TokenizerTables::create(table));
  return Tokenizer(std::move(tables));
}

Tokenizer::Tokenizer(TokenizerTables tables) : tables_(std::move(tables)) {
  std::vector<AddedTokenMatcher::Entry> entries[2];
  for (const artifact::AddedToken *token : *tables_.table().added_tokens())
    entries[token->normalized()].push_back(
        {token->content()->string_view(), token->id()});
  for (size_t phase = 0; phase < 2; ++phase)
    phases_[phase] = AddedTokenMatcher(std::move(entries[phase]));
}

int32_t Tokenizer::numTokens() const {
  return static_cast<int32_t>(tables_.numTokens());
}

std::string_view Tokenizer::piece(int32_t id) const {
  if (id < 0 || id >= numTokens())
    return {};
  return tables_.piece(static_cast<uint32_t>(id));
}

std::optional<int32_t> Tokenizer::idOf(std::string_view addedToken) const {
  for (const AddedTokenMatcher &phase : phases_)
    if (auto match = phase.find(addedToken, 0);
        match.begin == 0 && match.size == addedToken.size() && match.size > 0)
      return static_cast<int32_t>(match.id);
  return std::nullopt;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text,
                                       SpecialTokens mode) const {
  std::vector<int32_t> ids;
  BpeEncoder encoder(tables_, ids);
  encodeMatching(encoder, ids, text, mode == SpecialTokens::Match ? 0 : 2);
  encoder.endRun();
  return ids;
}

std::vector<int32_t>
Tokenizer::encode(std::span<const TextSegment> segments) const {
  std::vector<int32_t> ids;
  BpeEncoder encoder(tables_, ids);
  for (const TextSegment &segment : segments)
    encodeMatching(encoder, ids, segment.text,
                   segment.special == SpecialTokens::Match ? 0 : 2);
  encoder.endRun();
  return ids;
}

void Tokenizer::encodeMatching(BpeEncoder &encoder, std::vector<int32_t> &ids,
                               std::string_view text, size_t phase) const {
  if (phase == std::size(phases_))
    return encoder.append(text);
  size_t done = 0;
  while (done < text.size()) {
    AddedTokenMatcher::Match match = phases_[phase].find(text, done);
    if (match.begin > done)
      encodeMatching(encoder, ids, text.substr(done, match.begin - done),
                     phase + 1);
    if (match.size > 0) {
      encoder.endRun();
      ids.push_back(static_cast<int32_t>(match.id));
    }
    done = match.begin + match.size;
  }
}

std::string Tokenizer::decode(std::span<const int32_t> ids,
                              SpecialIds special) const {
  StreamDecoder decoder(*this, special);
  std::string text;
  for (int32_t id : ids)
    decoder.append(id, text);
  decoder.finish(text);
  return text;
}

} // namespace g4rt
