//===- TokenizerPipeline.cpp - What surrounds BPE -------------------------===//

#include "models/checkpoint/TokenizerPipeline.h"

#include "models/checkpoint/JsonFields.h"

namespace g4 {

using namespace json_fields;
using g4rt::Status;

static Status needPattern(const json::object &object, const std::string &path,
                          const char *needed) {
  G4RT_ASSIGN(const json::object *pattern,
              needObject(get(object, "pattern"), path + ".pattern"));
  return needString(*pattern, path + ".pattern", "String", needed);
}

static Status checkReplace(const json::object &replace, const std::string &path,
                           const char *from, const char *to) {
  G4RT_TRY(needString(replace, path, "type", "Replace"));
  G4RT_TRY(needPattern(replace, path, from));
  return needString(replace, path, "content", to);
}

static Status checkNormalizer(const json::object &root) {
  G4RT_ASSIGN(const json::object *normalizer,
              needObject(get(root, "normalizer"), "normalizer"));
  return checkReplace(*normalizer, "normalizer", " ", "\u2581");
}

// Without a space left, a split at spaces cuts nothing.
static Status checkPreTokenizer(const json::object &root) {
  const json::value &value = get(root, "pre_tokenizer");
  if (value.is_null())
    return Status();
  G4RT_ASSIGN(const json::object *split, needObject(value, "pre_tokenizer"));
  G4RT_TRY(needString(*split, "pre_tokenizer", "type", "Split"));
  G4RT_TRY(needPattern(*split, "pre_tokenizer", " "));
  return needFalse(*split, "pre_tokenizer", "invert");
}

static Status checkDecoder(const json::object &root) {
  G4RT_ASSIGN(const json::object *decoder,
              needObject(get(root, "decoder"), "decoder"));
  G4RT_TRY(needString(*decoder, "decoder", "type", "Sequence"));
  const json::value &steps = get(*decoder, "decoders");
  if (!steps.is_array() || steps.get_array().size() != 3)
    return wrong("decoder.decoders", "needs Replace, ByteFallback and Fuse");
  const json::object *step[3];
  for (size_t i = 0; i < 3; ++i) {
    G4RT_ASSIGN(step[i],
                needObject(steps.get_array()[i],
                           "decoder.decoders[" + std::to_string(i) + "]"));
  }
  G4RT_TRY(checkReplace(*step[0], "decoder.decoders[0]", "\u2581", " "));
  G4RT_TRY(needString(*step[1], "decoder.decoders[1]", "type", "ByteFallback"));
  return needString(*step[2], "decoder.decoders[2]", "type", "Fuse");
}

Status checkTokenizerPipeline(const json::object &root) {
  G4RT_TRY(checkNormalizer(root));
  G4RT_TRY(checkPreTokenizer(root));
  return checkDecoder(root);
}

} // namespace g4
