//===- StreamWire.cpp - How an API's streams are written ------------------===//

#include "runtime/http/openai/StreamWire.h"

namespace g4rt {

std::string writeEvent(const json::object &object) {
  return formatEvent(json::serialize(object));
}

std::string writeNamedEvent(const json::object &object) {
  std::string out = "event: ";
  out += std::string_view(object.at("type").as_string());
  return (out += '\n') + writeEvent(object);
}

std::string writeLine(const json::object &object) {
  return json::serialize(object) + "\n";
}

} // namespace g4rt
