//===- SchemaScalars.cpp - Numbers and strings of a schema ----------------===//

#include "runtime/grammar/NumberGrammar.h"
#include "runtime/grammar/RegexGrammar.h"
#include "runtime/grammar/SchemaGrammar.h"

namespace g4rt {

constexpr int64_t kMaxLength = 10'000;
constexpr size_t kMaxMultiples = 1000;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

static Result<Decimal> decimalAt(const SchemaFragment &fragment,
                                 std::string_view keyword) {
  const Number *number = fragment.find(keyword)->number();
  std::optional<Decimal> decimal;
  if (number)
    decimal = Decimal::parse(number->text);
  if (!decimal)
    return schemaWrong(fragment.at(keyword),
                       "needs a number of at most 400 digits");
  return *std::move(decimal);
}

// Of two bounds the one that leaves less.
static void tighten(std::optional<NumberBound> &bound, NumberBound next,
                    bool isLower) {
  if (!bound) {
    bound = std::move(next);
    return;
  }
  bool isTighter =
      isLower ? bound->value < next.value : next.value < bound->value;
  if (isTighter)
    bound = std::move(next);
  else if (bound->value == next.value)
    bound->isExclusive |= next.isExclusive;
}

static Result<NumberRange> rangeOf(const Conjunction &schema) {
  struct Keyword {
    std::string_view name;
    bool isLower;
    bool isExclusive;
  };
  constexpr Keyword kKeywords[] = {{"minimum", true, false},
                                   {"exclusiveMinimum", true, true},
                                   {"maximum", false, false},
                                   {"exclusiveMaximum", false, true}};
  NumberRange range;
  for (const SchemaFragment &fragment : schema)
    for (const Keyword &keyword : kKeywords) {
      if (!fragment.find(keyword.name))
        continue;
      G4RT_ASSIGN(Decimal value, decimalAt(fragment, keyword.name));
      tighten(keyword.isLower ? range.lower : range.upper,
              {std::move(value), keyword.isExclusive}, keyword.isLower);
    }
  return range;
}

Result<SchemaGrammar::Rule> SchemaGrammar::number(const Conjunction &schema,
                                                  bool isInteger) {
  G4RT_ASSIGN(NumberRange range, rangeOf(schema));
  if (holderOf(schema, "multipleOf"))
    return multiples(schema, range);
  return isInteger ? integersWithin(range, spelling_.rules())
                   : numbersWithin(range, spelling_.rules());
}

static int64_t toInteger(const Decimal &value) {
  int64_t out = 0;
  for (char digit : value.whole)
    out = 10 * out + (digit - '0');
  return value.isNegative ? -out : out;
}

// Multiples of whole numbers are whole numbers.
Result<SchemaGrammar::Rule> SchemaGrammar::multiples(const Conjunction &schema,
                                                     const NumberRange &range) {
  const SchemaFragment *holder = nullptr;
  for (const SchemaFragment &fragment : schema)
    if (fragment.find("multipleOf")) {
      if (holder)
        return schemaUnsupported(fragment.at("multipleOf"), "given twice");
      holder = &fragment;
    }
  std::string at = holder->at("multipleOf");
  G4RT_ASSIGN(Decimal divisor, decimalAt(*holder, "multipleOf"));
  if (divisor.isZero() || divisor.isNegative)
    return schemaWrong(at, "needs more than 0");
  bool isSmall = divisor.isInteger() && divisor.whole.size() <= 3;
  int64_t by = isSmall ? toInteger(divisor) : 0;
  if (!isSmall || by > kMaxDivisor)
    return schemaUnsupported(at, "supported are whole numbers to 100");
  if (!range.isBounded())
    return Rule(multiplesOf(by, spelling_.rules()));
  constexpr size_t kMostDigits = 9;
  if (!range.lower || !range.upper ||
      range.lower->value.whole.size() > kMostDigits ||
      range.upper->value.whole.size() > kMostDigits)
    return schemaUnsupported(at,
                             "beside bounds, needs two of at most 9 digits");
  std::vector<std::string> alternatives;
  int64_t last = toInteger(range.upper->value);
  for (int64_t i = (toInteger(range.lower->value) / by - 1) * by; i <= last;
       i += by) {
    std::string text = std::to_string(i);
    if (range.contains(*Decimal::parse(text)))
      alternatives.push_back(ebnfLiteral(text));
    if (alternatives.size() > kMaxMultiples)
      return schemaUnsupported(at, "more than 1,000 multiples in bounds");
  }
  if (alternatives.empty())
    return Rule();
  return Rule(spelling_.rules().add(ebnfChoice(alternatives)));
}

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

// RFC 3339. A year that four divides is a leap year, but of the hundreds only
// one that 400 divides.
#define G4_LEAP_YEAR                                                           \
  "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
#define G4_DATE                                                                \
  "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])"                           \
  "|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))"                  \
  "|" G4_LEAP_YEAR "-02-29)"
#define G4_TIME                                                                \
  "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?"                           \
  "(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)"

/// The texts of a format; empty for one that is not known.
static std::string_view regexOfFormat(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kFormats[] = {
      {"date", "^" G4_DATE "$"},
      {"time", "^" G4_TIME "$"},
      {"date-time", "^" G4_DATE "T" G4_TIME "$"},
      {"uuid",
       "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
      {"ipv4", "^((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}"
               "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)$"},
      {"email",
       "^[A-Za-z0-9_+-]+(\\.[A-Za-z0-9_+-]+)*@"
       "[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\\.[A-Za-z0-9]+(-[A-Za-z0-9]+)*)+$"}};
  for (auto [known, regex] : kFormats)
    if (known == name)
      return regex;
  return {};
}

Result<SchemaGrammar::Rule>
SchemaGrammar::patterned(const SchemaFragment &holder,
                         std::string_view keyword) {
  std::string at = holder.at(keyword);
  const std::string *text = holder.find(keyword)->string();
  if (!text)
    return schemaWrong(at, "needs a string");
  std::string_view regex = *text;
  if (keyword == "format" && (regex = regexOfFormat(*text)).empty())
    return schemaUnsupported(at, "\"" + *text + "\" is not supported");
  auto write = [&](const CodePointSet &set) {
    return spelling_.character(set);
  };
  Result<std::string> inner =
      regexGrammar(regex, RegexMatch::Search, write, spelling_.rules());
  if (!inner)
    return std::move(inner).error().during(at);
  return Rule(spelling_.rules().add(spelling_.string(*inner)));
}

Result<SchemaGrammar::Rule> SchemaGrammar::string(const Conjunction &schema) {
  G4RT_ASSIGN(std::optional<int64_t> least,
              countOf(schema, "minLength", kMaxLength));
  G4RT_ASSIGN(std::optional<int64_t> most,
              countOf(schema, "maxLength", kMaxLength));
  const SchemaFragment *patternHolder = nullptr;
  std::string_view patternKeyword;
  for (const SchemaFragment &fragment : schema)
    for (std::string_view keyword : {"pattern", "format"}) {
      if (!fragment.find(keyword))
        continue;
      if (patternHolder || least.value_or(0) > 0 || most)
        return schemaUnsupported(
            fragment.at(keyword),
            "not supported beside another pattern, format, minLength or "
            "maxLength");
      patternHolder = &fragment;
      patternKeyword = keyword;
    }
  if (patternHolder)
    return patterned(*patternHolder, patternKeyword);
  if (most && *most < least.value_or(0))
    return Rule();
  if (most && *most == 0)
    return Rule(spelling_.string("\"\""));
  return Rule(spelling_.rules().add(spelling_.string(
      spelling_.anyCharacter() + ebnfTimes(least.value_or(0), most))));
}

} // namespace g4rt
