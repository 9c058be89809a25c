//===- TokenizerJson.cpp - tokenizer.json to the artifact's tables --------===//

#include "models/checkpoint/TokenizerJson.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/TokenizerPipeline.h"
#include "models/checkpoint/TokenizerWriter.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

namespace g4 {

using namespace json_fields;
using g4rt::kMaxAddedTokenBytes;
using g4rt::kNoToken;
using g4rt::Result;
using g4rt::Status;

namespace {

/// Reads the fields in the order in which they depend on each other.
class Reader {
public:
  explicit Reader(const json::object &root) : root_(root) {}

  Status read();
  TokenizerSpec spec;

private:
  Status readModel();
  Status readVocabulary();
  size_t numOutsideVocabulary() const;
  Status placePiece(std::string_view piece, const json::value &id);
  Status readBytesAndUnk();
  Status readAddedTokens();
  Status readAddedToken(const json::object &token, const std::string &field);
  Status readMerges();
  Status readMerge(const json::value &merge, size_t rank);

  uint32_t idOf(std::string_view piece) const;
  bool isByteOrUnk(uint32_t id) const;

  const json::object &root_;
  const json::object *model_ = nullptr;
  const json::object *vocab_ = nullptr;
  std::vector<uint8_t> isAdded_; // by id
  std::string joined_;           // scratch of readMerge
};

} // namespace

Status Reader::read() {
  G4RT_TRY(checkTokenizerPipeline(root_));
  G4RT_TRY(readModel());
  G4RT_TRY(readVocabulary());
  G4RT_TRY(readBytesAndUnk());
  G4RT_TRY(readAddedTokens());
  return readMerges();
}

Status Reader::readModel() {
  G4RT_ASSIGN(model_, needObject(get(root_, "model"), "model"));
  G4RT_TRY(needString(*model_, "model", "type", "BPE"));
  for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const json::value &value = get(*model_, key);
        !value.is_null() && !isString(value, ""))
      return wrong(std::string("model.") + key,
                   shown(value) + " is not supported");
  if (const json::value &dropout = get(*model_, "dropout");
      !dropout.is_null() && dropout != 0 && dropout != 0.0)
    return wrong("model.dropout", shown(dropout) + " is not supported");
  G4RT_TRY(needFalse(*model_, "model", "ignore_merges"));
  G4RT_ASSIGN(spec.fuseUnk, readBool(*model_, "model", "fuse_unk"));
  G4RT_ASSIGN(spec.byteFallback, readBool(*model_, "model", "byte_fallback"));
  return Status();
}

uint32_t Reader::idOf(std::string_view piece) const {
  auto it = vocab_->find(piece);
  return it == vocab_->end() ? kNoToken
                             : static_cast<uint32_t>(it->value().get_int64());
}

// How many added tokens the vocabulary lacks.
size_t Reader::numOutsideVocabulary() const {
  size_t count = 0;
  const json::value &tokens = get(root_, "added_tokens");
  if (tokens.is_array())
    for (const json::value &token : tokens.get_array())
      if (token.is_object())
        if (const json::value &content = get(token.get_object(), "content");
            content.is_string())
          count += !vocab_->contains(content.get_string());
  return count;
}

Status Reader::readVocabulary() {
  const json::value &vocab = get(*model_, "vocab");
  if (!vocab.is_object() || vocab.get_object().empty())
    return wrong("model.vocab", "missing or empty");
  vocab_ = &vocab.get_object();
  size_t numTokens = vocab_->size() + numOutsideVocabulary();
  if (numTokens > std::numeric_limits<int32_t>::max())
    return wrong("model.vocab", "too many tokens");
  spec.pieces.resize(numTokens);
  for (const json::key_value_pair &entry : *vocab_)
    if (Status status = placePiece(entry.key(), entry.value()); !status.ok())
      return std::move(status).during("model.vocab[" +
                                      shownString(entry.key()) + "]");
  return Status();
}

// The failure says nothing of the field: the caller does.
Status Reader::placePiece(std::string_view piece, const json::value &id) {
  auto failure = [&](const std::string &what) {
    return Status(g4rt::StatusCode::InvalidArgument, "id " + shown(id) + what);
  };
  size_t size = spec.pieces.size();
  if (!id.is_int64() || id.get_int64() < 0 ||
      id.get_int64() >= static_cast<int64_t>(size))
    return failure(", needs ids from 0 to " + std::to_string(size - 1) +
                   " without a hole");
  std::string_view &place = spec.pieces[static_cast<size_t>(id.get_int64())];
  if (piece.empty() || !place.empty())
    return failure(piece.empty() ? ", an empty piece is not supported"
                                 : " is also that of " + shownString(place));
  place = piece;
  return Status();
}

Status Reader::readBytesAndUnk() {
  size_t numBytes = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    char piece[8];
    std::snprintf(piece, sizeof(piece), "<0x%02X>", byte);
    spec.byteIds[byte] = spec.byteFallback ? idOf(piece) : kNoToken;
    numBytes += spec.byteIds[byte] != kNoToken;
  }
  const json::value &unk = get(*model_, "unk_token");
  if (unk.is_string())
    spec.unkId = idOf(unk.get_string());
  if (spec.unkId == kNoToken && (!unk.is_null() || numBytes < 256))
    return wrong("model.unk_token", shown(unk) +
                                        ", needs a piece of model.vocab: " +
                                        std::to_string(256 - numBytes) +
                                        " bytes have no token of their own");
  return Status();
}

