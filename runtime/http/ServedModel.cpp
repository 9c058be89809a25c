//===- ServedModel.cpp - What the endpoints know of a model ---------------===//

#include "runtime/http/ServedModel.h"

#include "runtime/engine/LoadedModel.h"
#include "runtime/http/WallClock.h"

namespace g4rt {

GenerationDefaults defaultsOf(const g4::artifact::Generation &table) {
  GenerationDefaults defaults;
  if (table.bos_id() >= 0)
    defaults.bosId = table.bos_id();
  defaults.eosIds.assign(table.eos_ids()->begin(), table.eos_ids()->end());
  if (const auto *ids = table.chat_eos_ids())
    defaults.chatEosIds.assign(ids->begin(), ids->end());
  if (const auto *ids = table.suppress_ids())
    defaults.suppressIds.assign(ids->begin(), ids->end());
  defaults.temperature = table.do_sample() ? table.temperature() : 0;
  if (table.do_sample()) {
    defaults.topK = table.top_k();
    defaults.topP = table.top_p();
  }
  return defaults;
}

std::vector<int32_t> GenerationDefaults::endIds(PromptKind kind) const {
  std::vector<int32_t> ids = eosIds;
  if (kind == PromptKind::Chat)
    ids.insert(ids.end(), chatEosIds.begin(), chatEosIds.end());
  return ids;
}

ServedModel serve(const g4::artifact::Artifact &root, const ModelText &text,
                  int64_t maxModelLength, Engine &engine) {
  return {.engine = engine,
          .tokenizer = text.tokenizer,
          .chatTemplate = text.chatTemplate ? &*text.chatTemplate : nullptr,
          .name = root.model()->name()->str(),
          .generation = defaultsOf(*root.generation()),
          .maxModelLength = maxModelLength,
          .createdTime = secondsSince1970()};
}

ServedModel serve(const LoadedModel &model, Engine &engine) {
  return serve(model.root(), model.text(), model.maxModelLength(), engine);
}

} // namespace g4rt
