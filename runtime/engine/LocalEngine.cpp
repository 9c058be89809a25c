//===- LocalEngine.cpp - The engine in this process -----------------------===//

#include "runtime/engine/LocalEngine.h"

#include "runtime/engine/EngineCore.h"

#include <utility>

namespace g4rt {

LocalEngine::LocalEngine(Executor &executor, const Tokenizer &tokenizer,
                         const EngineOptions &options)
    : core_(std::make_unique<EngineCore>(executor, tokenizer, options)) {}

LocalEngine::~LocalEngine() = default;

Result<GenerationId> LocalEngine::submit(GenerationRequest request,
                                         GenerationSink sink) {
  return core_->submit(std::move(request), std::move(sink));
}

void LocalEngine::cancel(GenerationId id) { core_->cancel(id); }

void LocalEngine::setPaused(GenerationId id, bool isPaused) {
  core_->setPaused(id, isPaused);
}

void LocalEngine::endThought(GenerationId id) { core_->endThought(id); }

bool LocalEngine::drain(std::chrono::steady_clock::time_point deadline) {
  return core_->drain(deadline);
}

EngineStatus LocalEngine::status() const { return core_->status(); }

} // namespace g4rt
