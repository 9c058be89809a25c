//===- NumberGrammar.cpp - Numbers within bounds --------------------------===//

#include "runtime/grammar/NumberGrammar.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace g4rt {

constexpr size_t kMaxDigits = 400;

//===----------------------------------------------------------------------===//
// Decimals
//===----------------------------------------------------------------------===//

static bool allDigits(std::string_view text) {
  return text.find_first_not_of("0123456789") == text.npos;
}

// The digits `whole`.`fraction` with the point moved right by `exponent`.
static void movePoint(std::string &whole, std::string &fraction, int exponent) {
  size_t by = static_cast<size_t>(std::abs(exponent));
  if (exponent > 0) {
    fraction.append(by > fraction.size() ? by - fraction.size() : 0, '0');
    whole += fraction.substr(0, by);
    fraction.erase(0, by);
  } else {
    whole.insert(0, by > whole.size() ? by - whole.size() : 0, '0');
    fraction.insert(0, whole.substr(whole.size() - by));
    whole.resize(whole.size() - by);
  }
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal out;
  out.isNegative = text.starts_with('-');
  text.remove_prefix(out.isNegative);
  size_t e = std::min(text.find_first_of("eE"), text.size());
  int exponent = 0;
  if (e < text.size()) {
    size_t begin = e + (text.substr(e + 1).starts_with('+') ? 2 : 1);
    auto [end, error] = std::from_chars(text.data() + begin,
                                        text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size())
      return {};
  }
  size_t point = std::min(text.find('.'), e);
  out.whole = text.substr(0, point);
  out.fraction =
      text.substr(std::min(point + 1, e), e - std::min(point + 1, e));
  if (out.whole.empty() || !allDigits(out.whole) || !allDigits(out.fraction) ||
      std::abs(exponent) > static_cast<int>(kMaxDigits) ||
      text.size() > kMaxDigits)
    return {};
  movePoint(out.whole, out.fraction, exponent);
  out.whole.erase(0, out.whole.find_first_not_of('0'));
  if (out.whole.empty())
    out.whole = "0";
  out.fraction.resize(out.fraction.find_last_not_of('0') + 1); // npos + 1 is 0
  out.isNegative &= !out.isZero();
  return out;
}

static bool isSmaller(const Decimal &a, const Decimal &b) { // of magnitude
  if (a.whole.size() != b.whole.size())
    return a.whole.size() < b.whole.size();
  return std::tie(a.whole, a.fraction) < std::tie(b.whole, b.fraction);
}

bool operator<(const Decimal &a, const Decimal &b) {
  if (a.isNegative != b.isNegative)
    return a.isNegative;
  return a.isNegative ? isSmaller(b, a) : isSmaller(a, b);
}

bool NumberRange::contains(const Decimal &value) const {
  if (lower &&
      (value < lower->value || (lower->isExclusive && value == lower->value)))
    return false;
  return !upper || !(upper->value < value ||
                     (upper->isExclusive && value == upper->value));
}

//===----------------------------------------------------------------------===//
// Whole numbers without a sign, as digits
//===----------------------------------------------------------------------===//

static std::string digits(char first, char last) {
  return std::string("[") + first + "-" + last + "]";
}

static std::string anyDigits(size_t count) {
  return count == 0 ? "\"\"" : "[0-9]{" + std::to_string(count) + "}";
}

// Texts of the length of both bounds, from `low` to `high`.
static std::string between(std::string_view low, std::string_view high) {
  if (low.empty())
    return "\"\"";
  size_t rest = low.size() - 1;
  std::string zeros(rest, '0'), nines(rest, '9');
  if (low.substr(1) == zeros && high.substr(1) == nines)
    return digits(low[0], high[0]) + " " + anyDigits(rest);
  if (low[0] == high[0])
    return ebnfLiteral(low.substr(0, 1)) + " " +
           between(low.substr(1), high.substr(1));
  std::vector<std::string> parts = {ebnfLiteral(low.substr(0, 1)) + " " +
                                    between(low.substr(1), nines)};
  if (low[0] + 1 < high[0])
    parts.push_back(
        digits(static_cast<char>(low[0] + 1), static_cast<char>(high[0] - 1)) +
        " " + anyDigits(rest));
  parts.push_back(ebnfLiteral(high.substr(0, 1)) + " " +
                  between(zeros, high.substr(1)));
  return ebnfChoice(parts);
}

static bool isAbove(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() > b.size() : a > b;
}

