#include "runtime/grammar/NumberGrammar.h"

#include <random>

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class NumberGrammarTest : public GrammarCase {
protected:
  static std::optional<NumberBound> bound(const char *text, bool isExclusive) {
    return NumberBound{*Decimal::parse(text), isExclusive};
  }
};

TEST_F(NumberGrammarTest, DecimalsAreExact) {
  auto text = [](const char *number) {
    auto decimal = Decimal::parse(number);
    return decimal ? (decimal->isNegative ? "-" : "") + decimal->whole + "." +
                         decimal->fraction
                   : "-";
  };
  EXPECT_EQ(text("1.50"), "1.5");
  EXPECT_EQ(text("-0.0"), "0.");
  EXPECT_EQ(text("1e+20"), "100000000000000000000.");
  EXPECT_EQ(text("-1.25e-3"), "-0.00125");
  EXPECT_EQ(text("12.5e1"), "125.");
  EXPECT_EQ(text("1e999"), "-");
  EXPECT_EQ(text("inf"), "-");
  EXPECT_LT(*Decimal::parse("-2"), *Decimal::parse("-1.5"));
  EXPECT_LT(*Decimal::parse("9.99"), *Decimal::parse("10"));
}

// Every number of a few digits, against its comparison with the bounds.
TEST_F(NumberGrammarTest, BoundsAreExact) {
  const char *kBounds[] = {"-12.5", "-1", "-0.05", "0",
                           "0.5",   "3",  "3.25",  "20"};
  std::vector<std::string> numbers;
  for (int i = -2100; i <= 2100; i += 5) {
    std::string digits = std::to_string(std::abs(i) % 100);
    numbers.push_back((i < 0 ? "-" : "") + std::to_string(std::abs(i) / 100) +
                      "." + (digits.size() < 2 ? "0" : "") + digits);
    if (i % 100 == 0)
      numbers.push_back(std::to_string(i / 100));
  }
  std::mt19937 random(3);
  for (int round = 0; round < 16; ++round) {
    NumberRange range;
    const char *low = kBounds[random() % 8], *high = kBounds[random() % 8];
    if (random() % 4)
      range.lower = bound(low, random() % 2);
    if (random() % 4)
      range.upper = bound(high, random() % 2);
    for (bool isInteger : {false, true}) {
      EbnfRules rules;
      auto rule = isInteger ? integersWithin(range, rules)
                            : numbersWithin(range, rules);
      std::string grammar = rule ? rules.grammar(*rule) : "";
      for (const std::string &number : numbers) {
        if (number.starts_with("-0") && !number.starts_with("-0."))
          continue;
        bool isZero = Decimal::parse(number)->isZero();
        if (isInteger == (number.find('.') != number.npos) ||
            (isZero && number[0] == '-'))
          continue;
        bool isIn = range.contains(*Decimal::parse(number));
        ASSERT_EQ(rule && accepts(grammar, number), isIn)
            << number << " of " << low << ' ' << high << '\n'
            << grammar;
      }
    }
  }
}

TEST_F(NumberGrammarTest, MultiplesAreThose) {
  for (int64_t divisor : {1, 2, 3, 7, 10, 25, 100}) {
    EbnfRules rules;
    std::string grammar = rules.grammar(multiplesOf(divisor, rules));
    for (int i = -105; i <= 310; ++i)
      ASSERT_EQ(accepts(grammar, std::to_string(i)), i % divisor == 0) << i;
  }
}

} // namespace
} // namespace g4rt
