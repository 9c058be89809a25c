//===- ChatProgram.h - Checks a template's program --------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_CHATPROGRAM_H
#define G4_RUNTIME_TEXT_TEMPLATE_CHATPROGRAM_H

#include "runtime/artifact/ChatTemplate_generated.h"
#include "runtime/base/Status.h"

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Bounds of a program, so that running it is bounded too.
inline constexpr size_t kMaxChatSteps = 1024;
inline constexpr size_t kMaxChatNesting = 8;

/// Checks that every step of `program`, part of a buffer that the flatbuffer
/// verifier has passed, can run: its numbers name something, what it reads can
/// be read where it stands, its body lies inside the one around it.
///
/// Errors: DataLoss naming the step.
Status checkChatProgram(const artifact::ChatTemplate &program);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_CHATPROGRAM_H
