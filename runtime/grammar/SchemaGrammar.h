//===- SchemaGrammar.h - JSON Schema as rules -------------------*- C++ -*-===//
//
// A schema in, a rule out that writes exactly the values that obey it: no
// invalid value can be written, and every valid one can, its members in the
// schema's order. What cannot be said exactly is refused by name.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_SCHEMAGRAMMAR_H
#define G4_RUNTIME_GRAMMAR_SCHEMAGRAMMAR_H

#include "runtime/base/Status.h"
#include "runtime/grammar/NumberGrammar.h"
#include "runtime/grammar/SchemaParts.h"
#include "runtime/grammar/ValueSpelling.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace g4rt {

struct SchemaOptions {
  /// Whether members that `properties` does not name are left out where the
  /// schema does not say anything of them, as OpenAI's strict mode and tools
  /// want it. JSON Schema allows them.
  bool isClosed = false;
};

/// A rule for one schema. Borrows the schema and the spelling.
class SchemaGrammar {
public:
  SchemaGrammar(const Value &schema, ValueSpelling &spelling,
                SchemaOptions options)
      : schema_(schema), parts_(schema), spelling_(spelling),
        options_(options) {}

  /// The rule of the whole schema, which must be able to be an object if
  /// `types` is kObject. Errors: InvalidArgument for what is no schema or what
  /// nothing obeys, Unimplemented with the path of the keyword
  /// (SchemaKeywords.h) that is not supported; `path` stands in front.
  Result<std::string> rule(const std::string &path, uint32_t types = kAllTypes);

private:
  /// A rule or notation; none if nothing obeys the schema.
  using Rule = std::optional<std::string>;

  Result<Rule> value(const Conjunction &schema, uint32_t types);
  Result<Rule> body(const Conjunction &schema, uint32_t types);
  Result<Rule> branches(const Conjunction &schema, size_t holder,
                        std::string_view keyword, uint32_t types);
  Status checkNotWithin(const Value &branch, const std::string &path,
                        const Conjunction &chosen);
  Status checkDisjoint(const std::vector<Conjunction> &branches,
                       const std::string &path);
  Result<bool> areDisjoint(const Conjunction &a, const Conjunction &b);
  Result<Rule> choice(const Conjunction &schema, uint32_t types);
  Result<Rule> ofType(const Conjunction &schema, TypeBit type);

  // SchemaScalars.cpp
  Result<Rule> number(const Conjunction &schema, bool isInteger);
  Result<Rule> multiples(const Conjunction &schema, const NumberRange &range);
  Result<Rule> string(const Conjunction &schema);
  Result<Rule> patterned(const SchemaFragment &holder,
                         std::string_view keyword);

  // SchemaContainers.cpp
  struct Property {
    std::string name;
    Conjunction schema;
    bool isRequired = false;
  };
  Result<Rule> object(const Conjunction &schema);
  Result<std::vector<Property>> propertiesOf(const Conjunction &schema);
  Result<Conjunction> additionalOf(const Conjunction &schema);
  Result<Conjunction> propertyOf(const Conjunction &schema,
                                 const std::string &name);
  Result<Rule> membersFrom(const std::vector<Property> &properties, size_t at,
                           bool isFirst, const Rule &others);
  Result<Rule> freeMembers(const Conjunction &schema, const Rule &member);
  Result<Rule> array(const Conjunction &schema);
  Result<Conjunction> elementOf(const Conjunction &schema, size_t index);
  size_t numPrefixItems(const Conjunction &schema) const;
  std::string separator();
  /// What can stand inside of another value: recursion is fine there.
  Result<Rule> inner(const Conjunction &schema);

  const Value &schema_;
  SchemaParts parts_;
  ValueSpelling &spelling_;
  SchemaOptions options_;
  std::map<std::string, std::string> names_; // by key of a conjunction
  std::set<std::string> open_; // conjunctions of the value that is described
  std::map<std::pair<size_t, bool>, std::string> memberRules_;
  size_t depth_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_SCHEMAGRAMMAR_H
