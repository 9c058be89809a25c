//===- GgufNames.cpp - Names of GGUF and of transformers ------------------===//

#include "models/gemma4/gguf/GgufNames.h"

#include <algorithm>

namespace g4::gemma4 {

LayerName splitLayerName(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix))
    return {};
  name.remove_prefix(prefix.size());
  size_t dot = name.find('.');
  std::string_view number = name.substr(0, dot);
  if (dot == name.npos || number.empty() ||
      !std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; }))
    return {};
  return {number, name.substr(dot + 1)};
}

namespace {

/// Which side of a table a name is on, and which is wanted.
struct Sides {
  std::string_view NamePair::*from, NamePair::*to;
};

} // namespace

/// The name within a layer on the other side; empty if there is none.
static std::string translateRest(const NameTable &table, std::string_view rest,
                                 Sides sides) {
  for (const NamePair &pair : table.layer)
    if (pair.*sides.from == rest)
      return std::string(pair.*sides.to);
  for (const NamePair &linear : table.linears)
    for (const NamePair &end : table.linearEnds)
      if (std::string(linear.*sides.from).append(end.*sides.from) == rest)
        return std::string(linear.*sides.to).append(end.*sides.to);
  return "";
}

static std::string translate(const NameTable &table, std::string_view name,
                             Sides sides) {
  for (const NamePair &pair : table.model)
    if (pair.*sides.from == name)
      return std::string(pair.*sides.to);
  LayerName layer = splitLayerName(name, table.prefix.*sides.from);
  std::string rest =
      layer.number.empty() ? "" : translateRest(table, layer.rest, sides);
  if (rest.empty())
    return "";
  return std::string(table.prefix.*sides.to)
      .append(layer.number)
      .append(".")
      .append(rest);
}

std::string NameTable::toTransformers(std::string_view name) const {
  return translate(*this, name, {&NamePair::gguf, &NamePair::transformers});
}

std::string NameTable::toGguf(std::string_view name) const {
  return translate(*this, name, {&NamePair::transformers, &NamePair::gguf});
}

} // namespace g4::gemma4
