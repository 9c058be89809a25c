//===- ChatTemplate.h - Conversations to prompts ----------------*- C++ -*-===//
//
// A chat template is a program in the artifact (ChatTemplate.fbs) that g4c
// builds; no template language is parsed here. It writes its own text, where
// special tokens count, and text of the conversation, where they do not: nobody
// can open or close a turn by writing "<turn|>" into a message.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_CHATTEMPLATE_H
#define G4_RUNTIME_TEXT_TEMPLATE_CHATTEMPLATE_H

#include "runtime/artifact/ChatTemplate_generated.h"
#include "runtime/base/Status.h"
#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/template/Prompt.h"

#include <string_view>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Borrows the artifact's program. Immutable: any number of threads may render.
class ChatTemplate {
public:
  /// `program` is part of a buffer that the flatbuffer verifier has passed and
  /// outlives the template.
  /// Errors: DataLoss naming the step of the program that cannot run.
  static Result<ChatTemplate> create(const artifact::ChatTemplate &program);

  /// "gemma4-large".
  std::string_view name() const { return program_->name()->string_view(); }

  /// The prompt of `conversation`, in time proportional to its size.
  /// Errors: InvalidArgument with the path of the field of a tool's schema that
  /// is not as JSON schema wants it: `tools[0].function.parameters.type: ...`.
  Result<Prompt> render(const Conversation &conversation) const;

private:
  explicit ChatTemplate(const artifact::ChatTemplate &program)
      : program_(&program) {}

  const artifact::ChatTemplate *program_;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_CHATTEMPLATE_H
