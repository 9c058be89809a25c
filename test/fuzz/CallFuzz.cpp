// Any text as a tool call: what is read is an object of JSON.

#include "runtime/base/Json.h"
#include "runtime/text/answer/GemmaCall.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<std::string> parts(1);
  for (char c : textOf(data, size)) {
    if (c == '~') // a quote token
      parts.emplace_back();
    else
      parts.back() += static_cast<char>(c & 0x7f); // decoded text is UTF-8
  }
  for (CallEnd end : {CallEnd::None, CallEnd::Mark})
    for (const GemmaCall &call : readGemmaCalls(parts, end)) {
      Result<json::value> arguments = parseJson(call.arguments);
      require(arguments.has_value(), "arguments are JSON");
      require(arguments->is_object(), "arguments are an object");
      require(!call.name.empty(), "a call has a name");
    }
  return 0;
}