Status Reader::readAddedTokens() {
  isAdded_.resize(spec.pieces.size());
  const json::value &tokens = get(root_, "added_tokens");
  if (!tokens.is_array())
    return wrong("added_tokens", shown(tokens) + ", needs a list");
  for (size_t i = 0; i < tokens.get_array().size(); ++i) {
    std::string field = "added_tokens[" + std::to_string(i) + "]";
    G4RT_ASSIGN(const json::object *token,
                needObject(tokens.get_array()[i], field));
    G4RT_TRY(readAddedToken(*token, field));
  }
  std::sort(spec.addedTokens.begin(), spec.addedTokens.end(),
            [](const auto &a, const auto &b) { return a.content < b.content; });
  return Status();
}

static Status checkContent(const json::value &content, bool normalized,
                           const std::string &field) {
  if (!content.is_string() || content.get_string().empty() ||
      content.get_string().size() > kMaxAddedTokenBytes)
    return wrong(field + ".content", shown(content) + ", needs 1 to " +
                                         std::to_string(kMaxAddedTokenBytes) +
                                         " bytes");
  std::string_view text = content.get_string();
  if (normalized &&
      (text.find(' ') != text.npos || text.find("\u2581") != text.npos))
    return wrong(field + ".normalized",
                 "true with a space in the content is not supported");
  return Status();
}

Status Reader::readAddedToken(const json::object &token,
                              const std::string &field) {
  for (const char *flag : {"single_word", "lstrip", "rstrip"})
    G4RT_TRY(needFalse(token, field, flag));
  G4RT_ASSIGN(bool special, readBool(token, field, "special"));
  G4RT_ASSIGN(bool normalized, readBool(token, field, "normalized"));
  const json::value &content = get(token, "content");
  G4RT_TRY(checkContent(content, normalized, field));
  std::string_view text = content.get_string();
  const json::value &id = get(token, "id");
  uint32_t known = idOf(text);
  if (known == kNoToken) {
    if (Status status = placePiece(text, id); !status.ok())
      return std::move(status).during(field + ".id");
  } else if (id != known)
    return wrong(field + ".id", shown(id) + ", but model.vocab has " +
                                    shownString(text) + " as " +
                                    std::to_string(known));
  uint32_t tokenId = static_cast<uint32_t>(id.get_int64());
  if (std::exchange(isAdded_[tokenId], 1))
    return wrong(field + ".content", shownString(text) + " comes twice");
  if (std::find(spec.byteIds.begin(), spec.byteIds.end(), tokenId) !=
      spec.byteIds.end())
    return wrong(field + ".content", shownString(text) + " is a byte's token");
  spec.addedTokens.push_back({text, tokenId, special, normalized});
  return Status();
}

bool Reader::isByteOrUnk(uint32_t id) const {
  return (id == spec.unkId && !isAdded_[id]) ||
         (spec.pieces[id].substr(0, 3) == "<0x" &&
          std::find(spec.byteIds.begin(), spec.byteIds.end(), id) !=
              spec.byteIds.end());
}

Status Reader::readMerges() {
  const json::value &merges = get(*model_, "merges");
  G4RT_ASSIGN(bool mayBeEmpty, readBool(*model_, "model", kMayLackMerges));
  if (!merges.is_array() || (merges.get_array().empty() && !mayBeEmpty))
    return wrong("model.merges", "missing or empty");
  const json::array &list = merges.get_array();
  spec.merges.reserve(list.size());
  for (size_t rank = 0; rank < list.size(); ++rank)
    G4RT_TRY(readMerge(list[rank], rank));
  return Status();
}

static std::pair<std::string_view, std::string_view>
halvesOf(const json::value &merge) {
  if (merge.is_array() && merge.get_array().size() == 2 &&
      merge.get_array()[0].is_string() && merge.get_array()[1].is_string())
    return {merge.get_array()[0].get_string(),
            merge.get_array()[1].get_string()};
  if (!merge.is_string())
    return {};
  std::string_view text = merge.get_string();
  size_t space = text.find(' ');
  if (space == text.npos || text.find(' ', space + 1) != text.npos)
    return {};
  return {text.substr(0, space), text.substr(space + 1)};
}

Status Reader::readMerge(const json::value &merge, size_t rank) {
  auto [left, right] = halvesOf(merge);
  auto failure = [&, &merge = merge](const std::string &what) {
    return wrong("model.merges[" + std::to_string(rank) + "]",
                 shown(merge) + ", " + what);
  };
  if (left.empty() || right.empty())
    return failure("needs two pieces");
  (joined_ = left) += right;
  uint32_t ids[3] = {idOf(left), idOf(right), idOf(joined_)};
  std::string_view texts[3] = {left, right, joined_};
  for (size_t i = 0; i < 3; ++i) {
    if (ids[i] == kNoToken)
      return failure("but " + shownString(texts[i]) + " is not in model.vocab");
    if (isByteOrUnk(ids[i]))
      return failure("but " + shownString(texts[i]) +
                     " stands for a byte or for the unknown");
  }
  spec.merges.push_back({ids[0], ids[1], ids[2]});
  return Status();
}

Result<TokenizerSpec> readTokenizerJson(const json::value &root) {
  if (!root.is_object())
    return wrong("tokenizer", "not a JSON object");
  Reader reader(root.get_object());
  G4RT_TRY(reader.read());
  return std::move(reader.spec);
}

Result<flatbuffers::Offset<artifact::Tokenizer>>
importTokenizer(std::string_view text,
                flatbuffers::FlatBufferBuilder &builder) {
  G4RT_ASSIGN(json::value root, g4rt::parseJson(text));
  return importParsedTokenizer(root, builder);
}

Result<flatbuffers::Offset<artifact::Tokenizer>>
importParsedTokenizer(const json::value &root,
                      flatbuffers::FlatBufferBuilder &builder) {
  G4RT_ASSIGN(TokenizerSpec spec, readTokenizerJson(root));
  return writeTokenizer(spec, builder);
}

} // namespace g4
