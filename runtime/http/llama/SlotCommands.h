//===- SlotCommands.h - Slots saved, restored and erased --------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_LLAMA_SLOTCOMMANDS_H
#define G4_RUNTIME_HTTP_LLAMA_SLOTCOMMANDS_H

#include "runtime/engine/Engine.h"
#include "runtime/http/openai/Endpoint.h"

namespace g4rt {

/// POST /slots/{id}?action=save|restore|erase, as llama-server has it. For the
/// administrator, because it reaches everybody's tokens. Borrows the engine,
/// which outlives the router's handlers.
Route slotCommandRoute(Engine &engine);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_LLAMA_SLOTCOMMANDS_H
