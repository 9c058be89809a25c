//===- EngineView.cpp - What an engine is doing, to be looked at ----------===//

#include "runtime/engine/EngineView.h"

namespace g4rt {

std::string_view toString(SlotPhase phase) {
  switch (phase) {
  case SlotPhase::Prompt:
    return "prompt";
  case SlotPhase::Thought:
    return "thought";
  case SlotPhase::Answer:
    return "answer";
  case SlotPhase::Call:
    return "call";
  }
  return "";
}

} // namespace g4rt
