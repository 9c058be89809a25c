//===- PlanTables.cpp - A program's tables without an artifact ------------===//

#include "compiler/pack/PlanTables.h"

#include "compiler/pack/ModelTables.h"
#include "compiler/pack/ProgramWriter.h"
#include "compiler/pack/WeightPacker.h"
#include "dialects/tile/Tile.h"
#include "models/checkpoint/ByteTokenizer.h"

namespace g4 {

using namespace mlir;
using flatbuffers::Offset;

namespace {

class PlanTables {
public:
  explicit PlanTables(ModuleOp variant)
      : variant_(variant),
        facts_(
            variant->getParentOfType<ModuleOp>()->getAttrOfType<DictionaryAttr>(
                "g4.model")) {}

  g4rt::Result<flatbuffers::DetachedBuffer> write();

private:
  std::vector<Offset<artifact::Weight>> weights();
  Offset<artifact::Variant> program();

  ModuleOp variant_;
  DictionaryAttr facts_;
  llvm::StringMap<uint32_t> weightIndex_;
  flatbuffers::FlatBufferBuilder b_;
};

} // namespace

std::vector<Offset<artifact::Weight>> PlanTables::weights() {
  std::vector<Offset<artifact::Weight>> tables;
  for (auto weight : variant_.getOps<graph::WeightOp>()) {
    auto type = weight.getWeightType();
    if (!type.getLayout())
      continue; // nothing reads it
    weightIndex_[weight.getSymName()] = tables.size();
    tables.push_back(weightTable(weight, {0, packedBytes(type)},
                                 /*checksum=*/0, /*synthetic=*/{}, b_));
  }
  return tables;
}

Offset<artifact::Variant> PlanTables::program() {
  auto target = variant_->getAttrOfType<tile::TargetAttr>("g4t.target");
  auto program = ProgramWriter(variant_, weightIndex_, b_).writeProgram();
  return artifact::CreateVariant(
      b_, b_.CreateString(target.getName().str()), deviceOf(target),
      b_.CreateVectorOfStrings(featuresOf(target)), 0, program);
}

g4rt::Result<flatbuffers::DetachedBuffer> PlanTables::write() {
  auto weightTables = weights();
  Offset<artifact::Variant> variant = program();
  G4RT_ASSIGN(
      Offset<artifact::Tokenizer> tokenizer,
      writeByteTokenizer(facts_.getAs<IntegerAttr>("vocab_size").getInt(), b_));
  auto generation = artifact::CreateGeneration(
      b_, -1, -1, b_.CreateVector(std::vector<int32_t>()));
  auto root = artifact::CreateArtifact(
      b_, modelTable(facts_, b_), b_.CreateVector(weightTables),
      b_.CreateVector(std::vector<Offset<artifact::CodeObject>>()),
      b_.CreateVector(std::vector{variant}), tokenizer, {}, generation,
      b_.CreateVector(std::vector<Offset<artifact::Fact>>()));
  artifact::FinishSizePrefixedArtifactBuffer(b_, root);
  return b_.Release();
}

g4rt::Result<flatbuffers::DetachedBuffer> writePlanTables(ModuleOp variant) {
  return PlanTables(variant).write();
}

} // namespace g4
