#include "models/gemma4/TemplateBuilder.h"

#include <gtest/gtest.h>

namespace g4::gemma4 {
namespace {

using Fact = artifact::ChatFact;

// "a b | !c": a and b, or not c.
std::string shown(const Condition &condition) {
  std::string text;
  for (const Condition::Clause &clause : condition.clauses) {
    text += text.empty() ? "" : "|";
    for (const artifact::ChatTerm &term : clause)
      text += std::string(term.negated() ? "!" : "") +
              std::to_string(static_cast<int>(term.fact())) + " ";
  }
  return text;
}

TEST(TemplateBuilderTest, ConditionsAreOrsOfAnds) {
  Condition a = Fact(0), b = Fact(1), c = Fact(2), d = Fact(3);
  EXPECT_EQ(shown(a || (b && c)), "0 |1 2 ");
  EXPECT_EQ(shown((a || b) && (c || d)), "0 2 |0 3 |1 2 |1 3 ");
  EXPECT_EQ(shown(!(a && b)), "!0 |!1 ");
  EXPECT_EQ(shown(!(a || b)), "!0 !1 ");
  EXPECT_EQ(shown(!(a && !b)), "!0 |1 ");
  EXPECT_EQ(shown(Fact(0) && !Fact(1)), "0 !1 ");
}

TEST(TemplateBuilderTest, ABodyEndsWhereItsFunctionDoes) {
  TemplateBuilder t;
  t.literal("a");
  t.when(Fact::has_tools, [&] {
    t.each(artifact::ChatList::tools, [&] { t.literal("b"); });
    t.literal("a");
  });
  t.literal("b");
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(t.finish({"n", "q", "b", "e"}, builder));
  const auto &program =
      *flatbuffers::GetRoot<artifact::ChatTemplate>(builder.GetBufferPointer());
  EXPECT_EQ(program.literals()->size(), 2u);
  ASSERT_EQ(program.steps()->size(), 6u);
  EXPECT_EQ(program.steps()->Get(1)->end(), 5);
  EXPECT_EQ(program.steps()->Get(2)->end(), 4);
  EXPECT_EQ(program.name()->str(), "n");
}

} // namespace
} // namespace g4::gemma4
