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
  if (const auto *ids = table.suppress_ids())
    defaults.suppressIds.assign(ids->begin(), ids->end());
  defaults.temperature = table.do_sample() ? table.temperature() : 0;
  if (table.do_sample()) {
    defaults.topK = table.top_k();
    defaults.topP = table.top_p();
  }
  return defaults;
}

ServedModel serve(const LoadedModel &model, Engine &engine) {
  return {.engine = engine,
          .tokenizer = model.tokenizer(),
          .chatTemplate = model.chatTemplate(),
          .name = std::string(model.name()),
          .generation = defaultsOf(model.generation()),
          .maxModelLength = model.maxModelLength(),
          .createdTime = secondsSince1970()};
}

} // namespace g4rt
