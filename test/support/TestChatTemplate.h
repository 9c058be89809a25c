//===- TestChatTemplate.h - Gemma's templates for tests ---------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_TESTCHATTEMPLATE_H
#define G4_TEST_SUPPORT_TESTCHATTEMPLATE_H

#include "models/gemma4/ChatTemplate.h"
#include "runtime/text/template/ChatTemplate.h"

#include <optional>
#include <string>

namespace g4rt {

/// One of Gemma's templates and the flatbuffer that it borrows.
class TestChatTemplate {
public:
  explicit TestChatTemplate(g4::gemma4::TemplateVariant variant) {
    builder_.Finish(g4::gemma4::writeChatTemplate(variant, builder_));
    template_ = *ChatTemplate::create(table());
  }

  const artifact::ChatTemplate &table() const {
    return *flatbuffers::GetRoot<artifact::ChatTemplate>(
        builder_.GetBufferPointer());
  }
  std::string_view bytes() const {
    return {reinterpret_cast<const char *>(builder_.GetBufferPointer()),
            builder_.GetSize()};
  }
  const ChatTemplate *operator->() const { return &*template_; }

  /// The prompt of a request's JSON as one text, or what is wrong with it.
  std::string joined(std::string_view request) const {
    Result<Conversation> conversation = parseConversation(request);
    if (!conversation)
      return conversation.error().toString();
    Result<Prompt> prompt = template_->render(*conversation);
    return prompt ? prompt->joined() : prompt.error().toString();
  }

private:
  flatbuffers::FlatBufferBuilder builder_;
  std::optional<ChatTemplate> template_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_TESTCHATTEMPLATE_H