// From `low` on, to `high` if there is one.
static std::optional<std::string>
wholesWithin(const std::string &low, const std::optional<std::string> &high) {
  if (high && isAbove(low, *high))
    return {};
  size_t last = high ? high->size() : low.size();
  std::vector<std::string> parts;
  for (size_t size = low.size(); size <= last; ++size) {
    std::string first =
        size == low.size() ? low : "1" + std::string(size - 1, '0');
    bool isLast = high && size == last;
    parts.push_back(between(first, isLast ? *high : std::string(size, '9')));
  }
  if (!high)
    parts.push_back("[1-9] [0-9]{" + std::to_string(last) + ",}");
  return ebnfChoice(parts);
}

static std::string plusOne(std::string whole) {
  for (size_t at = whole.size(); at-- > 0;) {
    if (whole[at] != '9') {
      ++whole[at];
      return whole;
    }
    whole[at] = '0';
  }
  return "1" + whole;
}

// Of a number above 0.
static std::string minusOne(std::string whole) {
  size_t at = whole.size() - 1;
  while (whole[at] == '0')
    whole[at--] = '9';
  --whole[at];
  size_t first = std::min(whole.find_first_not_of('0'), whole.size() - 1);
  return whole.substr(first);
}

//===----------------------------------------------------------------------===//
// Fractions
//===----------------------------------------------------------------------===//

namespace {

/// The digits after the point of a number whose whole part is that of a bound.
class Fraction {
public:
  Fraction(const NumberBound *low, const NumberBound *high, EbnfRules &rules)
      : low_(low), high_(high), rules_(rules) {}

  /// With its point, or nothing. None if no fraction is in range.
  std::optional<std::string> whole();

private:
  std::optional<std::string> after(size_t at, bool onLow, bool onHigh);
  std::optional<std::string> step(size_t at, bool onLow, bool onHigh);
  bool mayEnd(size_t at, bool onLow, bool onHigh) const;
  static char digitAt(const NumberBound &bound, size_t at) {
    const std::string &digits = bound.value.fraction;
    return at < digits.size() ? digits[at] : '0';
  }
  static bool isAllRead(const NumberBound &bound, size_t at) {
    return at >= bound.value.fraction.size();
  }

  const NumberBound *low_;
  const NumberBound *high_;
  EbnfRules &rules_;
};

} // namespace

// The number as it is now, with zeros to follow.
bool Fraction::mayEnd(size_t at, bool onLow, bool onHigh) const {
  if (onLow && (!isAllRead(*low_, at) || low_->isExclusive))
    return false;
  return !(onHigh && isAllRead(*high_, at) && high_->isExclusive);
}

// What can come from digit `at` on; so far the number is equal to the bounds
// that it is `on`.
std::optional<std::string> Fraction::after(size_t at, bool onLow, bool onHigh) {
  if (!onLow && !onHigh)
    return "[0-9]*";
  bool isPastLow = !onLow || isAllRead(*low_, at);
  bool isPastHigh = !onHigh || isAllRead(*high_, at);
  if (isPastLow && isPastHigh) {
    if (onHigh) // only zeros, and nothing above the lower bound
      return mayEnd(at, onLow, onHigh) ? std::optional("[0]*") : std::nullopt;
    return low_->isExclusive ? "[0]* [1-9] [0-9]*" : "[0-9]*";
  }
  std::optional<std::string> next = step(at, onLow, onHigh);
  if (!mayEnd(at, onLow, onHigh))
    return next;
  return next ? rules_.add(ebnfChoice({*next, "\"\""})) : "\"\"";
}

std::optional<std::string> Fraction::step(size_t at, bool onLow, bool onHigh) {
  char first = onLow ? digitAt(*low_, at) : '0';
  char last = onHigh ? digitAt(*high_, at) : '9';
  std::vector<std::string> parts;
  for (char digit = first; digit <= last; ++digit) {
    bool staysLow = onLow && digit == first,
         staysHigh = onHigh && digit == last;
    if (auto rest = after(at + 1, staysLow, staysHigh))
      parts.push_back(ebnfLiteral({&digit, 1}) + " " + *rest);
  }
  if (parts.empty())
    return {};
  return rules_.add(ebnfChoice(parts));
}

std::optional<std::string> Fraction::whole() {
  std::vector<std::string> parts;
  if (auto digits = step(0, low_ != nullptr, high_ != nullptr))
    parts.push_back("\".\" " + *digits);
  if (mayEnd(0, low_ != nullptr, high_ != nullptr))
    parts.push_back("\"\"");
  if (parts.empty())
    return {};
  return ebnfChoice(parts);
}

//===----------------------------------------------------------------------===//
// Numbers without a sign
//===----------------------------------------------------------------------===//

