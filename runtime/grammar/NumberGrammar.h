//===- NumberGrammar.h - Numbers within bounds ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_GRAMMAR_NUMBERGRAMMAR_H
#define G4_RUNTIME_GRAMMAR_NUMBERGRAMMAR_H

#include "runtime/grammar/EbnfRules.h"

#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

/// A decimal number of any size, exactly.
struct Decimal {
  bool isNegative = false; // of no zero
  std::string whole = "0"; // without leading zeros
  std::string fraction;    // without trailing zeros

  /// Of a number as JSON or Python writes it. None if it is no such number, or
  /// has more than 400 digits.
  static std::optional<Decimal> parse(std::string_view text);

  bool isZero() const { return whole == "0" && fraction.empty(); }
  bool isInteger() const { return fraction.empty(); }
  bool operator==(const Decimal &) const = default;
};

bool operator<(const Decimal &a, const Decimal &b);

struct NumberBound {
  Decimal value;
  bool isExclusive = false;
};

struct NumberRange {
  std::optional<NumberBound> lower;
  std::optional<NumberBound> upper;

  bool isBounded() const { return lower || upper; }
  bool contains(const Decimal &value) const;
};

/// Numbers of JSON in `range`, without an exponent if it is bounded. None if
/// there is no such number.
std::optional<std::string> numbersWithin(const NumberRange &range,
                                         EbnfRules &rules);

/// Integers in `range`, spelled without a fraction. None if there is none.
std::optional<std::string> integersWithin(const NumberRange &range,
                                          EbnfRules &rules);

/// Multiples of `divisor`, 1 to kMaxDivisor, of any size.
std::string multiplesOf(int64_t divisor, EbnfRules &rules);
inline constexpr int64_t kMaxDivisor = 100;

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_NUMBERGRAMMAR_H
