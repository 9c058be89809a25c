//===- ChatTemplate.cpp - Gemma 4's chat template -------------------------===//
//
// A turn is `<|turn>role\n...<turn|>\n`. The model's turn lasts from its first
// word to the next user's: it holds thoughts, tool calls, what the tools
// returned, and text, over as many messages as the client made of it.
//
//===----------------------------------------------------------------------===//

#include "models/gemma4/ChatTemplate.h"

#include "models/gemma4/TemplateBuilder.h"

namespace g4::gemma4 {

using Fact = artifact::ChatFact;
using Filter = artifact::ChatFilter;
using Format = artifact::ChatFormat;
using List = artifact::ChatList;
using Text = artifact::ChatText;
using Value = artifact::ChatValue;

namespace {

/// The template; each method adds the steps of one of its parts.
class Template {
public:
  void write(TemplateVariant variant);
  TemplateBuilder t;

private:
  void systemTurn();
  void declaration();
  void parameters();
  void response();
  void message();
  void call();
  void result();
  void part();
  void media();
  void endOfMessage();
  void generationPrompt(TemplateVariant variant);
};

} // namespace

void Template::write(TemplateVariant variant) {
  t.literal("<bos>");
  t.when(Fact::thinking_enabled || Fact::has_tools || Fact::has_system,
         [&] { systemTurn(); });
  t.each(List::messages, [&] { message(); });
  t.when(Fact::generation_prompt_wanted, [&] { generationPrompt(variant); });
}

// Thinking is switched on here and nowhere else.
void Template::systemTurn() {
  t.literal("<|turn>system\n");
  t.when(Fact::thinking_enabled, [&] { t.literal("<|think|>\n"); });
  t.each(List::system_parts, [&] {
    t.when(Fact::is_text, [&] { t.text(Text::part, Filter::trim); });
    t.when(Fact::is_listed, [&] { t.literal(" "); });
  });
  t.each(List::tools, [&] { declaration(); });
  t.literal("<turn|>\n");
}

void Template::declaration() {
  t.literal("<|tool>declaration:");
  t.text(Text::tool_name);
  t.literal("{description:<|\"|>");
  t.text(Text::tool_description);
  t.literal("<|\"|>");
  t.when(Fact::has_parameters, [&] { parameters(); });
  t.when(Fact::declares_response, [&] { response(); });
  t.literal("}<tool|>");
}

// The type closes the brace: without one it stays open, as in the original.
void Template::parameters() {
  t.literal(",parameters:{");
  t.when(Fact::has_properties, [&] {
    t.literal("properties:{");
    t.value(Value::properties, Format::schemas);
    t.literal("},");
  });
  t.when(Fact::has_required, [&] {
    t.literal("required:");
    t.value(Value::required, Format::strings);
    t.literal(",");
  });
  t.when(Fact::has_type, [&] {
    t.literal("type:<|\"|>");
    t.text(Text::parameters_type);
    t.literal("<|\"|>}");
  });
}

void Template::response() {
  t.literal(",response:{");
  t.when(Fact::response_is_described, [&] {
    t.literal("description:<|\"|>");
    t.text(Text::response_description);
    t.literal("<|\"|>,");
  });
  t.when(Fact::response_is_object, [&] {
    t.literal("type:<|\"|>");
    t.text(Text::response_type);
    t.literal("<|\"|>}");
  });
}

// Text comes after calls and results, also where the model wrote it before.
// Thoughts of finished exchanges are dropped, but on request not those that led
// to a call.
void Template::message() {
  t.when(!(Fact::is_assistant && Fact::previous_is_assistant), [&] {
    t.literal("<|turn>");
    t.when(Fact::is_assistant, [&] { t.literal("model"); });
    t.when(!Fact::is_assistant, [&] { t.text(Text::role); });
    t.literal("\n");
  });
  t.when(Fact::has_thought && (Fact::after_last_user ||
                               (Fact::thinking_preserved && Fact::has_calls)),
         [&] {
           t.literal("<|channel>thought\n");
           t.text(Text::thought);
           t.literal("\n<channel|>");
         });
  t.each(List::calls, [&] { call(); });
  t.each(List::results, [&] { result(); });
  t.each(List::parts, [&] { part(); });
  endOfMessage();
}

void Template::call() {
  t.literal("<|tool_call>call:");
  t.text(Text::call_name);
  t.literal("{");
  t.value(Value::arguments, Format::members);
  t.literal("}<tool_call|>");
}

void Template::result() {
  t.literal("<|tool_response>response:");
  t.text(Text::result_name);
  t.literal("{");
  t.when(Fact::result_is_map, [&] { t.value(Value::result, Format::members); });
  t.when(!Fact::result_is_map, [&] {
    t.literal("value:");
    t.value(Value::result, Format::plain);
  });
  t.literal("}<tool_response|>");
  t.each(List::result_parts, [&] { media(); });
}

void Template::part() {
  t.when(Fact::is_text && Fact::is_assistant,
         [&] { t.text(Text::part, Filter::without_thoughts); });
  t.when(Fact::is_text && !Fact::is_assistant,
         [&] { t.text(Text::part, Filter::trim); });
  media();
}

void Template::media() {
  t.when(Fact::is_image, [&] { t.literal("<|image|>"); });
  t.when(Fact::is_audio, [&] { t.literal("<|audio|>"); });
  t.when(Fact::is_video, [&] { t.literal("<|video|>"); });
}

void Template::endOfMessage() {
  Condition waits = Fact::has_calls && !Fact::has_results;
  Condition goesOn = Fact::is_assistant && Fact::next_is_assistant;
  Condition mayGoOn =
      Fact::has_results && !Fact::has_content && !Fact::has_next;
  t.when(waits, [&] { t.literal("<|tool_response>"); });
  t.when(!waits && !goesOn && !mayGoOn, [&] { t.literal("<turn|>\n"); });
}

// After a result the model's turn is still open, after a call it waits.
void Template::generationPrompt(TemplateVariant variant) {
  t.when(!Fact::ends_in_results && !Fact::ends_in_calls, [&] {
    t.literal("<|turn>model\n");
    if (variant == TemplateVariant::Large)
      t.when(!Fact::thinking_enabled,
             [&] { t.literal("<|channel>thought\n<channel|>"); });
  });
  t.when(Fact::ends_in_results && Fact::thinking_enabled,
         [&] { t.literal("<|channel>thought\n"); });
}

flatbuffers::Offset<artifact::ChatTemplate>
writeChatTemplate(TemplateVariant variant,
                  flatbuffers::FlatBufferBuilder &builder) {
  Template gemma;
  gemma.write(variant);
  bool large = variant == TemplateVariant::Large;
  return gemma.t.finish({.name = large ? "gemma4-large" : "gemma4-small",
                         .quote = "<|\"|>",
                         .thoughtBegin = "<|channel>",
                         .thoughtEnd = "<channel|>"},
                        builder);
}

std::vector<std::string> turnEnds() { return {"<turn|>", "<|tool_response>"}; }

} // namespace g4::gemma4
