//===- Engine.cpp - Many answers from one model ---------------------------===//

#include "runtime/engine/Engine.h"

#include "runtime/engine/EngineCore.h"

#include <utility>

namespace g4rt {

Engine::Engine(Executor &executor, const Tokenizer &tokenizer,
               const EngineOptions &options)
    : core_(std::make_unique<EngineCore>(executor, tokenizer, options)) {}

Engine::~Engine() = default;

Result<GenerationId> Engine::submit(GenerationRequest request,
                                    GenerationSink sink) {
  return core_->submit(std::move(request), std::move(sink));
}

void Engine::cancel(GenerationId id) { core_->cancel(id); }

bool Engine::drain(std::chrono::steady_clock::time_point deadline) {
  return core_->drain(deadline);
}

EngineStatus Engine::status() const { return core_->status(); }

} // namespace g4rt
