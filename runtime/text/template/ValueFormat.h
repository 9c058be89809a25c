//===- ValueFormat.h - Values as text of a prompt ---------------*- C++ -*-===//
//
// Gemma's spelling of JSON: a string stands between two quote tokens without
// any escape, keys are bare or quoted, sorted without regard to case, and
// nothing is separated by spaces.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_VALUEFORMAT_H
#define G4_RUNTIME_TEXT_TEMPLATE_VALUEFORMAT_H

#include "runtime/text/conversation/Value.h"
#include "runtime/text/template/Prompt.h"

#include <string_view>
#include <vector>

namespace g4rt {

/// The members by their lower-case key; equal ones in the order of the text.
std::vector<const Member *> sortedMembers(const ValueMap &map);

enum class KeyStyle { Bare, Quoted };

/// Writes values to a prompt. Recursion is as deep as the value, which the
/// parser limits. Borrows both.
class ValueFormat {
public:
  ValueFormat(Prompt &prompt, std::string_view quote)
      : prompt_(prompt), quote_(quote) {}

  /// `quote` text `quote`.
  void string(std::string_view text) const;
  /// null, true, 1.5, a string, [a,b] or {k:v}.
  void value(const Value &value, KeyStyle keys) const;
  /// k:v,k:v
  void members(const ValueMap &map, KeyStyle keys) const;

private:
  void list(const ValueList &list, KeyStyle keys) const;

  Prompt &prompt_;
  std::string_view quote_;
};

/// "" at first, then ",": what stands before the next of several things.
class Separator {
public:
  std::string_view next() {
    std::string_view text = first_ ? "" : ",";
    first_ = false;
    return text;
  }

private:
  bool first_ = true;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_VALUEFORMAT_H