// Magnitudes: a lower bound of at least 0, and an upper one if there is one.
static std::optional<std::string> magnitudesWithin(const NumberBound &low,
                                                   const NumberBound *high,
                                                   EbnfRules &rules) {
  std::vector<std::string> parts;
  const std::string &first = low.value.whole;
  bool isOneWhole = high && high->value.whole == first;
  if (auto fraction =
          Fraction(&low, isOneWhole ? high : nullptr, rules).whole())
    parts.push_back(ebnfLiteral(first) + " " + *fraction);
  if (isOneWhole)
    return parts.empty() ? std::nullopt : std::optional(parts[0]);
  if (high && isAbove(first, high->value.whole))
    return {};
  std::optional<std::string> last;
  if (high)
    last = minusOne(high->value.whole);
  if (auto wholes = wholesWithin(plusOne(first), last))
    parts.push_back(*wholes + " (\".\" [0-9]+)?");
  if (high)
    if (auto fraction = Fraction(nullptr, high, rules).whole())
      parts.push_back(ebnfLiteral(high->value.whole) + " " + *fraction);
  if (parts.empty())
    return {};
  return ebnfChoice(parts);
}

static NumberBound magnitudeOf(NumberBound bound) {
  bound.value.isNegative = false;
  return bound;
}

using WithinMagnitudes = std::optional<std::string> (*)(const NumberBound &,
                                                        const NumberBound *,
                                                        EbnfRules &);

// The two sides of zero. Zero itself is written without a sign.
static std::optional<std::string>
bothSides(const NumberRange &range, WithinMagnitudes within, EbnfRules &rules) {
  std::vector<std::string> parts;
  NumberBound zero, aboveZero{.value = {}, .isExclusive = true};
  bool hasNegative = !range.lower || range.lower->value.isNegative;
  bool hasPositive = !range.upper || !range.upper->value.isNegative;
  if (hasNegative) {
    NumberBound high;
    if (range.lower)
      high = magnitudeOf(*range.lower);
    bool endsBelowZero = range.upper && range.upper->value.isNegative;
    if (auto side =
            within(endsBelowZero ? magnitudeOf(*range.upper) : aboveZero,
                   range.lower ? &high : nullptr, rules))
      parts.push_back("\"-\" " + *side);
  }
  if (hasPositive) {
    bool beginsAboveZero = range.lower && !range.lower->value.isNegative;
    if (auto side = within(beginsAboveZero ? *range.lower : zero,
                           range.upper ? &*range.upper : nullptr, rules))
      parts.push_back(*side);
  }
  if (parts.empty())
    return {};
  return rules.add(ebnfChoice(parts));
}

std::optional<std::string> numbersWithin(const NumberRange &range,
                                         EbnfRules &rules) {
  if (range.isBounded())
    return bothSides(range, magnitudesWithin, rules);
  return rules.add(R"("-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? )"
                   R"(([eE] [-+]? [0-9]{1,2})?)");
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

static std::optional<std::string>
integerMagnitudesWithin(const NumberBound &low, const NumberBound *high,
                        EbnfRules &) {
  bool isAboveLow = low.isExclusive || !low.value.isInteger();
  std::string first = isAboveLow ? plusOne(low.value.whole) : low.value.whole;
  if (!high)
    return wholesWithin(first, std::nullopt);
  bool isBelowHigh = high->isExclusive && high->value.isInteger();
  if (isBelowHigh && high->value.isZero())
    return {};
  return wholesWithin(first, isBelowHigh ? minusOne(high->value.whole)
                                         : high->value.whole);
}

std::optional<std::string> integersWithin(const NumberRange &range,
                                          EbnfRules &rules) {
  if (range.isBounded())
    return bothSides(range, integerMagnitudesWithin, rules);
  return rules.add(R"("-"? ("0" | [1-9] [0-9]*))");
}

// A rule a remainder: what may follow digits that leave it.
std::string multiplesOf(int64_t divisor, EbnfRules &rules) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < divisor; ++i)
    names.push_back(rules.declare());
  auto follow = [&](int64_t remainder, char firstDigit) {
    std::vector<std::string> parts;
    for (char digit = firstDigit; digit <= '9'; ++digit)
      parts.push_back(
          ebnfLiteral({&digit, 1}) + " " +
          names[static_cast<size_t>((10 * remainder + digit - '0') % divisor)]);
    return parts;
  };
  for (int64_t i = 0; i < divisor; ++i) {
    std::vector<std::string> parts = follow(i, '0');
    if (i == 0)
      parts.push_back("\"\"");
    rules.define(names[static_cast<size_t>(i)], ebnfChoice(parts));
  }
  return rules.add("\"0\" | \"-\"? " + ebnfChoice(follow(0, '1')));
}

} // namespace g4rt
