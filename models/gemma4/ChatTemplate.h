//===- ChatTemplate.h - Gemma 4's chat template -----------------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_CHATTEMPLATE_H
#define G4_MODELS_GEMMA4_CHATTEMPLATE_H

#include "runtime/artifact/ChatTemplate_generated.h"

#include "flatbuffers/flatbuffers.h"

#include <string>
#include <vector>

namespace g4::gemma4 {

/// The two templates that Google published on 2026-07-09. They differ in one
/// thing: with thinking off, that of the 12B, 26B and 31B starts an answer with
/// an empty thought, that of the E2B and E4B does not.
enum class TemplateVariant { Large, Small };

/// The template as a program, in `builder`: "gemma4-large" or "gemma4-small".
flatbuffers::Offset<artifact::ChatTemplate>
writeChatTemplate(TemplateVariant variant,
                  flatbuffers::FlatBufferBuilder &builder);

/// The marks at which a turn of the model ends, in both variants: the end of
/// the turn, and the place where a tool's result begins, which is the client's
/// to write.
std::vector<std::string> turnEnds();

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_CHATTEMPLATE_H
